-- Coins of other homes that accounts of this one hold.
CREATE TABLE claims (
    home_origin text COLLATE "C" NOT NULL,
    token_id text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    value_zqt bigint NOT NULL,
    is_trusted bigint NOT NULL,
    spend_seq bigint NOT NULL,
    status bigint NOT NULL,
    zeqond bigint NOT NULL,
    acceptance text COLLATE "C" NOT NULL,
    payment text COLLATE "C" NOT NULL,
    published text COLLATE "C",
    published_seq bigint,
    PRIMARY KEY (home_origin, token_id, zid)
) WITH (fillfactor = 80);
CREATE TRIGGER claims_no_truncate BEFORE TRUNCATE ON claims FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- A holder's claims.
CREATE INDEX claims_by_holder ON claims (zid, token_id);

CREATE TRIGGER claims_fixed BEFORE UPDATE OF home_origin, token_id, zid ON claims
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER claims_no_delete BEFORE DELETE ON claims
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Steps that wait for another home.
CREATE TABLE peer_steps (
    step_id text COLLATE "C" NOT NULL,
    kind bigint NOT NULL,
    home_origin text COLLATE "C" NOT NULL,
    token_id text COLLATE "C" NOT NULL,
    spend_seq bigint NOT NULL,
    zid text COLLATE "C" NOT NULL,
    to_zid text COLLATE "C" NOT NULL,
    to_origin text COLLATE "C",
    receipt text COLLATE "C",
    sealed bytea,
    status bigint NOT NULL,
    refusal text COLLATE "C",
    created_zeqond bigint NOT NULL,
    attempts bigint NOT NULL,
    next_try_zeqond bigint NOT NULL,
    PRIMARY KEY (step_id)
) WITH (fillfactor = 80);
CREATE TRIGGER peer_steps_no_truncate BEFORE TRUNCATE ON peer_steps FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- Which steps are due.
CREATE INDEX peer_steps_due ON peer_steps (status, next_try_zeqond);

CREATE TRIGGER peer_steps_fixed BEFORE UPDATE OF step_id, kind, home_origin, token_id, spend_seq, zid, created_zeqond ON peer_steps
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER peer_steps_no_delete BEFORE DELETE ON peer_steps
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
