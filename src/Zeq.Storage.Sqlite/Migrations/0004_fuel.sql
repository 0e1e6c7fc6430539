-- The fuel of accounts.
CREATE TABLE fuel_pools (
    zid TEXT NOT NULL,
    free INTEGER NOT NULL,
    burn INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    last_claim_day INTEGER NOT NULL,
    moves INTEGER NOT NULL,
    PRIMARY KEY (zid)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER fuel_pools_fixed BEFORE UPDATE OF zid ON fuel_pools
BEGIN
    SELECT RAISE(ABORT, 'fuel_pools: this column never changes');
END;

CREATE TRIGGER fuel_pools_no_delete BEFORE DELETE ON fuel_pools
BEGIN
    SELECT RAISE(ABORT, 'fuel_pools: rows are never deleted');
END;

-- Every change of a pool.
CREATE TABLE credit_moves (
    zid TEXT NOT NULL,
    seq INTEGER NOT NULL,
    zeqond INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    reference TEXT,
    free_delta INTEGER NOT NULL,
    burn_delta INTEGER NOT NULL,
    paid_delta INTEGER NOT NULL,
    PRIMARY KEY (zid, seq)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER credit_moves_no_update BEFORE UPDATE ON credit_moves
BEGIN
    SELECT RAISE(ABORT, 'credit_moves: rows are never changed');
END;

CREATE TRIGGER credit_moves_no_delete BEFORE DELETE ON credit_moves
BEGIN
    SELECT RAISE(ABORT, 'credit_moves: rows are never deleted');
END;

-- Grants of paid fuel, one per reference.
CREATE TABLE credit_grants (
    reference TEXT NOT NULL,
    zid TEXT NOT NULL,
    paid INTEGER NOT NULL,
    granted_zeqond INTEGER NOT NULL,
    free_after INTEGER NOT NULL,
    burn_after INTEGER NOT NULL,
    paid_after INTEGER NOT NULL,
    PRIMARY KEY (reference)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER credit_grants_no_update BEFORE UPDATE ON credit_grants
BEGIN
    SELECT RAISE(ABORT, 'credit_grants: rows are never changed');
END;

CREATE TRIGGER credit_grants_no_delete BEFORE DELETE ON credit_grants
BEGIN
    SELECT RAISE(ABORT, 'credit_grants: rows are never deleted');
END;
