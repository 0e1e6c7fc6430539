-- Tells every node of the home, as part of the commit, that a row changed which nodes keep in memory. Rare rows alone: of all commits that
-- tell, one at a time can end. Whatever changes the row tells, an administrator's own hand too.
CREATE FUNCTION zeq_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('zeq_' || (SELECT relnamespace FROM pg_class WHERE oid = TG_RELID), 'r|' || TG_TABLE_NAME || '|' || (to_jsonb(NEW) ->> TG_ARGV[0]));
    RETURN NULL;
END $$;

CREATE TRIGGER api_keys_tell AFTER UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION zeq_tell('key_hash');

CREATE TRIGGER identities_tell AFTER UPDATE ON identities
    FOR EACH ROW EXECUTE FUNCTION zeq_tell('zid');

CREATE TRIGGER home_meta_tell AFTER INSERT OR UPDATE ON home_meta
    FOR EACH ROW EXECUTE FUNCTION zeq_tell('name');
