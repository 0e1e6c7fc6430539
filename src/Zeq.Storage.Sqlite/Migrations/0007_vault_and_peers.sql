-- Sealed secrets.
CREATE TABLE secrets (
    bound_zid TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    sealed BLOB,
    PRIMARY KEY (bound_zid, name)
) STRICT;

CREATE TRIGGER secrets_fixed BEFORE UPDATE OF bound_zid, name ON secrets
BEGIN
    SELECT RAISE(ABORT, 'secrets: this column never changes');
END;

CREATE TRIGGER secrets_no_delete BEFORE DELETE ON secrets
BEGIN
    SELECT RAISE(ABORT, 'secrets: rows are never deleted');
END;

-- The node keys of other homes.
CREATE TABLE peers (
    origin TEXT NOT NULL,
    first_seen_zeqond INTEGER NOT NULL,
    public_key TEXT NOT NULL,
    PRIMARY KEY (origin)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER peers_fixed BEFORE UPDATE OF origin, first_seen_zeqond ON peers
BEGIN
    SELECT RAISE(ABORT, 'peers: this column never changes');
END;

CREATE TRIGGER peers_no_delete BEFORE DELETE ON peers
BEGIN
    SELECT RAISE(ABORT, 'peers: rows are never deleted');
END;
