using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>What the kernel made of a transition's operator, before it is charged.</summary>
/// <param name="Operators">The chain, KO42 first, joined by commas.</param>
/// <param name="Value">The value; finite.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="PrecisionActual">Relative error against the reference, 0 to 0.001.</param>
/// <param name="Cost">The quoted cost, in ZEQ.</param>
public sealed record OperatorWork(string Operators, double Value, string Unit, double PrecisionActual, long Cost);

/// <summary>The look of a trigger that fires a transition.</summary>
/// <param name="Changes">The trigger's version when it was looked at: another one means that it has been dealt with.</param>
/// <param name="Cursor">The newest row of the chain that the look took into account.</param>
public sealed record TriggerLook(long Changes, long Cursor);

/// <summary>What an accepted ask for a transition came to.</summary>
/// <param name="Contract">The contract since.</param>
/// <param name="From">The state in which it stood.</param>
/// <param name="Transition">The transition; null where approvals are still missing.</param>
/// <param name="Compute">The compute that was charged; null where approvals are still missing.</param>
/// <param name="Row">The row of the transition, or of the approval.</param>
/// <param name="Approvals">How many different ZIDs have asked for it.</param>
/// <param name="Needed">How many have to.</param>
public sealed record TransitionResult(Contract Contract, string From, ContractTransition? Transition, ComputeResult? Compute, RowRef Row, int Approvals, int Needed);

