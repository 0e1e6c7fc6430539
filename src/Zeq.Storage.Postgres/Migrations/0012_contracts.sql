-- Contracts of machines: a definition that never changes, and where it stands.
CREATE TABLE contracts (
    contract_id text COLLATE "C" NOT NULL,
    slug text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    template_id text COLLATE "C",
    definition text COLLATE "C" NOT NULL,
    context text COLLATE "C" NOT NULL,
    created_zeqond bigint NOT NULL,
    row_slug text COLLATE "C" NOT NULL,
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    entered_zeqond bigint NOT NULL,
    visits bigint NOT NULL,
    tries bigint NOT NULL,
    failures bigint NOT NULL,
    auto_failures bigint NOT NULL,
    paused_for text COLLATE "C",
    changes bigint NOT NULL,
    PRIMARY KEY (contract_id)
) WITH (fillfactor = 80);
CREATE TRIGGER contracts_no_truncate BEFORE TRUNCATE ON contracts FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- A machine's contracts, in order of their making.
CREATE INDEX contracts_by_machine ON contracts (slug, contract_id);

CREATE TRIGGER contracts_fixed BEFORE UPDATE OF contract_id, slug, zid, name, version, template_id, definition, context, created_zeqond, row_slug, row_seq, row_hash ON contracts
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER contracts_no_delete BEFORE DELETE ON contracts
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- How many contracts of a machine have not ended.
CREATE TABLE contract_counts (
    slug text COLLATE "C" NOT NULL,
    active bigint NOT NULL,
    changes bigint NOT NULL,
    PRIMARY KEY (slug)
) WITH (fillfactor = 80);
CREATE TRIGGER contract_counts_no_truncate BEFORE TRUNCATE ON contract_counts FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER contract_counts_fixed BEFORE UPDATE OF slug ON contract_counts
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER contract_counts_no_delete BEFORE DELETE ON contract_counts
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Transitions that were made, numbered in each contract.
CREATE TABLE contract_transitions (
    contract_id text COLLATE "C" NOT NULL,
    visit bigint NOT NULL,
    try bigint NOT NULL,
    transition_id text COLLATE "C" NOT NULL,
    zeqond bigint NOT NULL,
    rule bigint NOT NULL,
    from_state text COLLATE "C" NOT NULL,
    to_state text COLLATE "C" NOT NULL,
    operator text COLLATE "C" NOT NULL,
    actor_zid text COLLATE "C" NOT NULL,
    key_prefix text COLLATE "C" NOT NULL,
    compute_id text COLLATE "C" NOT NULL,
    envelope_id text COLLATE "C",
    proof_digest text COLLATE "C",
    row_slug text COLLATE "C" NOT NULL,
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (contract_id, visit)
) PARTITION BY HASH (contract_id);
CREATE TABLE contract_transitions_0 PARTITION OF contract_transitions FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE contract_transitions_1 PARTITION OF contract_transitions FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE contract_transitions_2 PARTITION OF contract_transitions FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE contract_transitions_3 PARTITION OF contract_transitions FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE TRIGGER contract_transitions_no_truncate BEFORE TRUNCATE ON contract_transitions FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER contract_transitions_0_no_truncate BEFORE TRUNCATE ON contract_transitions_0 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER contract_transitions_1_no_truncate BEFORE TRUNCATE ON contract_transitions_1 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER contract_transitions_2_no_truncate BEFORE TRUNCATE ON contract_transitions_2 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');
CREATE TRIGGER contract_transitions_3_no_truncate BEFORE TRUNCATE ON contract_transitions_3 FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER contract_transitions_no_update BEFORE UPDATE ON contract_transitions
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never changed');

CREATE TRIGGER contract_transitions_no_delete BEFORE DELETE ON contract_transitions
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- The newest hundred failed tries of each contract, each in the place of the one a hundred before.
CREATE TABLE contract_failures (
    contract_id text COLLATE "C" NOT NULL,
    slot text COLLATE "C" NOT NULL,
    try bigint NOT NULL,
    zeqond bigint NOT NULL,
    from_state text COLLATE "C" NOT NULL,
    to_state text COLLATE "C" NOT NULL,
    actor_zid text COLLATE "C" NOT NULL,
    key_prefix text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    message text COLLATE "C" NOT NULL,
    PRIMARY KEY (contract_id, slot)
) WITH (fillfactor = 80);
CREATE TRIGGER contract_failures_no_truncate BEFORE TRUNCATE ON contract_failures FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER contract_failures_fixed BEFORE UPDATE OF contract_id, slot ON contract_failures
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER contract_failures_no_delete BEFORE DELETE ON contract_failures
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Asks for transitions that need several.
CREATE TABLE contract_approvals (
    contract_id text COLLATE "C" NOT NULL,
    ask text COLLATE "C" NOT NULL,
    zid text COLLATE "C" NOT NULL,
    zeqond bigint NOT NULL,
    key_prefix text COLLATE "C" NOT NULL,
    generation bigint NOT NULL,
    row_slug text COLLATE "C" NOT NULL,
    row_seq bigint NOT NULL,
    row_hash text COLLATE "C" NOT NULL,
    PRIMARY KEY (contract_id, ask, zid)
) WITH (fillfactor = 80);
CREATE TRIGGER contract_approvals_no_truncate BEFORE TRUNCATE ON contract_approvals FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

CREATE TRIGGER contract_approvals_fixed BEFORE UPDATE OF contract_id, ask, zid ON contract_approvals
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER contract_approvals_no_delete BEFORE DELETE ON contract_approvals
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');

-- Triggers, and when each is looked at next.
CREATE TABLE contract_triggers (
    contract_id text COLLATE "C" NOT NULL,
    rule text COLLATE "C" NOT NULL,
    slug text COLLATE "C" NOT NULL,
    status bigint NOT NULL,
    due_zeqond bigint NOT NULL,
    cursor_seq bigint NOT NULL,
    events bigint NOT NULL,
    fires bigint NOT NULL,
    last_fired_zeqond bigint,
    changes bigint NOT NULL,
    PRIMARY KEY (contract_id, rule)
) WITH (fillfactor = 80);
CREATE TRIGGER contract_triggers_no_truncate BEFORE TRUNCATE ON contract_triggers FOR EACH STATEMENT EXECUTE FUNCTION zeq_refuse('a table is never emptied');

-- What is due.
CREATE INDEX contract_triggers_due ON contract_triggers (status, due_zeqond);

CREATE TRIGGER contract_triggers_fixed BEFORE UPDATE OF contract_id, rule, slug ON contract_triggers
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('this column never changes');

CREATE TRIGGER contract_triggers_no_delete BEFORE DELETE ON contract_triggers
    FOR EACH ROW EXECUTE FUNCTION zeq_refuse('rows are never deleted');
