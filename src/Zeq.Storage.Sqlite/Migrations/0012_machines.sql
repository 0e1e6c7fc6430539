-- Accounts that may act on a machine of another; a role that is taken away goes.
CREATE TABLE machine_members (
    slug TEXT NOT NULL,
    zid TEXT NOT NULL,
    role INTEGER NOT NULL,
    since_zeqond INTEGER NOT NULL,
    PRIMARY KEY (slug, zid)
) WITHOUT ROWID, STRICT;

-- The machines that an account is a member of.
CREATE INDEX machine_members_by_zid ON machine_members (zid, slug);

CREATE TRIGGER machine_members_fixed BEFORE UPDATE OF slug, zid ON machine_members
BEGIN
    SELECT RAISE(ABORT, 'machine_members: this column never changes');
END;

-- How many machines a ZID has, and may have.
CREATE TABLE machine_quotas (
    zid TEXT NOT NULL,
    machines INTEGER NOT NULL,
    most INTEGER NOT NULL,
    PRIMARY KEY (zid)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER machine_quotas_fixed BEFORE UPDATE OF zid ON machine_quotas
BEGIN
    SELECT RAISE(ABORT, 'machine_quotas: this column never changes');
END;

CREATE TRIGGER machine_quotas_no_delete BEFORE DELETE ON machine_quotas
BEGIN
    SELECT RAISE(ABORT, 'machine_quotas: rows are never deleted');
END;

-- The keys of a machine, and one of them by its prefix.
CREATE INDEX api_keys_by_machine ON api_keys (machine, prefix) WHERE machine IS NOT NULL;

-- The public key that a machine goes by; the chain keeps all of them.
CREATE TABLE machine_pubkeys (
    slug TEXT NOT NULL,
    public_key TEXT NOT NULL,
    prev TEXT,
    sig_self TEXT NOT NULL,
    sig_prev TEXT,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    PRIMARY KEY (slug)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER machine_pubkeys_fixed BEFORE UPDATE OF slug ON machine_pubkeys
BEGIN
    SELECT RAISE(ABORT, 'machine_pubkeys: this column never changes');
END;

CREATE TRIGGER machine_pubkeys_no_delete BEFORE DELETE ON machine_pubkeys
BEGIN
    SELECT RAISE(ABORT, 'machine_pubkeys: rows are never deleted');
END;

-- Payload and salt of callers' private rows: beside the log, where they can be erased. Nothing changes them.
CREATE TABLE chain_payloads (
    transition_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    seq INTEGER NOT NULL,
    payload TEXT NOT NULL,
    salt BLOB,
    PRIMARY KEY (transition_id)
) STRICT;

-- The payloads of a part of a chain, in its order.
CREATE INDEX chain_payloads_by_row ON chain_payloads (slug, seq);

CREATE TRIGGER chain_payloads_no_update BEFORE UPDATE ON chain_payloads
BEGIN
    SELECT RAISE(ABORT, 'chain_payloads: rows are never changed');
END;

-- Rows from before this step move their payloads there, this once.
INSERT INTO chain_payloads (transition_id, slug, seq, payload, salt)
    SELECT transition_id, slug, seq, payload, salt FROM chain_rows WHERE flags = 'c0' AND payload IS NOT NULL;

DROP TRIGGER chain_rows_no_update;

UPDATE chain_rows SET payload = NULL, salt = NULL WHERE flags = 'c0' AND payload IS NOT NULL;

CREATE TRIGGER chain_rows_no_update BEFORE UPDATE ON chain_rows
BEGIN
    SELECT RAISE(ABORT, 'chain_rows: rows are never changed');
END;