/// <summary>
/// Takes a transition in one step (spec 20 §3): the condition, the operator's charge and envelope, the chain row, the new state, and the
/// trigger that fired it, if one did. Where it needs several approvals it keeps the caller's, and fires with the last one.
/// </summary>
/// <param name="Caller">Who asks and pays; of an automatic transition <see cref="Contract.Automatic"/>.</param>
/// <param name="Machine">The machine of the contract.</param>
/// <param name="Stamp">The machine whose slug is stamped on the envelopes: this one, or the caller's own (spec 05 rule 3).</param>
/// <param name="ContractId">The contract.</param>
/// <param name="Definition">Its definition, which never changes.</param>
/// <param name="Rule">The transition's place in the definition.</param>
/// <param name="Visit">How many transitions there were when this was asked for: of two who ask at once one wins.</param>
/// <param name="Input">The input.</param>
/// <param name="Work">What the kernel made of it; null where approvals were missing when it was asked.</param>
/// <param name="Look">The look of the trigger that fires it; null where a caller asks.</param>
public sealed record TakeTransition(
    Caller Caller, Slug Machine, Slug Stamp, string ContractId, ContractDefinition Definition, int Rule, long Visit, ContractInput Input, OperatorWork? Work,
    TriggerLook? Look) : Command<TransitionResult>
{
    private ContractTransitionRule Asked => Definition.Transitions[Rule];

    private bool NeedsApprovals => Asked.By.Needed > 1 && Look is null;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        keys.AddRole(Caller, Machine).AddRole(Caller, Stamp).AddChain(Machine)
            .Add(Contract.Table, ContractId).Add(ContractTransition.Table, ContractId).Add(ContractCount.Table, Machine.Text).AddTriggers(ContractId, Definition);
        if (NeedsApprovals)
        {
            foreach (Zid zid in Asked.By.Zids)
            {
                keys.Add(ContractApproval.Table, ContractApproval.KeyOf(ContractId, AskKey, zid)).Add(IdentityRow.Table, zid.Text);
            }
        }

        if (ChargeAt(now) is { } charge)
        {
            charge.Touch(keys, now);
        }
    }

    /// <inheritdoc/>
    public override Decision<TransitionResult> Decide(Workspace home, Moment now)
    {
        if (home.Find(Contract.Table, ContractId) is not { } contract || contract.Machine != Machine || home.Find(Protocol.Machine.Table, Machine.Text) is not { } machine)
        {
            return Reject(RejectionCode.ContractNotFound, "There is no such contract.");
        }

        if (RefusalOf(home, contract, now) is { } refusal)
        {
            return Reject(refusal.Code, refusal.Message);
        }

        int approvals = 1;
        if (NeedsApprovals)
        {
            (approvals, RowRef row) = Approve(home, contract, machine, now);
            if (approvals < Asked.By.Needed)
            {
                return Accept(new TransitionResult(contract, contract.State, null, null, row, approvals, Asked.By.Needed));
            }
        }

        if (ChargeAt(now) is not { } charge)
        {
            return Reject(RejectionCode.Conflict, "The last approval came meanwhile; ask again.");
        }

        return charge.Decide(home, now) switch
        {
            Rejected<ComputeResult> rejected => Reject(rejected.Why.Code, rejected.Why.Message),
            Accepted<ComputeResult> charged => Accept(Enter(home, contract, machine, charged.Result, approvals, now)),
            _ => throw new InvalidOperationException("A decision is accepted or rejected."),
        };
    }

    private string AskKey => ContractApproval.AskOf(Visit, Rule, Input.Hash);

    private string TransitionIdAt(Moment now) => ChainAppend.UuidV7(now, "transition/" + ContractId);

    private ChargeCompute? ChargeAt(Moment now)
    {
        if (Work is not { } work)
        {
            return null;
        }

        JsonElement inputs = ContractTransition.DigestInputs(ContractId, TransitionIdAt(now), Input.Json);
        string digest = ComputeDigest.Of(inputs, work.Operators.Split(','), work.Unit, work.Value);
        return new ChargeCompute(Caller, Stamp, new ComputedWork(work.Operators, work.Value, work.Unit, work.PrecisionActual, work.Cost, digest), FundingLimit.All);
    }

    private Rejection? RefusalOf(Workspace home, Contract contract, Moment now)
    {
        if (Look is { } look)
        {
            // Whoever comes second finds the trigger changed: it fired, or it was looked at, once.
            ContractTriggerRow? trigger = home.Find(ContractTriggerRow.Table, ContractTriggerRow.KeyOf(ContractId, Rule));
            if (trigger is null || trigger.Changes != look.Changes || trigger.Status != TriggerStatus.Armed)
            {
                return new Rejection(RejectionCode.Conflict, "This trigger has been dealt with.");
            }
        }

        if (contract.IsPaused)
        {
            return new Rejection(RejectionCode.Paused, "The contract is paused: " + contract.PausedFor);
        }

        if (contract.Visits != Visit || contract.State != Asked.From)
        {
            return new Rejection(RejectionCode.NoTransition, $"Another transition came first; the contract is in {contract.State}.");
        }

        if (Look is null && !Asked.By.Admits(Caller, home.RoleOn(Caller, Machine)))
        {
            return new Rejection(RejectionCode.NotYourMove, "This move is somebody else's.");
        }

        return ContractPlan.Refusal(contract, Definition, Asked, Input.Json, Caller.Zid.Text, now.Zeqond);
    }

    /// <summary>Keeps the caller's ask, and counts those whose right still stands (spec 05 rule 22).</summary>
    private (int Count, RowRef Row) Approve(Workspace home, Contract contract, Machine machine, Moment now)
    {
        string ownKey = ContractApproval.KeyOf(ContractId, AskKey, Caller.Zid);
        ContractApproval? own = home.Find(ContractApproval.Table, ownKey);
        if (own is null || !own.StillCounts(home.Find(IdentityRow.Table, Caller.Zid.Text)))
        {
            string payload = new Payload()
                .Add("contract_id", ContractId).Add("from", Asked.From).Add("input_hash", Input.Hash).Add("name", contract.Name)
                .Add("operator", Asked.Operator).Add("to", Asked.To).Add("visit", Visit).ToCanonicalText();
            ChainRow row = home.AppendRow(Machine, Contract.ApprovalRowType, payload, Caller.Actor, now, Definition.IsPublicOn(machine));
            own = home.Put(ContractApproval.Table, new ContractApproval(ContractId, AskKey, Caller.Zid, now.Zeqond, Caller.KeyPrefix, Caller.Generation, RowRef.Of(row)));
        }

        int count = Asked.By.Zids.Count(zid =>
            home.Find(ContractApproval.Table, ContractApproval.KeyOf(ContractId, AskKey, zid)) is { } approval && approval.StillCounts(home.Find(IdentityRow.Table, zid.Text)));
        return (count, own.Row);
    }

    private TransitionResult Enter(Workspace home, Contract contract, Machine machine, ComputeResult compute, int approvals, Moment now)
    {
        ContractTransitionRule rule = Asked;
        string payload = ContractTransition.ChainPayload(ContractId, contract.Name, rule.From, rule.To, rule.Operator, Input.Json);
        string transitionId = TransitionIdAt(now);
        ChainRow row = home.AppendRow(Machine, Contract.TransitionRowType, payload, Caller.Actor, now, Definition.IsPublicOn(machine), transitionId);
        ContractTransition transition = home.Append(ContractTransition.Table, new ContractTransition(
            ContractId, contract.Visits + 1, contract.Tries + 1, transitionId, now.Zeqond, Rule, rule.From, rule.To, rule.Operator, Caller.Actor,
            compute.Compute.ComputeId, compute.Envelopes.Count == 0 ? null : compute.Envelopes[0].TokenId.Text,
            rule.ProofRequired ? ContractTransition.DigestOf(compute.Compute.ZeqProof) : null, RowRef.Of(row)));
        Contract entered = home.Put(Contract.Table, contract with
        {
            State = rule.To,
            Entered = now.Zeqond,
            Visits = contract.Visits + 1,
            Tries = contract.Tries + 1,
            AutoFailures = Look is null ? contract.AutoFailures : 0,
            Changes = contract.Changes + 1,
        });
        home.ChangeTriggers(ContractId, Definition, (other, trigger) => Since(other, trigger, now, row.Seq));
        if (Definition.Find(rule.To)!.IsTerminal)
        {
            ContractCount count = home.Find(ContractCount.Table, Machine.Text) ?? throw new InvalidOperationException("A machine with contracts and no count of them.");
            home.Put(ContractCount.Table, count with { Active = count.Active - 1, Changes = count.Changes + 1 });
        }

        return new TransitionResult(entered, rule.From, transition, compute, transition.Row, approvals, rule.By.Needed);
    }

    /// <summary>A trigger since the transition.</summary>
    private ContractTriggerRow Since(ContractTransitionRule rule, ContractTriggerRow trigger, Moment now, long head)
    {
        if (Look is { } look && rule.Index == Rule)
        {
            trigger = trigger with
            {
                Status = rule.Trigger is ContractTrigger.OneShot ? TriggerStatus.Used : trigger.Status,
                Due = TriggerTimes.Next(rule.Trigger!, trigger.Due, now),
                Cursor = look.Cursor,
                Count = 0,
                Fires = trigger.Fires + 1,
                LastFired = now.Zeqond,
                Changes = trigger.Changes + 1,
            };
        }

        bool stays = Asked.From == Asked.To;
        return rule.From != Asked.To ? trigger.Disarm()
            : !stays || rule.Trigger is ContractTrigger.After ? trigger.Arm(rule.Trigger!, now, head)
            : trigger;
    }
}
