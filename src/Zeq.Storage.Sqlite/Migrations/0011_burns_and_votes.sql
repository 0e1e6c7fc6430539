-- Completed burns.
CREATE TABLE burns (
    burn_tx TEXT NOT NULL,
    zid TEXT NOT NULL,
    zeqond INTEGER NOT NULL,
    token_ids TEXT NOT NULL,
    sum_value_zqt INTEGER NOT NULL,
    rate_bps INTEGER NOT NULL,
    credited INTEGER NOT NULL,
    row_slug TEXT NOT NULL,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    PRIMARY KEY (burn_tx)
) STRICT;

CREATE TRIGGER burns_no_update BEFORE UPDATE ON burns
BEGIN
    SELECT RAISE(ABORT, 'burns: rows are never changed');
END;

CREATE TRIGGER burns_no_delete BEFORE DELETE ON burns
BEGIN
    SELECT RAISE(ABORT, 'burns: rows are never deleted');
END;

-- Votes and their tallies.
CREATE TABLE votes (
    vote_id TEXT NOT NULL,
    zid TEXT NOT NULL,
    title TEXT NOT NULL,
    options TEXT NOT NULL,
    zeqond INTEGER NOT NULL,
    row_slug TEXT NOT NULL,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    weights TEXT NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (vote_id)
) STRICT;

CREATE TRIGGER votes_fixed BEFORE UPDATE OF vote_id, zid, title, options, zeqond, row_slug, row_seq, row_hash ON votes
BEGIN
    SELECT RAISE(ABORT, 'votes: this column never changes');
END;

CREATE TRIGGER votes_no_delete BEFORE DELETE ON votes
BEGIN
    SELECT RAISE(ABORT, 'votes: rows are never deleted');
END;

-- Coins staked in votes; a stake that is taken back goes.
CREATE TABLE vote_stakes (
    vote_id TEXT NOT NULL,
    token_id TEXT NOT NULL,
    zid TEXT NOT NULL,
    choice INTEGER NOT NULL,
    value_zqt INTEGER NOT NULL,
    zeqond INTEGER NOT NULL,
    row_slug TEXT NOT NULL,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    PRIMARY KEY (vote_id, token_id)
) STRICT;

-- A voter's stakes in a vote.
CREATE INDEX vote_stakes_by_voter ON vote_stakes (vote_id, zid, token_id);

CREATE TRIGGER vote_stakes_no_update BEFORE UPDATE ON vote_stakes
BEGIN
    SELECT RAISE(ABORT, 'vote_stakes: rows are never changed');
END;
