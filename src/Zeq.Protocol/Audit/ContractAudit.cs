using System.Globalization;
using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>
/// Every contract's transitions follow from its definition, each with its chain row and the compute that was charged for it (spec 05 rules
/// 19 and 21); and each machine's count of contracts is right (rule 24).
/// </summary>
internal static class ContractAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        await using RowCursor<Contract> contracts = await run.OpenAsync(Contract.Table).ConfigureAwait(false);
        await using RowCursor<ContractTransition> transitions = await run.OpenAsync(ContractTransition.Table).ConfigureAwait(false);
        while (contracts.Current is { } contract)
        {
            await ReportOrphansAsync(run, transitions, contract.Id).ConfigureAwait(false);
            await CheckAsync(run, contract, transitions).ConfigureAwait(false);
            await contracts.MoveNextAsync().ConfigureAwait(false);
        }

        await ReportOrphansAsync(run, transitions, null).ConfigureAwait(false);
        await CheckCountsAsync(run).ConfigureAwait(false);
    }

    /// <summary>What is wrong with the home's row of a contract: the contract has to name it too.</summary>
    public static async ValueTask<string?> RowProblemAsync(ChainRow row, AuditRun run)
    {
        if (row.Type == Contract.TransitionRowType)
        {
            run.ContractRows.AddRight(AuditRun.Key(row.Slug.Text, row.Seq));
            return null;
        }

        Contract? contract = BurnAudit.PayloadText(row.Payload, "contract_id") is { } id ? await run.FindRowAsync(Contract.Table, id).ConfigureAwait(false) : null;
        return contract is not null && contract.Machine == row.Slug && (row.Type != Contract.ChainRowType || contract.Row == RowRef.Of(row))
            ? null
            : "The home's row is of a contract that does not exist, or that names another row.";
    }

    /// <summary>Rows of transitions that no transition names, and the reverse.</summary>
    public static async ValueTask NameUnpairedAsync(AuditRun run)
    {
        Query<ChainRow> rows = new Query<ChainRow>(ChainRow.Table).Where("type", Contract.TransitionRowType);
        await foreach ((string key, bool isLeft) in run.ContractRows.UnpairedAsync(
            run.KeysAsync(new Query<ContractTransition>(ContractTransition.Table), transition => AuditRun.Key(transition.Row.Slug, transition.Row.Seq)),
            run.KeysAsync(rows, row => row.IsSystem ? AuditRun.Key(row.Slug.Text, row.Seq) : "")).ConfigureAwait(false))
        {
            if (key.Length > 0)
            {
                run.Find(ChainRow.Table, key, isLeft ? "More transitions name this row than one, or it is no row of a transition." : "The home's row is of a transition that does not exist.");
            }
        }
    }

    private static async ValueTask ReportOrphansAsync(AuditRun run, RowCursor<ContractTransition> transitions, string? before)
    {
        while (transitions.Current is { } transition && (before is null || string.CompareOrdinal(transition.ContractId, before) < 0))
        {
            run.Find(ContractTransition.Table, AuditRun.Key(transition.ContractId, transition.Visit), "The transition is of a contract that does not exist.");
            run.ContractRows.AddLeft(AuditRun.Key(transition.Row.Slug, transition.Row.Seq));
            await transitions.MoveNextAsync().ConfigureAwait(false);
        }
    }

    private static async ValueTask CheckAsync(AuditRun run, Contract contract, RowCursor<ContractTransition> transitions)
    {
        ContractDefinition? definition = null;
        try
        {
            definition = ContractDefinition.Restore(contract.Definition, contract.Context);
            run.FindIf(Contract.Table, contract.Id, await RowReference.ProblemAsync(
                run, contract.Row, contract.Machine, Contract.ChainRowType, contract.Created, contract.ChainPayload(definition), "contract").ConfigureAwait(false));
        }
        catch (FormatException)
        {
            run.Find(Contract.Table, contract.Id, "The contract's definition is none.");
        }

        Contract? at = definition is null ? null : contract with { State = definition.Initial.Name, Entered = contract.Created, Visits = 0 };
        for (; transitions.Current is { } transition && transition.ContractId == contract.Id; await transitions.MoveNextAsync().ConfigureAwait(false))
        {
            run.ContractRows.AddLeft(AuditRun.Key(transition.Row.Slug, transition.Row.Seq));
            if (at is null)
            {
                continue;
            }

            ChainRow? row = transition.Row.Slug == contract.Machine.Text ? await run.FindChainRowAsync(contract.Machine, transition.Row.Seq).ConfigureAwait(false) : null;
            string? problem = ContractReplay.Problem(at, definition!, transition, row) ?? await ChargeProblemAsync(run, contract, definition!, transition, row!).ConfigureAwait(false);
            run.FindIf(ContractTransition.Table, AuditRun.Key(transition.ContractId, transition.Visit), problem);

            // After the first break nothing follows from where the contract stood.
            at = problem is null ? at with { State = transition.To, Entered = transition.Zeqond, Visits = transition.Visit } : null;
        }

        if (at is not null && (at.State != contract.State || at.Visits != contract.Visits || at.Entered != contract.Entered))
        {
            run.Find(Contract.Table, contract.Id, "The contract is not where its transitions lead.");
        }
    }

    /// <summary>What is wrong with the compute that a transition was charged for, or null.</summary>
    private static async ValueTask<string?> ChargeProblemAsync(AuditRun run, Contract contract, ContractDefinition definition, ContractTransition transition, ChainRow row)
    {
        ComputeRow? compute = await run.FindRowAsync(ComputeRow.Table, transition.ComputeId).ConfigureAwait(false);
        if (compute is null || compute.Payer.Text != transition.Actor.Zid || compute.KeyPrefix != transition.Actor.KeyPrefix || compute.Zeqond != transition.Zeqond
            || (compute.Machine != contract.Machine && compute.Machine != compute.Payer.OwnMachine))
        {
            return "The transition was charged to nobody, or to somebody else.";
        }

        bool isOperator = compute.Operators == (transition.Operator == OperatorName.Kernel ? OperatorName.Kernel : OperatorName.Kernel + "," + transition.Operator);
        if (!isOperator || !ContractReplay.TryInput(row.Payload, out JsonElement input) || DigestOf(contract, transition, compute, input) != compute.ResultDigest)
        {
            return "The transition's compute is of something else.";
        }

        IReadOnlyList<MintShare> shares = MintShare.Of(compute.MintValue, compute.Funding);
        if (transition.TokenId != (shares.Count == 0 ? null : compute.TokenOf(shares[0], run.Origin).TokenId.Text))
        {
            return "The transition names another envelope than its compute minted.";
        }

        string? proof = definition.Transitions[(int)transition.Rule].ProofRequired ? ContractTransition.DigestOf(compute.ZeqProof) : null;
        return transition.ProofDigest == proof ? null : "The transition names another proof than its compute's.";
    }

    private static string? DigestOf(Contract contract, ContractTransition transition, ComputeRow compute, JsonElement input)
    {
        JsonElement inputs = ContractTransition.DigestInputs(contract.Id, transition.TransitionId, input);
        return double.TryParse(compute.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? ComputeDigest.Of(inputs, compute.Operators.Split(','), compute.Unit, value)
            : null;
    }

    private static async ValueTask CheckCountsAsync(AuditRun run)
    {
        await using RowCursor<Contract> contracts = await run.OpenAsync(new Query<Contract>(Contract.Table).OrderBy(false, "slug", "contract_id")).ConfigureAwait(false);
        await using RowCursor<ContractCount> counts = await run.OpenAsync(ContractCount.Table).ConfigureAwait(false);
        while (contracts.Current is not null || counts.Current is not null)
        {
            string slug = Least(contracts.Current?.Machine.Text, counts.Current?.Machine.Text);
            long active = 0;
            for (; contracts.Current is { } contract && contract.Machine.Text == slug; await contracts.MoveNextAsync().ConfigureAwait(false))
            {
                active += HasEnded(contract) ? 0 : 1;
            }

            ContractCount? count = counts.Current?.Machine.Text == slug ? counts.Current : null;
            if ((count?.Active ?? 0) != active)
            {
                run.Find(ContractCount.Table, slug, "The machine has another number of contracts that have not ended.");
            }

            if (count is not null)
            {
                await counts.MoveNextAsync().ConfigureAwait(false);
            }
        }
    }

    private static string Least(string? a, string? b) => b is null || (a is not null && string.CompareOrdinal(a, b) <= 0) ? a! : b;

    private static bool HasEnded(Contract contract)
    {
        try
        {
            return ContractDefinition.Restore(contract.Definition, contract.Context).Find(contract.State)?.IsTerminal == true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
