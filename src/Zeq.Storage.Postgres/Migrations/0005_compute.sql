-- Charged computes.
CREATE TABLE computes (
    compute_id text COLLATE "C" NOT NULL,
    machine text COLLATE "C" NOT NULL,
    payer_zid text COLLATE "C" NOT NULL,
    zeqond bigint NOT NULL,
    operators text COLLATE "C" NOT NULL,
    result_digest text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    precision_actual text COLLATE "C" NOT NULL,
    cost bigint NOT NULL,
    free bigint NOT NULL,
    burn bigint NOT NULL,
    paid bigint NOT NULL,
    mint_value bigint NOT NULL,
    r_t text COLLATE "C" NOT NULL,
    key_prefix text COLLATE "C" NOT NULL,
    zeq_proof text COLLATE "C" NOT NULL,
    row_slug text COLLATE "C" NOT NULL,
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (compute_id)
);
CREATE TRIGGER computes_no_truncate BEFORE TRUNCATE ON computes FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- A machine's computes in order of time.
CREATE INDEX computes_by_machine ON computes (machine, zeqond);

CREATE TRIGGER computes_no_update BEFORE UPDATE ON computes
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER computes_no_delete BEFORE DELETE ON computes
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
