-- Accounts.
CREATE TABLE identities (
    zid text COLLATE "C" NOT NULL,
    created_zeqond bigint NOT NULL,
    display_name text COLLATE "C",
    recovery_key text COLLATE "C",
    pending_key text COLLATE "C",
    pending_from_zeqond bigint,
    last_recovery_zeqond bigint NOT NULL,
    key_generation bigint NOT NULL,
    PRIMARY KEY (zid)
) WITH (fillfactor = 80);
CREATE TRIGGER identities_no_truncate BEFORE TRUNCATE ON identities FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER identities_fixed BEFORE UPDATE OF zid, created_zeqond ON identities
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER identities_no_delete BEFORE DELETE ON identities
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Callers' keys, by digest.
CREATE TABLE api_keys (
    key_hash text COLLATE "C" NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    machine text COLLATE "C",
    role bigint NOT NULL,
    is_wallet bigint NOT NULL,
    label text COLLATE "C",
    created_zeqond bigint NOT NULL,
    generation bigint NOT NULL,
    revoked_zeqond bigint,
    PRIMARY KEY (key_hash)
);
CREATE TRIGGER api_keys_no_truncate BEFORE TRUNCATE ON api_keys FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- An account's keys.
CREATE INDEX api_keys_by_owner ON api_keys (zid);

CREATE TRIGGER api_keys_fixed BEFORE UPDATE OF key_hash, prefix, zid, machine, role, is_wallet, label, created_zeqond, generation ON api_keys
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER api_keys_no_delete BEFORE DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- When a key was last used.
CREATE TABLE key_uses (
    key_hash text COLLATE "C" NOT NULL,
    last_used_zeqond bigint NOT NULL,
    PRIMARY KEY (key_hash)
) WITH (fillfactor = 50);
CREATE TRIGGER key_uses_no_truncate BEFORE TRUNCATE ON key_uses FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER key_uses_fixed BEFORE UPDATE OF key_hash ON key_uses
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER key_uses_no_delete BEFORE DELETE ON key_uses
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
