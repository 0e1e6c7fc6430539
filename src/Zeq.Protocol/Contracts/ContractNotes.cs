namespace Zeq.Protocol;

/// <summary>A try that a rule said no to, as it is kept.</summary>
/// <param name="To">The state that was asked for.</param>
/// <param name="Actor">Who asked.</param>
/// <param name="Code">The refusal.</param>
/// <param name="Message">Its sentence.</param>
public sealed record FailedTry(string To, Actor Actor, RejectionCode Code, string Message);

/// <summary>What becomes of a trigger after a look that fired nothing.</summary>
/// <param name="Rule">The transition's place in the definition.</param>
/// <param name="Changes">The trigger's version when it was looked at.</param>
/// <param name="Status">Where it stands since: armed, or used up.</param>
/// <param name="Due">When it is looked at next; null where it failed and is tried again.</param>
/// <param name="Cursor">The newest row of the chain that it has taken into account.</param>
/// <param name="Count">How many events it has counted.</param>
public sealed record TriggerNote(int Rule, long Changes, TriggerStatus Status, Zeqond? Due, long Cursor, long Count);

/// <summary>
/// Keeps a failed try, what a look of a trigger came to, or both; after eight failed automatic tries in a row it pauses the contract
/// (spec 05 rule 24).
/// </summary>
/// <param name="Machine">The machine of the contract.</param>
/// <param name="ContractId">The contract.</param>
/// <param name="Definition">Its definition.</param>
/// <param name="Failures">How many failures the contract had when this was noted: another number is refused, and noted again.</param>
/// <param name="Failed">The failed try; null where nothing failed.</param>
/// <param name="Trigger">What becomes of the trigger; null where a caller asked.</param>
public sealed record NoteTry(Slug Machine, string ContractId, ContractDefinition Definition, long Failures, FailedTry? Failed, TriggerNote? Trigger) : Command<Contract>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        keys.Add(Contract.Table, ContractId);
        if (Failed is not null)
        {
            keys.Add(ContractFailure.Table, $"{ContractId}|{ContractFailure.SlotOf(Failures)}");
        }

        if (Trigger is not null)
        {
            keys.AddTriggers(ContractId, Definition);
        }

        if (Failed is not null && Trigger is not null)
        {
            keys.Add(Protocol.Machine.Table, Machine.Text).AddChain(Machine);
        }
    }

    /// <inheritdoc/>
    public override Decision<Contract> Decide(Workspace home, Moment now)
    {
        if (home.Find(Contract.Table, ContractId) is not { } contract || contract.Machine != Machine)
        {
            return Reject(RejectionCode.ContractNotFound, "There is no such contract.");
        }

        if (Failed is not null && contract.Failures != Failures)
        {
            return Reject(RejectionCode.Conflict, "Another try failed meanwhile.");
        }

        if (Trigger is null)
        {
            return Accept(Failed is null ? contract : home.Put(Contract.Table, home.Fail(contract, Failed, now)));
        }

        string key = ContractTriggerRow.KeyOf(ContractId, Trigger.Rule);
        if (home.Find(ContractTriggerRow.Table, key) is not { } trigger || trigger.Changes != Trigger.Changes || trigger.Status != TriggerStatus.Armed)
        {
            return Reject(RejectionCode.Conflict, "This trigger has been dealt with.");
        }

        long failuresInRow = contract.AutoFailures + (Failed is null ? 0 : 1);
        home.Put(ContractTriggerRow.Table, trigger with
        {
            Status = Trigger.Status,
            Due = Trigger.Due ?? TriggerTimes.Retry(now, failuresInRow),
            Cursor = Trigger.Cursor,
            Count = Trigger.Count,
            Changes = trigger.Changes + 1,
        });
        if (Failed is null)
        {
            return Accept(contract);
        }

        contract = home.Put(Contract.Table, home.Fail(contract, Failed, now) with { AutoFailures = failuresInRow });
        return Accept(failuresInRow < Contract.MaxAutoFailures
            ? contract
            : home.Pause(contract, Definition, Failed.Actor, $"{failuresInRow} automatic tries in a row failed.", now));
    }
}

/// <summary>Pauses or resumes a contract (spec 05 rule 24). What is so already stays so.</summary>
/// <param name="Caller">Who asks: admin or owner of the machine.</param>
/// <param name="Machine">The machine.</param>
/// <param name="ContractId">The contract.</param>
/// <param name="Definition">Its definition.</param>
/// <param name="Pauses">Whether it pauses; it resumes otherwise.</param>
public sealed record PauseContract(Caller Caller, Slug Machine, string ContractId, ContractDefinition Definition, bool Pauses) : Command<Contract>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.AddRole(Caller, Machine).AddChain(Machine).Add(Contract.Table, ContractId).AddTriggers(ContractId, Definition);

    /// <inheritdoc/>
    public override Decision<Contract> Decide(Workspace home, Moment now)
    {
        if (home.RefusalOn(Caller, Machine, MachineRole.Admin) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        if (home.Find(Contract.Table, ContractId) is not { } contract || contract.Machine != Machine)
        {
            return Reject(RejectionCode.ContractNotFound, "There is no such contract.");
        }

        return Accept(contract.IsPaused == Pauses ? contract
            : Pauses ? home.Pause(contract, Definition, Caller.Actor, "It was paused by hand.", now)
            : home.Resume(contract, Definition, Caller.Actor, now));
    }
}
