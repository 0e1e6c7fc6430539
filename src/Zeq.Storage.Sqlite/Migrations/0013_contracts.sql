-- Contracts of machines: a definition that never changes, and where it stands.
CREATE TABLE contracts (
    contract_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    zid TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    template_id TEXT,
    definition TEXT NOT NULL,
    context TEXT NOT NULL,
    created_zeqond INTEGER NOT NULL,
    row_slug TEXT NOT NULL,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    entered_zeqond INTEGER NOT NULL,
    visits INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    auto_failures INTEGER NOT NULL,
    paused_for TEXT,
    changes INTEGER NOT NULL,
    PRIMARY KEY (contract_id)
) STRICT;

-- A machine's contracts, in order of their making.
CREATE INDEX contracts_by_machine ON contracts (slug, contract_id);

CREATE TRIGGER contracts_fixed BEFORE UPDATE OF contract_id, slug, zid, name, version, template_id, definition, context, created_zeqond, row_slug, row_seq, row_hash ON contracts
BEGIN
    SELECT RAISE(ABORT, 'contracts: this column never changes');
END;

CREATE TRIGGER contracts_no_delete BEFORE DELETE ON contracts
BEGIN
    SELECT RAISE(ABORT, 'contracts: rows are never deleted');
END;

-- How many contracts of a machine have not ended.
CREATE TABLE contract_counts (
    slug TEXT NOT NULL,
    active INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (slug)
) STRICT;

CREATE TRIGGER contract_counts_fixed BEFORE UPDATE OF slug ON contract_counts
BEGIN
    SELECT RAISE(ABORT, 'contract_counts: this column never changes');
END;

CREATE TRIGGER contract_counts_no_delete BEFORE DELETE ON contract_counts
BEGIN
    SELECT RAISE(ABORT, 'contract_counts: rows are never deleted');
END;

-- Transitions that were made, numbered in each contract.
CREATE TABLE contract_transitions (
    contract_id TEXT NOT NULL,
    visit INTEGER NOT NULL,
    try INTEGER NOT NULL,
    transition_id TEXT NOT NULL,
    zeqond INTEGER NOT NULL,
    rule INTEGER NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    operator TEXT NOT NULL,
    actor_zid TEXT NOT NULL,
    key_prefix TEXT NOT NULL,
    compute_id TEXT NOT NULL,
    envelope_id TEXT,
    proof_digest TEXT,
    row_slug TEXT NOT NULL,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    PRIMARY KEY (contract_id, visit)
) STRICT;

CREATE TRIGGER contract_transitions_no_update BEFORE UPDATE ON contract_transitions
BEGIN
    SELECT RAISE(ABORT, 'contract_transitions: rows are never changed');
END;

CREATE TRIGGER contract_transitions_no_delete BEFORE DELETE ON contract_transitions
BEGIN
    SELECT RAISE(ABORT, 'contract_transitions: rows are never deleted');
END;

-- The newest hundred failed tries of each contract, each in the place of the one a hundred before.
CREATE TABLE contract_failures (
    contract_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    try INTEGER NOT NULL,
    zeqond INTEGER NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    actor_zid TEXT NOT NULL,
    key_prefix TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (contract_id, slot)
) STRICT;

CREATE TRIGGER contract_failures_fixed BEFORE UPDATE OF contract_id, slot ON contract_failures
BEGIN
    SELECT RAISE(ABORT, 'contract_failures: this column never changes');
END;

CREATE TRIGGER contract_failures_no_delete BEFORE DELETE ON contract_failures
BEGIN
    SELECT RAISE(ABORT, 'contract_failures: rows are never deleted');
END;

-- Asks for transitions that need several.
CREATE TABLE contract_approvals (
    contract_id TEXT NOT NULL,
    ask TEXT NOT NULL,
    zid TEXT NOT NULL,
    zeqond INTEGER NOT NULL,
    key_prefix TEXT NOT NULL,
    generation INTEGER NOT NULL,
    row_slug TEXT NOT NULL,
    row_seq INTEGER NOT NULL,
    row_hash TEXT NOT NULL,
    PRIMARY KEY (contract_id, ask, zid)
) STRICT;

CREATE TRIGGER contract_approvals_fixed BEFORE UPDATE OF contract_id, ask, zid ON contract_approvals
BEGIN
    SELECT RAISE(ABORT, 'contract_approvals: this column never changes');
END;

CREATE TRIGGER contract_approvals_no_delete BEFORE DELETE ON contract_approvals
BEGIN
    SELECT RAISE(ABORT, 'contract_approvals: rows are never deleted');
END;

-- Triggers, and when each is looked at next.
CREATE TABLE contract_triggers (
    contract_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    slug TEXT NOT NULL,
    status INTEGER NOT NULL,
    due_zeqond INTEGER NOT NULL,
    cursor_seq INTEGER NOT NULL,
    events INTEGER NOT NULL,
    fires INTEGER NOT NULL,
    last_fired_zeqond INTEGER,
    changes INTEGER NOT NULL,
    PRIMARY KEY (contract_id, rule)
) STRICT;

-- What is due.
CREATE INDEX contract_triggers_due ON contract_triggers (status, due_zeqond);

CREATE TRIGGER contract_triggers_fixed BEFORE UPDATE OF contract_id, rule, slug ON contract_triggers
BEGIN
    SELECT RAISE(ABORT, 'contract_triggers: this column never changes');
END;

CREATE TRIGGER contract_triggers_no_delete BEFORE DELETE ON contract_triggers
BEGIN
    SELECT RAISE(ABORT, 'contract_triggers: rows are never deleted');
END;
