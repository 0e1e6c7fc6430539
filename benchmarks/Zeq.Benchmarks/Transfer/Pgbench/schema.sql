-- What a transfer touches, for pgbench: coins, the newest link of every chain, and the chains.
DROP TABLE IF EXISTS plain_coin, plain_head, plain_row;
CREATE TABLE plain_coin (
    token_id text PRIMARY KEY,
    holder text NOT NULL,
    spend_seq bigint NOT NULL,
    status smallint NOT NULL,
    value_zqt bigint NOT NULL,
    token_hash bytea NOT NULL
) WITH (fillfactor = 80);
CREATE TABLE plain_head (
    slug text PRIMARY KEY,
    seq bigint NOT NULL,
    state_hash bytea NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE plain_row (
    slug text,
    seq bigint,
    zeqond bigint,
    type text,
    transition_id uuid,
    payload_hash bytea,
    prev_hash bytea,
    state_hash bytea,
    payload text,
    PRIMARY KEY (slug, seq)
);
INSERT INTO plain_coin SELECT 'ZT-zeq07000000001-2294640396-' || lpad(to_hex(n), 16, '0'), 'ZEQ07' || lpad((n % 1000)::text, 9, '0'), 0, 0, 6, sha256(int8send(n)) FROM generate_series(0, 99999) n;
INSERT INTO plain_head SELECT 'zeq07' || lpad(n::text, 9, '0'), 0, sha256('genesis') FROM generate_series(0, 999) n;
VACUUM ANALYZE plain_coin;
VACUUM ANALYZE plain_head;
