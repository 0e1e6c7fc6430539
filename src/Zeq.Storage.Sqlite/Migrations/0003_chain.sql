-- State machines.
CREATE TABLE machines (
    slug TEXT NOT NULL,
    id TEXT NOT NULL,
    owner_zid TEXT NOT NULL,
    is_own INTEGER NOT NULL,
    genesis_zeqond INTEGER NOT NULL,
    is_public INTEGER NOT NULL,
    public_since INTEGER NOT NULL,
    display_name TEXT,
    purpose TEXT,
    PRIMARY KEY (slug)
) STRICT;

-- An account's machines.
CREATE INDEX machines_by_owner ON machines (owner_zid, slug);

-- The machines that anyone may read.
CREATE INDEX machines_public ON machines (slug) WHERE is_public = 1;

CREATE TRIGGER machines_fixed BEFORE UPDATE OF slug, id, owner_zid, is_own, genesis_zeqond ON machines
BEGIN
    SELECT RAISE(ABORT, 'machines: this column never changes');
END;

CREATE TRIGGER machines_no_delete BEFORE DELETE ON machines
BEGIN
    SELECT RAISE(ABORT, 'machines: rows are never deleted');
END;

-- The newest link of every chain.
CREATE TABLE chain_heads (
    slug TEXT NOT NULL,
    seq INTEGER NOT NULL,
    zeqond INTEGER NOT NULL,
    state_hash TEXT NOT NULL,
    PRIMARY KEY (slug),
    FOREIGN KEY (slug) REFERENCES machines (slug) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID, STRICT;

CREATE TRIGGER chain_heads_fixed BEFORE UPDATE OF slug ON chain_heads
BEGIN
    SELECT RAISE(ABORT, 'chain_heads: this column never changes');
END;

CREATE TRIGGER chain_heads_no_delete BEFORE DELETE ON chain_heads
BEGIN
    SELECT RAISE(ABORT, 'chain_heads: rows are never deleted');
END;

-- The chains themselves. Wide rows of many chains arrive interleaved: in a rowid table they fill pages from end to end, and only the
-- one narrow index is written in many places. Every index more is two pages more in every transfer; a chain's Zeqonds rise with its
-- numbers, so a time is found by bisection.
CREATE TABLE chain_rows (
    slug TEXT NOT NULL,
    seq INTEGER NOT NULL,
    zeqond INTEGER NOT NULL,
    type TEXT NOT NULL,
    transition_id TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    state_hash TEXT NOT NULL,
    actor_hash TEXT NOT NULL,
    flags TEXT NOT NULL,
    actor_zid TEXT NOT NULL,
    key_prefix TEXT NOT NULL,
    payload TEXT,
    salt BLOB,
    PRIMARY KEY (slug, seq)
) STRICT;

CREATE TRIGGER chain_rows_no_update BEFORE UPDATE ON chain_rows
BEGIN
    SELECT RAISE(ABORT, 'chain_rows: rows are never changed');
END;

CREATE TRIGGER chain_rows_no_delete BEFORE DELETE ON chain_rows
BEGIN
    SELECT RAISE(ABORT, 'chain_rows: rows are never deleted');
END;
