-- Sealed secrets.
CREATE TABLE secrets (
    bound_zid text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    sealed bytea,
    PRIMARY KEY (bound_zid, name)
) WITH (fillfactor = 80);
CREATE TRIGGER secrets_no_truncate BEFORE TRUNCATE ON secrets FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER secrets_fixed BEFORE UPDATE OF bound_zid, name ON secrets
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER secrets_no_delete BEFORE DELETE ON secrets
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- The node keys of other homes.
CREATE TABLE peers (
    origin text COLLATE "C" NOT NULL,
    first_seen_zeqond bigint NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    PRIMARY KEY (origin)
);
CREATE TRIGGER peers_no_truncate BEFORE TRUNCATE ON peers FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER peers_fixed BEFORE UPDATE OF origin, first_seen_zeqond ON peers
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER peers_no_delete BEFORE DELETE ON peers
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
