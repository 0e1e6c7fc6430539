using System.Globalization;

namespace Zeq.Protocol;

/// <summary>An ask for a transition that is ready for the writer, or why it is not.</summary>
/// <param name="Command">What the writer runs; null where something stands against it.</param>
/// <param name="Why">What stands against it.</param>
/// <param name="IsUncharged">Whether the kernel ran and nothing will be charged for it (spec 05 rule 23).</param>
public sealed record PreparedTransition(TakeTransition? Command, Rejection? Why, bool IsUncharged);

/// <summary>
/// Prepares transitions outside of the writer: reads the contract's rules, and runs the kernel only where they would let the transition
/// happen and there is fuel for it. The writer looks at all of it again. Thread-safe.
/// </summary>
/// <param name="home">The home.</param>
/// <param name="kernel">What computes.</param>
public sealed class ContractDesk(Home home, KernelCatalog kernel)
{
    private const int MaxKept = 256;
    private const int NoteTries = 4;

    /// <summary>The most different things that a ZID may ask for between two transitions, where others have to ask too.</summary>
    private const int MaxAsks = 16;

    private static readonly TimeSpan CpuLimit = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ContractDefinition> _kept = new(StringComparer.Ordinal);

    /// <summary>The home.</summary>
    public Home Home => home;

    /// <summary>Whether the kernel has an operator.</summary>
    public bool HasOperator(string name) => kernel.TryFind(name, out _);

    /// <summary>The definition of a stored contract, which never changes.</summary>
    /// <exception cref="FormatException">What is stored is none.</exception>
    public ContractDefinition DefinitionOf(Contract contract)
    {
        ArgumentNullException.ThrowIfNull(contract);
        lock (_lock)
        {
            if (_kept.TryGetValue(contract.Id, out ContractDefinition? kept))
            {
                return kept;
            }
        }

        ContractDefinition definition = ContractDefinition.Restore(contract.Definition, contract.Context);
        lock (_lock)
        {
            if (_kept.Count >= MaxKept)
            {
                _kept.Clear();
            }

            _kept[contract.Id] = definition;
        }

        return definition;
    }

    /// <summary>The cost of a transition, in ZEQ; null where the kernel does not have its operator any more.</summary>
    public long? CostOf(ContractTransitionRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        return kernel.TryNormalize([rule.Operator], out string[]? chain, out _) ? ComputeCost.Quote(chain) : null;
    }

    /// <summary>Prepares what a caller asks for.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="role">Its role on the machine; null: none.</param>
    /// <param name="contract">The contract as it was read.</param>
    /// <param name="to">The state that is asked for.</param>
    /// <param name="input">The input.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<PreparedTransition> PrepareAsync(
        Caller caller, MachineRole? role, Contract contract, string to, ContractInput input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(input);
        ContractDefinition definition = DefinitionOf(contract);
        ContractTransitionRule? rule = ContractPlan.Choose(contract, definition, to, input.Json, caller, role, Now, out Rejection? why);
        if (rule is null)
        {
            return new PreparedTransition(null, why, false);
        }

        // Who has no operator's role here acts by its own right, and stamps its own name (spec 05 rule 3).
        Slug stamp = role >= MachineRole.Operator ? contract.Machine : caller.Zid.OwnMachine;
        var ask = new TakeTransition(caller, contract.Machine, stamp, contract.Id, definition, rule.Index, contract.Visits, input, null, null);
        if (rule.By.Needed > 1 && await HasTooManyAsksAsync(ask, cancellationToken).ConfigureAwait(false))
        {
            return Refuse(RejectionCode.Conflict, $"This ZID has asked for {MaxAsks} different things since the last transition; one of them has to be taken first.", false);
        }

