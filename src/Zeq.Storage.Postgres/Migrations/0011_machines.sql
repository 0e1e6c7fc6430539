-- Accounts that may act on a machine of another; a role that is taken away goes.
CREATE TABLE machine_members (
    slug text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    role bigint NOT NULL,
    since_zeqond bigint NOT NULL,
    PRIMARY KEY (slug, zid)
) WITH (fillfactor = 90);
CREATE TRIGGER machine_members_no_truncate BEFORE TRUNCATE ON machine_members FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- The machines that an account is a member of.
CREATE INDEX machine_members_by_zid ON machine_members (zid, slug);

CREATE TRIGGER machine_members_fixed BEFORE UPDATE OF slug, zid ON machine_members
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

-- How many machines a ZID has, and may have.
CREATE TABLE machine_quotas (
    zid text COLLATE "C" NOT NULL,
    machines bigint NOT NULL,
    most bigint NOT NULL,
    PRIMARY KEY (zid)
) WITH (fillfactor = 80);
CREATE TRIGGER machine_quotas_no_truncate BEFORE TRUNCATE ON machine_quotas FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER machine_quotas_fixed BEFORE UPDATE OF zid ON machine_quotas
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER machine_quotas_no_delete BEFORE DELETE ON machine_quotas
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- The keys of a machine.
CREATE INDEX api_keys_by_machine ON api_keys (machine) WHERE machine IS NOT NULL;

-- The public key that a machine goes by; the chain keeps all of them.
CREATE TABLE machine_pubkeys (
    slug text COLLATE "C" NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    prev text COLLATE "C",
    sig_self text COLLATE "C" NOT NULL,
    sig_prev text COLLATE "C",
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (slug)
) WITH (fillfactor = 80);
CREATE TRIGGER machine_pubkeys_no_truncate BEFORE TRUNCATE ON machine_pubkeys FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER machine_pubkeys_fixed BEFORE UPDATE OF slug ON machine_pubkeys
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER machine_pubkeys_no_delete BEFORE DELETE ON machine_pubkeys
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Payload and salt of callers' private rows: beside the log, where they can be erased. Nothing changes them.
CREATE TABLE chain_payloads (
    transition_id text COLLATE "C" NOT NULL,
    slug text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    payload text COLLATE "C" NOT NULL,
    salt bytea,
    PRIMARY KEY (transition_id)
);
CREATE TRIGGER chain_payloads_no_truncate BEFORE TRUNCATE ON chain_payloads FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- The payloads of a part of a chain, in its order.
CREATE INDEX chain_payloads_by_row ON chain_payloads (slug, seq);

CREATE TRIGGER chain_payloads_no_update BEFORE UPDATE ON chain_payloads
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');
