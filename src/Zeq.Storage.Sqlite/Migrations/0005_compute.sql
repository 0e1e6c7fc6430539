-- Charged computes.
CREATE TABLE computes (
    compute_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    payer_zid TEXT NOT NULL,
    zeqond INTEGER NOT NULL,
    operators TEXT NOT NULL,
    result_digest TEXT NOT NULL,
    value TEXT NOT NULL,
    unit TEXT NOT NULL,
    precision_actual TEXT NOT NULL,
    cost INTEGER NOT NULL,
    free INTEGER NOT NULL,
    burn INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    mint_value INTEGER NOT NULL,
    r_t TEXT NOT NULL,
    key_prefix TEXT NOT NULL,
    zeq_proof TEXT NOT NULL,
    row_slug TEXT NOT NULL,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    PRIMARY KEY (compute_id)
) STRICT;

-- A machine's computes in order of time.
CREATE INDEX computes_by_machine ON computes (machine, zeqond);

CREATE TRIGGER computes_no_update BEFORE UPDATE ON computes
BEGIN
    SELECT RAISE(ABORT, 'computes: rows are never changed');
END;

CREATE TRIGGER computes_no_delete BEFORE DELETE ON computes
BEGIN
    SELECT RAISE(ABORT, 'computes: rows are never deleted');
END;