        return rule.By.Needed > 1 && !await IsLastApprovalAsync(ask, rule, cancellationToken).ConfigureAwait(false)
            ? new PreparedTransition(ask, null, false)
            : await ComputeAsync(ask, rule, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Prepares a transition that a trigger fires; the machine's owner pays.</summary>
    internal ValueTask<PreparedTransition> PrepareAsync(
        Zid owner, Contract contract, ContractTransitionRule rule, ContractInput input, TriggerLook look, CancellationToken cancellationToken)
    {
        ContractDefinition definition = DefinitionOf(contract);
        Caller caller = Contract.Automatic(owner);
        if (ContractPlan.Refusal(contract, definition, rule, input.Json, caller.Zid.Text, Now) is { } refusal)
        {
            return new(new PreparedTransition(null, refusal, false));
        }

        var ask = new TakeTransition(caller, contract.Machine, contract.Machine, contract.Id, definition, rule.Index, contract.Visits, input, null, look);
        return ComputeAsync(ask, rule, cancellationToken);
    }

    /// <summary>What an ask would come to by its rules and the caller's fuel, without the kernel, and without anything that stays.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="role">Its role on the machine; null: none.</param>
    /// <param name="contract">The contract as it was read.</param>
    /// <param name="to">The state that is asked for.</param>
    /// <param name="input">The input.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The transition that is meant, or null; and what stands against it, or null.</returns>
    public async ValueTask<(ContractTransitionRule? Rule, Rejection? Why)> DryRunAsync(
        Caller caller, MachineRole? role, Contract contract, string to, ContractInput input, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(input);
        ContractTransitionRule? rule = ContractPlan.Choose(contract, DefinitionOf(contract), to, input.Json, caller, role, Now, out Rejection? why);
        if (rule is null)
        {
            return (null, why);
        }

        if (CostOf(rule) is not { } cost)
        {
            return (rule, new Rejection(RejectionCode.InvalidOperator, $"There is no operator {rule.Operator}."));
        }

        FuelPool? pool = await home.Reader.FindAsync(FuelPool.Table, caller.Zid.Text, cancellationToken).ConfigureAwait(false);
        return (rule, pool?.Fund(cost) is null ? new Rejection(RejectionCode.InsufficientBalance, TooLittle(cost)) : null);
    }

    /// <summary>Keeps a failed try of a caller.</summary>
    public async Task NoteAsync(Contract contract, FailedTry failed, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contract);
        Contract? current = contract;
        for (int i = 0; i < NoteTries && current is not null; i++)
        {
            var note = new NoteTry(current.Machine, current.Id, DefinitionOf(current), current.Failures, failed, null);
            if ((await home.ExecuteAsync(note, cancellationToken).ConfigureAwait(false)).Decision is not Rejected<Contract> { Why.Code: RejectionCode.Conflict })
            {
                return;
            }

            current = await home.Reader.FindAsync(Contract.Table, contract.Id, cancellationToken).ConfigureAwait(false);
        }
    }

