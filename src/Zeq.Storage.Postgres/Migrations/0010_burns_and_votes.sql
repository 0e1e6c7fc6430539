-- Completed burns.
CREATE TABLE burns (
    burn_tx text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    zeqond bigint NOT NULL,
    token_ids text COLLATE "C" NOT NULL,
    sum_value_zqt bigint NOT NULL,
    rate_bps bigint NOT NULL,
    credited bigint NOT NULL,
    row_slug text COLLATE "C" NOT NULL,
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (burn_tx)
);
CREATE TRIGGER burns_no_truncate BEFORE TRUNCATE ON burns FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER burns_no_update BEFORE UPDATE ON burns
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER burns_no_delete BEFORE DELETE ON burns
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Votes and their tallies.
CREATE TABLE votes (
    vote_id text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    title text COLLATE "C" NOT NULL,
    options text COLLATE "C" NOT NULL,
    zeqond bigint NOT NULL,
    row_slug text COLLATE "C" NOT NULL,
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    weights text COLLATE "C" NOT NULL,
    changes bigint NOT NULL,
    PRIMARY KEY (vote_id)
) WITH (fillfactor = 80);
CREATE TRIGGER votes_no_truncate BEFORE TRUNCATE ON votes FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER votes_fixed BEFORE UPDATE OF vote_id, zid, title, options, zeqond, row_slug, row_seq, row_hash ON votes
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER votes_no_delete BEFORE DELETE ON votes
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Coins staked in votes; a stake that is taken back goes.
CREATE TABLE vote_stakes (
    vote_id text COLLATE "C" NOT NULL,
    token_id text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    choice bigint NOT NULL,
    value_zqt bigint NOT NULL,
    zeqond bigint NOT NULL,
    row_slug text COLLATE "C" NOT NULL,
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (vote_id, token_id)
);
CREATE TRIGGER vote_stakes_no_truncate BEFORE TRUNCATE ON vote_stakes FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- A voter's stakes in a vote.
CREATE INDEX vote_stakes_by_voter ON vote_stakes (vote_id, zid, token_id);

CREATE TRIGGER vote_stakes_no_update BEFORE UPDATE ON vote_stakes
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');
