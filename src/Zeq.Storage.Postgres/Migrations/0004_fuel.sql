-- The fuel of accounts.
CREATE TABLE fuel_pools (
    zid text COLLATE "C" NOT NULL,
    free bigint NOT NULL,
    burn bigint NOT NULL,
    paid bigint NOT NULL,
    last_claim_day bigint NOT NULL,
    moves bigint NOT NULL,
    PRIMARY KEY (zid)
) WITH (fillfactor = 50);
CREATE TRIGGER fuel_pools_no_truncate BEFORE TRUNCATE ON fuel_pools FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER fuel_pools_fixed BEFORE UPDATE OF zid ON fuel_pools
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER fuel_pools_no_delete BEFORE DELETE ON fuel_pools
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Every change of a pool.
CREATE TABLE credit_moves (
    zid text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    zeqond bigint NOT NULL,
    reason bigint NOT NULL,
    reference text COLLATE "C",
    free_delta bigint NOT NULL,
    burn_delta bigint NOT NULL,
    paid_delta bigint NOT NULL,
    PRIMARY KEY (zid, seq)
) PARTITION BY HASH (zid);
CREATE TABLE credit_moves_0 PARTITION OF credit_moves FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE credit_moves_1 PARTITION OF credit_moves FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE credit_moves_2 PARTITION OF credit_moves FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE credit_moves_3 PARTITION OF credit_moves FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE TRIGGER credit_moves_no_truncate BEFORE TRUNCATE ON credit_moves FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER credit_moves_0_no_truncate BEFORE TRUNCATE ON credit_moves_0 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER credit_moves_1_no_truncate BEFORE TRUNCATE ON credit_moves_1 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER credit_moves_2_no_truncate BEFORE TRUNCATE ON credit_moves_2 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER credit_moves_3_no_truncate BEFORE TRUNCATE ON credit_moves_3 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER credit_moves_no_update BEFORE UPDATE ON credit_moves
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER credit_moves_no_delete BEFORE DELETE ON credit_moves
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Grants of paid fuel, one per reference.
CREATE TABLE credit_grants (
    reference text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    paid bigint NOT NULL,
    granted_zeqond bigint NOT NULL,
    free_after bigint NOT NULL,
    burn_after bigint NOT NULL,
    paid_after bigint NOT NULL,
    PRIMARY KEY (reference)
);
CREATE TRIGGER credit_grants_no_truncate BEFORE TRUNCATE ON credit_grants FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER credit_grants_no_update BEFORE UPDATE ON credit_grants
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER credit_grants_no_delete BEFORE DELETE ON credit_grants
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
