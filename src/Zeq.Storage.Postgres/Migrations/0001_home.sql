-- Raised where a row changed since it was loaded; as a statement of a batch it takes all of the batch with it.
CREATE FUNCTION zeq_expect(actual bigint, expected bigint, subject text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF actual <> expected THEN
        RAISE EXCEPTION '%: a row changed since it was loaded', subject USING ERRCODE = 'ZQ001';
    END IF;
END $$;

-- What never changes says so to everybody, the owner included.
CREATE FUNCTION zeq_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'ZQ002';
END $$;

-- Whose store this is.
CREATE TABLE home_meta (
    name text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (name)
);
CREATE TRIGGER home_meta_no_truncate BEFORE TRUNCATE ON home_meta FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER home_meta_fixed BEFORE UPDATE OF name ON home_meta
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER home_meta_no_delete BEFORE DELETE ON home_meta
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Answers of mutations, kept for repetitions under one Idempotency-Key.
CREATE TABLE kept_answers (
    scope text COLLATE "C" NOT NULL,
    request_hash text COLLATE "C" NOT NULL,
    status bigint NOT NULL,
    sealed bytea,
    expires_zeqond bigint NOT NULL,
    PRIMARY KEY (scope)
);
CREATE TRIGGER kept_answers_no_truncate BEFORE TRUNCATE ON kept_answers FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- Which answers may be forgotten.
CREATE INDEX kept_answers_by_expiry ON kept_answers (expires_zeqond);

CREATE TRIGGER kept_answers_fixed BEFORE UPDATE OF scope ON kept_answers
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');
