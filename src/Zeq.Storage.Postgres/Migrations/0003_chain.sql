-- State machines.
CREATE TABLE machines (
    slug text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    owner_zid text COLLATE "C" NOT NULL,
    is_own bigint NOT NULL,
    genesis_zeqond bigint NOT NULL,
    is_public bigint NOT NULL,
    public_since bigint NOT NULL,
    display_name text COLLATE "C",
    purpose text COLLATE "C",
    PRIMARY KEY (slug)
) WITH (fillfactor = 90);
CREATE TRIGGER machines_no_truncate BEFORE TRUNCATE ON machines FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- An account's machines.
CREATE INDEX machines_by_owner ON machines (owner_zid, slug);

-- The machines that anyone may read.
CREATE INDEX machines_public ON machines (slug) WHERE is_public = 1;

CREATE TRIGGER machines_fixed BEFORE UPDATE OF slug, id, owner_zid, is_own, genesis_zeqond ON machines
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER machines_no_delete BEFORE DELETE ON machines
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- The newest link of every chain.
CREATE TABLE chain_heads (
    slug text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    zeqond bigint NOT NULL,
    state_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (slug),
    FOREIGN KEY (slug) REFERENCES machines (slug) DEFERRABLE INITIALLY DEFERRED
) WITH (fillfactor = 50);
CREATE TRIGGER chain_heads_no_truncate BEFORE TRUNCATE ON chain_heads FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER chain_heads_fixed BEFORE UPDATE OF slug ON chain_heads
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER chain_heads_no_delete BEFORE DELETE ON chain_heads
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- The chains themselves. A chain's Zeqonds rise with its numbers, so that a time is found by bisection and needs no index.
CREATE TABLE chain_rows (
    slug text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    zeqond bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    transition_id text COLLATE "C" NOT NULL,
    payload_hash text COLLATE "C" NOT NULL,
    prev_hash text COLLATE "C" NOT NULL,
    state_hash text COLLATE "C" NOT NULL,
    actor_hash text COLLATE "C" NOT NULL,
    flags text COLLATE "C" NOT NULL,
    actor_zid text COLLATE "C" NOT NULL,
    key_prefix text COLLATE "C" NOT NULL,
    payload text COLLATE "C",
    salt bytea,
    PRIMARY KEY (slug, seq)
) PARTITION BY HASH (slug);
CREATE TABLE chain_rows_0 PARTITION OF chain_rows FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE chain_rows_1 PARTITION OF chain_rows FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE chain_rows_2 PARTITION OF chain_rows FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE chain_rows_3 PARTITION OF chain_rows FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE TRIGGER chain_rows_no_truncate BEFORE TRUNCATE ON chain_rows FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER chain_rows_0_no_truncate BEFORE TRUNCATE ON chain_rows_0 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER chain_rows_1_no_truncate BEFORE TRUNCATE ON chain_rows_1 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER chain_rows_2_no_truncate BEFORE TRUNCATE ON chain_rows_2 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER chain_rows_3_no_truncate BEFORE TRUNCATE ON chain_rows_3 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER chain_rows_no_update BEFORE UPDATE ON chain_rows
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER chain_rows_no_delete BEFORE DELETE ON chain_rows
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
