-- Coins.
CREATE TABLE tally_tokens (
    token_id text COLLATE "C" NOT NULL,
    token_hash text COLLATE "C" NOT NULL,
    compute_id text COLLATE "C" NOT NULL,
    machine text COLLATE "C" NOT NULL,
    operators text COLLATE "C" NOT NULL,
    result_digest text COLLATE "C" NOT NULL,
    value_zqt bigint NOT NULL,
    free_funded_zqt bigint NOT NULL,
    paid_funded_zqt bigint NOT NULL,
    minted_by text COLLATE "C" NOT NULL,
    share text COLLATE "C" NOT NULL,
    home_origin text COLLATE "C" NOT NULL,
    minted_zeqond bigint NOT NULL,
    zeq_proof text COLLATE "C" NOT NULL,
    node_sig text COLLATE "C" NOT NULL,
    node_pubkey text COLLATE "C" NOT NULL,
    issued_to text COLLATE "C" NOT NULL,
    holder_origin text COLLATE "C" NOT NULL,
    spend_seq bigint NOT NULL,
    status bigint NOT NULL,
    staked_in text COLLATE "C",
    migrated_from text COLLATE "C",
    PRIMARY KEY (token_id)
) WITH (fillfactor = 80);
CREATE TRIGGER tally_tokens_no_truncate BEFORE TRUNCATE ON tally_tokens FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- A holder's coins.
CREATE INDEX tally_tokens_by_holder ON tally_tokens (issued_to, holder_origin, token_id);

CREATE TRIGGER tally_tokens_fixed BEFORE UPDATE OF token_id, token_hash, compute_id, machine, operators, result_digest, value_zqt, free_funded_zqt, paid_funded_zqt,
    minted_by, share, home_origin, minted_zeqond, zeq_proof, node_sig, node_pubkey, migrated_from ON tally_tokens
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER tally_tokens_no_delete BEFORE DELETE ON tally_tokens
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Every move of every coin.
CREATE TABLE moves (
    token_id text COLLATE "C" NOT NULL,
    spend_seq bigint NOT NULL,
    kind bigint NOT NULL,
    from_zid text COLLATE "C" NOT NULL,
    from_origin text COLLATE "C" NOT NULL,
    to_zid text COLLATE "C" NOT NULL,
    to_origin text COLLATE "C" NOT NULL,
    zeqond bigint NOT NULL,
    means bigint NOT NULL,
    proof_hash text COLLATE "C",
    holder_key text COLLATE "C",
    out_slug text COLLATE "C" NOT NULL,
    out_seq bigint NOT NULL,
    out_hash text COLLATE "C" NOT NULL,
    in_slug text COLLATE "C",
    in_seq bigint,
    in_hash text COLLATE "C",
    PRIMARY KEY (token_id, spend_seq)
) PARTITION BY HASH (token_id);
CREATE TABLE moves_0 PARTITION OF moves FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE moves_1 PARTITION OF moves FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE moves_2 PARTITION OF moves FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE moves_3 PARTITION OF moves FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE TRIGGER moves_no_truncate BEFORE TRUNCATE ON moves FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER moves_0_no_truncate BEFORE TRUNCATE ON moves_0 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER moves_1_no_truncate BEFORE TRUNCATE ON moves_1 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER moves_2_no_truncate BEFORE TRUNCATE ON moves_2 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER moves_3_no_truncate BEFORE TRUNCATE ON moves_3 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER moves_no_update BEFORE UPDATE ON moves
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER moves_no_delete BEFORE DELETE ON moves
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- The sums of all coins: one row.
CREATE TABLE supply (
    id text COLLATE "C" NOT NULL,
    "window" bigint NOT NULL,
    minted bigint NOT NULL,
    burned bigint NOT NULL,
    migrated_out bigint NOT NULL,
    migrated_in bigint NOT NULL,
    bearer bigint NOT NULL,
    shown_minted bigint NOT NULL,
    shown_burned bigint NOT NULL,
    shown_migrated_out bigint NOT NULL,
    shown_migrated_in bigint NOT NULL,
    shown_bearer bigint NOT NULL,
    PRIMARY KEY (id)
) WITH (fillfactor = 20);
CREATE TRIGGER supply_no_truncate BEFORE TRUNCATE ON supply FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER supply_fixed BEFORE UPDATE OF id ON supply
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER supply_no_delete BEFORE DELETE ON supply
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
