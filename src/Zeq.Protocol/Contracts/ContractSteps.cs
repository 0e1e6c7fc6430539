namespace Zeq.Protocol;

/// <summary>What the commands of contracts share.</summary>
internal static class ContractSteps
{
    /// <summary>The name of the contract whose rows are public payloads also on a private machine (spec 05, settled points, rule 17).</summary>
    public const string HandshakeName = "m2m_handshake";

    /// <summary>Whether rows of a contract are public payloads on a machine (spec 20 §6).</summary>
    public static bool IsPublicOn(this ContractDefinition definition, Machine machine) => machine.IsPublic || definition.Name == HandshakeName;

    /// <summary>The caller's role on a machine whose rows were named with <see cref="MachineRoles.AddRole"/>; null: none.</summary>
    public static MachineRole? RoleOn(this Workspace home, Caller caller, Slug machine) => home.Find(Machine.Table, machine.Text) is { } found
        ? caller.RoleOn(found, home.Find(MachineMember.Table, MachineMember.KeyOf(machine, caller.Zid)))
        : null;

    /// <summary>Names every trigger of a contract.</summary>
    public static KeySet AddTriggers(this KeySet keys, string contractId, ContractDefinition definition)
    {
        foreach (ContractTransitionRule rule in definition.Triggers)
        {
            keys.Add(ContractTriggerRow.Table, ContractTriggerRow.KeyOf(contractId, rule.Index));
        }

        return keys;
    }

    /// <summary>Changes every trigger of a contract.</summary>
    public static void ChangeTriggers(this Workspace home, string contractId, ContractDefinition definition, Func<ContractTransitionRule, ContractTriggerRow, ContractTriggerRow> change)
    {
        foreach (ContractTransitionRule rule in definition.Triggers)
        {
            ContractTriggerRow row = home.Find(ContractTriggerRow.Table, ContractTriggerRow.KeyOf(contractId, rule.Index))
                ?? throw new InvalidOperationException("A contract without one of its triggers.");
            ContractTriggerRow changed = change(rule, row);
            if (changed != row)
            {
                home.Put(ContractTriggerRow.Table, changed);
            }
        }
    }

    /// <summary>Pauses a contract, with its row.</summary>
    public static Contract Pause(this Workspace home, Contract contract, ContractDefinition definition, Actor actor, string reason, Moment now)
    {
        Machine machine = home.Find(Machine.Table, contract.Machine.Text)!;
        string payload = new Payload().Add("contract_id", contract.Id).Add("name", contract.Name).Add("reason", reason).Add("state", contract.State).ToCanonicalText();
        home.AppendRow(contract.Machine, Contract.PausedRowType, payload, actor, now, definition.IsPublicOn(machine));
        home.ChangeTriggers(contract.Id, definition, static (_, row) =>
            row.Status == TriggerStatus.Armed ? row with { Status = TriggerStatus.Held, Changes = row.Changes + 1 } : row);
        return home.Put(Contract.Table, contract with { PausedFor = reason, Changes = contract.Changes + 1 });
    }

    /// <summary>Resumes a contract: its timers go on, and what is due fires once; its readers of the chain begin with the next row.</summary>
    public static Contract Resume(this Workspace home, Contract contract, ContractDefinition definition, Actor actor, Moment now)
    {
        Machine machine = home.Find(Machine.Table, contract.Machine.Text)!;
        string payload = new Payload().Add("contract_id", contract.Id).Add("name", contract.Name).Add("state", contract.State).ToCanonicalText();
        ChainRow row = home.AppendRow(contract.Machine, Contract.ResumedRowType, payload, actor, now, definition.IsPublicOn(machine));
        home.ChangeTriggers(contract.Id, definition, (_, trigger) => trigger.Status == TriggerStatus.Held
            ? trigger with { Status = TriggerStatus.Armed, Cursor = row.Seq, Changes = trigger.Changes + 1 }
            : trigger);
        return home.Put(Contract.Table, contract with { PausedFor = null, AutoFailures = 0, Changes = contract.Changes + 1 });
    }

    /// <summary>Keeps a failed try, whose place must have been named.</summary>
    public static Contract Fail(this Workspace home, Contract contract, FailedTry failed, Moment now)
    {
        home.Put(ContractFailure.Table, new ContractFailure(
            contract.Id, ContractFailure.SlotOf(contract.Failures), contract.Tries + 1, now.Zeqond, contract.State, failed.To, failed.Actor, failed.Code.ToString(), failed.Message));
        return contract with { Tries = contract.Tries + 1, Failures = contract.Failures + 1, Changes = contract.Changes + 1 };
    }
}
