-- Coins of other homes that accounts of this one hold.
CREATE TABLE claims (
    home_origin TEXT NOT NULL,
    token_id TEXT NOT NULL,
    zid TEXT NOT NULL,
    value_zqt INTEGER NOT NULL,
    is_trusted INTEGER NOT NULL,
    spend_seq INTEGER NOT NULL,
    status INTEGER NOT NULL,
    zeqond INTEGER NOT NULL,
    acceptance TEXT NOT NULL,
    payment TEXT NOT NULL,
    published TEXT,
    published_seq INTEGER,
    PRIMARY KEY (home_origin, token_id, zid)
) STRICT;

-- A holder's claims.
CREATE INDEX claims_by_holder ON claims (zid, token_id);

CREATE TRIGGER claims_fixed BEFORE UPDATE OF home_origin, token_id, zid ON claims
BEGIN
    SELECT RAISE(ABORT, 'claims: this column never changes');
END;

CREATE TRIGGER claims_no_delete BEFORE DELETE ON claims
BEGIN
    SELECT RAISE(ABORT, 'claims: rows are never deleted');
END;

-- Steps that wait for another home.
CREATE TABLE peer_steps (
    step_id TEXT NOT NULL,
    kind INTEGER NOT NULL,
    home_origin TEXT NOT NULL,
    token_id TEXT NOT NULL,
    spend_seq INTEGER NOT NULL,
    zid TEXT NOT NULL,
    to_zid TEXT NOT NULL,
    to_origin TEXT,
    receipt TEXT,
    sealed BLOB,
    status INTEGER NOT NULL,
    refusal TEXT,
    created_zeqond INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_try_zeqond INTEGER NOT NULL,
    PRIMARY KEY (step_id)
) STRICT;

-- Which steps are due.
CREATE INDEX peer_steps_due ON peer_steps (status, next_try_zeqond);

CREATE TRIGGER peer_steps_fixed BEFORE UPDATE OF step_id, kind, home_origin, token_id, spend_seq, zid, created_zeqond ON peer_steps
BEGIN
    SELECT RAISE(ABORT, 'peer_steps: this column never changes');
END;

CREATE TRIGGER peer_steps_no_delete BEFORE DELETE ON peer_steps
BEGIN
    SELECT RAISE(ABORT, 'peer_steps: rows are never deleted');
END;
