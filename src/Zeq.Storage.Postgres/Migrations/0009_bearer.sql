-- Who minted what, in order of time: written once per coin.
CREATE INDEX tally_tokens_by_minter ON tally_tokens (minted_by, minted_zeqond);

-- Which of them have ended: what an issuer's limit is judged by.
CREATE INDEX tally_tokens_migrated ON tally_tokens (status) WHERE migrated_from IS NOT NULL;

-- One coin of another home is minted for once.
CREATE TABLE migrations_in (
    home_origin text COLLATE "C" NOT NULL,
    token_id text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    local_token_id text COLLATE "C" NOT NULL,
    value_zqt bigint NOT NULL,
    issuer_key text COLLATE "C" NOT NULL,
    migration text COLLATE "C" NOT NULL,
    zeqond bigint NOT NULL,
    PRIMARY KEY (home_origin, token_id)
);
CREATE TRIGGER migrations_in_no_truncate BEFORE TRUNCATE ON migrations_in FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER migrations_in_no_update BEFORE UPDATE ON migrations_in
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER migrations_in_no_delete BEFORE DELETE ON migrations_in
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- What the admin says of issuers.
CREATE TABLE issuers (
    origin text COLLATE "C" NOT NULL,
    public_key text COLLATE "C" NOT NULL,
    max_outstanding_zqt bigint,
    is_trusted bigint NOT NULL,
    zeqond bigint NOT NULL,
    PRIMARY KEY (origin)
);
CREATE TRIGGER issuers_no_truncate BEFORE TRUNCATE ON issuers FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER issuers_fixed BEFORE UPDATE OF origin ON issuers
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER issuers_no_delete BEFORE DELETE ON issuers
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- What was taken of each issuer.
CREATE TABLE issuer_tallies (
    origin text COLLATE "C" NOT NULL,
    taken_zqt bigint NOT NULL,
    PRIMARY KEY (origin)
) WITH (fillfactor = 50);
CREATE TRIGGER issuer_tallies_no_truncate BEFORE TRUNCATE ON issuer_tallies FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER issuer_tallies_fixed BEFORE UPDATE OF origin ON issuer_tallies
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER issuer_tallies_no_delete BEFORE DELETE ON issuer_tallies
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
