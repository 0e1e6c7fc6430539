-- Whose store this is.
CREATE TABLE home_meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER home_meta_fixed BEFORE UPDATE OF name ON home_meta
BEGIN
    SELECT RAISE(ABORT, 'home_meta: this column never changes');
END;

CREATE TRIGGER home_meta_no_delete BEFORE DELETE ON home_meta
BEGIN
    SELECT RAISE(ABORT, 'home_meta: rows are never deleted');
END;

-- Answers of mutations, kept for repetitions under one Idempotency-Key.
CREATE TABLE kept_answers (
    scope TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    sealed BLOB,
    expires_zeqond INTEGER NOT NULL,
    PRIMARY KEY (scope)
) STRICT;

-- Which answers may be forgotten.
CREATE INDEX kept_answers_by_expiry ON kept_answers (expires_zeqond);

CREATE TRIGGER kept_answers_fixed BEFORE UPDATE OF scope ON kept_answers
BEGIN
    SELECT RAISE(ABORT, 'kept_answers: this column never changes');
END;