    private Zeqond Now => Zeqond.FromUnixMs(home.Time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Runs the kernel, where there is fuel for what it makes.</summary>
    private async ValueTask<PreparedTransition> ComputeAsync(TakeTransition ask, ContractTransitionRule rule, CancellationToken cancellationToken)
    {
        if (!kernel.TryNormalize([rule.Operator], out string[]? chain, out string? problem))
        {
            return Refuse(RejectionCode.InvalidOperator, problem, false);
        }

        Machine? stamp = await home.Reader.FindAsync(Machine.Table, ask.Stamp.Text, cancellationToken).ConfigureAwait(false);
        MachineMember? member = await home.Reader.FindMemberAsync(ask.Stamp, ask.Caller.Zid, cancellationToken).ConfigureAwait(false);
        if (ask.Caller.RefusalOn(stamp, MachineRole.Operator, member) is { } refusal)
        {
            return Refuse(RejectionCode.Forbidden, refusal.Message, false);
        }

        int cost = ComputeCost.Quote(chain);
        FuelPool? pool = await home.Reader.FindAsync(FuelPool.Table, ask.Caller.Zid.Text, cancellationToken).ConfigureAwait(false);
        if (pool?.Fund(cost) is null)
        {
            return Refuse(RejectionCode.InsufficientBalance, TooLittle(cost), false);
        }

        using var timer = new CancellationTokenSource(CpuLimit, home.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        switch (kernel.Evaluate(chain, ask.Input.Json, either.Token))
        {
            case ComputeOutcome.Computed { PrecisionActual: > MintCurve.PrecisionBound }:
                return Refuse(RejectionCode.PrecisionBound, "The operator's result is off by more than 0.001 of its reference; nothing was charged.", true);
            case ComputeOutcome.Computed done:
                var work = new OperatorWork(string.Join(',', chain), done.Value, done.Unit, done.PrecisionActual, cost);
                return new PreparedTransition(ask with { Work = work }, null, false);
            case ComputeOutcome.InvalidInputs invalid:
                var why = new Rejection(RejectionCode.InvalidInputs, "Some inputs of the operator are missing or out of range.")
                {
                    Details = [.. invalid.Problems.Select(fault => new RejectionDetail("input." + fault.Field, RejectionCode.InvalidInputs, fault.Problem))],
                };
                return new PreparedTransition(null, why, false);
            case ComputeOutcome.Limit over:
                cancellationToken.ThrowIfCancellationRequested();
                return Refuse(RejectionCode.ComputeLimit, over.Message, true);
            case ComputeOutcome.PrecisionUnknown unknown:
                return Refuse(RejectionCode.PrecisionUnknown, unknown.Message, true);
            default:
                throw new InvalidOperationException("Unknown outcome of a kernel.");
        }
    }

    /// <summary>Whether the caller has so many asks open that another one is too many: they are rows on somebody's chain, and cost nothing.</summary>
    private async ValueTask<bool> HasTooManyAsksAsync(TakeTransition ask, CancellationToken cancellationToken)
    {
        string visit = string.Create(CultureInfo.InvariantCulture, $"{ask.Visit}.");
        string own = ContractApproval.AskOf(ask.Visit, ask.Rule, ask.Input.Hash);
        int open = 0;
        Query<ContractApproval> query = new Query<ContractApproval>(ContractApproval.Table).Where("contract_id", ask.ContractId)
            .Where("ask", Comparison.AtLeast, Cell.Of(visit)).Where("ask", Comparison.Less, Cell.Of(visit[..^1] + "/"));
        await foreach (ContractApproval approval in home.Reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (approval.Zid == ask.Caller.Zid && approval.Ask == own)
            {
                return false;
            }

            open += approval.Zid == ask.Caller.Zid ? 1 : 0;
        }

        return open >= MaxAsks;
    }

    /// <summary>Whether everybody else whose ask is needed has asked for the same, as far as anyone can see now.</summary>
    private async ValueTask<bool> IsLastApprovalAsync(TakeTransition ask, ContractTransitionRule rule, CancellationToken cancellationToken)
    {
        string key = ContractApproval.AskOf(ask.Visit, ask.Rule, ask.Input.Hash);
        int others = 0;
        foreach (Zid zid in rule.By.Zids)
        {
            ContractApproval? approval = zid == ask.Caller.Zid ? null
                : await home.Reader.FindAsync(ContractApproval.Table, ContractApproval.KeyOf(ask.ContractId, key, zid), cancellationToken).ConfigureAwait(false);
            if (approval is not null && approval.StillCounts(await home.Reader.FindAsync(IdentityRow.Table, zid.Text, cancellationToken).ConfigureAwait(false)))
            {
                others++;
            }
        }

        return others + 1 >= rule.By.Needed;
    }

    private static string TooLittle(long cost) => string.Create(CultureInfo.InvariantCulture, $"This transition costs {cost} ZEQ; there is less fuel than that.");

    private static PreparedTransition Refuse(RejectionCode code, string message, bool isUncharged) => new(null, new Rejection(code, message), isUncharged);
}
