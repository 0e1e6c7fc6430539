-- Coins that were minted for coins of other homes say which.
ALTER TABLE tally_tokens ADD COLUMN migrated_from TEXT;

-- Which of them have ended: what an issuer's limit is judged by.
CREATE INDEX tally_tokens_migrated ON tally_tokens (status) WHERE migrated_from IS NOT NULL;

CREATE TRIGGER tally_tokens_source_fixed BEFORE UPDATE OF migrated_from ON tally_tokens
BEGIN
    SELECT RAISE(ABORT, 'tally_tokens: this column never changes');
END;

-- One coin of another home is minted for once.
CREATE TABLE migrations_in (
    home_origin TEXT NOT NULL,
    token_id TEXT NOT NULL,
    zid TEXT NOT NULL,
    local_token_id TEXT NOT NULL,
    value_zqt INTEGER NOT NULL,
    issuer_key TEXT NOT NULL,
    migration TEXT NOT NULL,
    zeqond INTEGER NOT NULL,
    PRIMARY KEY (home_origin, token_id)
) STRICT;

CREATE TRIGGER migrations_in_no_update BEFORE UPDATE ON migrations_in
BEGIN
    SELECT RAISE(ABORT, 'migrations_in: rows are never changed');
END;

CREATE TRIGGER migrations_in_no_delete BEFORE DELETE ON migrations_in
BEGIN
    SELECT RAISE(ABORT, 'migrations_in: rows are never deleted');
END;

-- What the admin says of issuers.
CREATE TABLE issuers (
    origin TEXT NOT NULL,
    public_key TEXT NOT NULL,
    max_outstanding_zqt INTEGER,
    is_trusted INTEGER NOT NULL,
    zeqond INTEGER NOT NULL,
    PRIMARY KEY (origin)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER issuers_fixed BEFORE UPDATE OF origin ON issuers
BEGIN
    SELECT RAISE(ABORT, 'issuers: this column never changes');
END;

CREATE TRIGGER issuers_no_delete BEFORE DELETE ON issuers
BEGIN
    SELECT RAISE(ABORT, 'issuers: rows are never deleted');
END;

-- What was taken of each issuer.
CREATE TABLE issuer_tallies (
    origin TEXT NOT NULL,
    taken_zqt INTEGER NOT NULL,
    PRIMARY KEY (origin)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER issuer_tallies_fixed BEFORE UPDATE OF origin ON issuer_tallies
BEGIN
    SELECT RAISE(ABORT, 'issuer_tallies: this column never changes');
END;

CREATE TRIGGER issuer_tallies_no_delete BEFORE DELETE ON issuer_tallies
BEGIN
    SELECT RAISE(ABORT, 'issuer_tallies: rows are never deleted');
END;
