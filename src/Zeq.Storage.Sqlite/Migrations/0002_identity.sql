-- Accounts.
CREATE TABLE identities (
    zid TEXT NOT NULL,
    created_zeqond INTEGER NOT NULL,
    display_name TEXT,
    recovery_key TEXT,
    pending_key TEXT,
    pending_from_zeqond INTEGER,
    last_recovery_zeqond INTEGER NOT NULL,
    key_generation INTEGER NOT NULL,
    PRIMARY KEY (zid)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER identities_fixed BEFORE UPDATE OF zid, created_zeqond ON identities
BEGIN
    SELECT RAISE(ABORT, 'identities: this column never changes');
END;

CREATE TRIGGER identities_no_delete BEFORE DELETE ON identities
BEGIN
    SELECT RAISE(ABORT, 'identities: rows are never deleted');
END;

-- Callers' keys, by digest.
CREATE TABLE api_keys (
    key_hash TEXT NOT NULL,
    prefix TEXT NOT NULL,
    zid TEXT NOT NULL,
    machine TEXT,
    role INTEGER NOT NULL,
    is_wallet INTEGER NOT NULL,
    label TEXT,
    created_zeqond INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    revoked_zeqond INTEGER,
    PRIMARY KEY (key_hash)
) STRICT;

-- An account's keys, and one of them by its prefix.
CREATE INDEX api_keys_by_owner ON api_keys (zid, prefix);

CREATE TRIGGER api_keys_fixed BEFORE UPDATE OF key_hash, prefix, zid, machine, role, is_wallet, label, created_zeqond, generation ON api_keys
BEGIN
    SELECT RAISE(ABORT, 'api_keys: this column never changes');
END;

CREATE TRIGGER api_keys_no_delete BEFORE DELETE ON api_keys
BEGIN
    SELECT RAISE(ABORT, 'api_keys: rows are never deleted');
END;

-- When a key was last used.
CREATE TABLE key_uses (
    key_hash TEXT NOT NULL,
    last_used_zeqond INTEGER NOT NULL,
    PRIMARY KEY (key_hash)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER key_uses_fixed BEFORE UPDATE OF key_hash ON key_uses
BEGIN
    SELECT RAISE(ABORT, 'key_uses: this column never changes');
END;

CREATE TRIGGER key_uses_no_delete BEFORE DELETE ON key_uses
BEGIN
    SELECT RAISE(ABORT, 'key_uses: rows are never deleted');
END;
