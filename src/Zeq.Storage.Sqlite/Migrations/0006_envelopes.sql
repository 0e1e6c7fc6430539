-- Coins.
CREATE TABLE tally_tokens (
    token_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    compute_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    operators TEXT NOT NULL,
    result_digest TEXT NOT NULL,
    value_zqt INTEGER NOT NULL,
    free_funded_zqt INTEGER NOT NULL,
    paid_funded_zqt INTEGER NOT NULL,
    minted_by TEXT NOT NULL,
    share TEXT NOT NULL,
    home_origin TEXT NOT NULL,
    minted_zeqond INTEGER NOT NULL,
    zeq_proof TEXT NOT NULL,
    node_sig TEXT NOT NULL,
    node_pubkey TEXT NOT NULL,
    issued_to TEXT NOT NULL,
    holder_origin TEXT NOT NULL,
    spend_seq INTEGER NOT NULL,
    status INTEGER NOT NULL,
    staked_in TEXT,
    PRIMARY KEY (token_id)
) STRICT;

-- A holder's coins.
CREATE INDEX tally_tokens_by_holder ON tally_tokens (issued_to, holder_origin, token_id);

CREATE TRIGGER tally_tokens_fixed BEFORE UPDATE OF token_id, token_hash, compute_id, machine, operators, result_digest, value_zqt, free_funded_zqt, paid_funded_zqt, minted_by, share, home_origin,
    minted_zeqond, zeq_proof, node_sig, node_pubkey ON tally_tokens
BEGIN
    SELECT RAISE(ABORT, 'tally_tokens: this column never changes');
END;

CREATE TRIGGER tally_tokens_no_delete BEFORE DELETE ON tally_tokens
BEGIN
    SELECT RAISE(ABORT, 'tally_tokens: rows are never deleted');
END;

-- Every move of every coin.
CREATE TABLE moves (
    token_id TEXT NOT NULL,
    spend_seq INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    from_zid TEXT NOT NULL,
    from_origin TEXT NOT NULL,
    to_zid TEXT NOT NULL,
    to_origin TEXT NOT NULL,
    zeqond INTEGER NOT NULL,
    means INTEGER NOT NULL,
    proof_hash TEXT,
    holder_key TEXT,
    out_slug TEXT NOT NULL,
    out_seq INTEGER NOT NULL,
    out_hash TEXT NOT NULL,
    in_slug TEXT,
    in_seq INTEGER,
    in_hash TEXT,
    PRIMARY KEY (token_id, spend_seq),
    FOREIGN KEY (token_id) REFERENCES tally_tokens (token_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- What a ZID sent, and what it got, in order of time.
CREATE INDEX moves_by_sender ON moves (from_zid, from_origin, zeqond);
CREATE INDEX moves_by_recipient ON moves (to_zid, to_origin, zeqond);

CREATE TRIGGER moves_no_update BEFORE UPDATE ON moves
BEGIN
    SELECT RAISE(ABORT, 'moves: rows are never changed');
END;

CREATE TRIGGER moves_no_delete BEFORE DELETE ON moves
BEGIN
    SELECT RAISE(ABORT, 'moves: rows are never deleted');
END;

-- The sums of all coins: one row.
CREATE TABLE supply (
    id TEXT NOT NULL,
    "window" INTEGER NOT NULL,
    minted INTEGER NOT NULL,
    burned INTEGER NOT NULL,
    migrated_out INTEGER NOT NULL,
    migrated_in INTEGER NOT NULL,
    bearer INTEGER NOT NULL,
    shown_minted INTEGER NOT NULL,
    shown_burned INTEGER NOT NULL,
    shown_migrated_out INTEGER NOT NULL,
    shown_migrated_in INTEGER NOT NULL,
    shown_bearer INTEGER NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID, STRICT;

CREATE TRIGGER supply_fixed BEFORE UPDATE OF id ON supply
BEGIN
    SELECT RAISE(ABORT, 'supply: this column never changes');
END;

CREATE TRIGGER supply_no_delete BEFORE DELETE ON supply
BEGIN
    SELECT RAISE(ABORT, 'supply: rows are never deleted');
END;
