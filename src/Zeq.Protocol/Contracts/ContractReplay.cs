using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>Where a contract's history stops to be consistent with its definition and its chain.</summary>
/// <param name="Visit">The transition; for the contract's own row 0.</param>
/// <param name="Seq">The number of its chain row.</param>
/// <param name="Reason">A sentence.</param>
public readonly record struct ContractBreak(long Visit, long Seq, string Reason);

/// <summary>
/// Replays a contract (spec 20 §3): every transition follows the one before, is one of the definition, has its row on the chain with the
/// same hash and payload, and a condition that holds of the recorded input; the last one leads to the current state. What a role on the
/// machine allowed then is not replayed, since roles change. Streams with constant memory.
/// </summary>
public static class ContractReplay
{
    /// <summary>Replays a contract.</summary>
    /// <param name="reader">A reader of one instant, see <see cref="IHomeReader.SnapshotAsync"/>.</param>
    /// <param name="contract">The contract, read from it.</param>
    /// <param name="cancellationToken">Ends it without an answer.</param>
    /// <returns>The first break, or null where there is none.</returns>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static async Task<ContractBreak?> RunAsync(IHomeReader reader, Contract contract, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(contract);
        ContractDefinition definition;
        try
        {
            definition = ContractDefinition.Restore(contract.Definition, contract.Context);
        }
        catch (FormatException malformed)
        {
            return new ContractBreak(0, contract.Row.Seq, malformed.Message);
        }

        ChainRow? row = await reader.FindRowAsync(contract.Machine, contract.Row.Seq, cancellationToken).ConfigureAwait(false);
        if (RowProblem(row, contract.Row, Contract.ChainRowType, contract.ChainPayload(definition)) is { } deployed)
        {
            return new ContractBreak(0, contract.Row.Seq, deployed);
        }

        var at = contract with { State = definition.Initial.Name, Entered = contract.Created, Visits = 0 };
        Query<ContractTransition> query = new Query<ContractTransition>(ContractTransition.Table).Where("contract_id", contract.Id).OrderBy(false, "contract_id", "visit");
        await foreach (ContractTransition transition in reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            row = await reader.FindRowAsync(contract.Machine, transition.Row.Seq, cancellationToken).ConfigureAwait(false);
            if (Problem(at, definition, transition, row) is { } problem)
            {
                return new ContractBreak(transition.Visit, transition.Row.Seq, problem);
            }

            if (await MissingApprovalsAsync(reader, definition, transition, row!, cancellationToken).ConfigureAwait(false))
            {
                return new ContractBreak(transition.Visit, transition.Row.Seq, "The transition did not have its approvals.");
            }

            at = at with { State = transition.To, Entered = transition.Zeqond, Visits = transition.Visit };
        }

        return at.State != contract.State || at.Visits != contract.Visits || at.Entered != contract.Entered
            ? new ContractBreak(at.Visits, contract.Row.Seq, "The contract is not where its transitions lead.")
            : null;
    }

    /// <summary>What is wrong with a transition that follows from where the contract stood, or null.</summary>
    internal static string? Problem(Contract at, ContractDefinition definition, ContractTransition transition, ChainRow? row)
    {
        if (transition.Visit != at.Visits + 1)
        {
            return "A transition is missing.";
        }

        ContractTransitionRule? rule = transition.Rule >= 0 && transition.Rule < definition.Transitions.Count ? definition.Transitions[(int)transition.Rule] : null;
        if (rule is null || rule.From != transition.From || rule.To != transition.To || rule.Operator != transition.Operator)
        {
            return "The definition has no such transition.";
        }

        if (transition.From != at.State)
        {
            return "The transition leaves another state than the contract was in.";
        }

        if (transition.IsAutomatic ? rule.Trigger is null : rule.By.Role is null && !rule.By.Zids.Any(zid => zid.Text == transition.Actor.Zid))
        {
            return "The transition was asked for by somebody whose move it is not.";
        }

        if (row is null || !TryInput(row.Payload, out JsonElement input))
        {
            return "The transition's chain row is missing, or holds no input.";
        }

        string payload = ContractTransition.ChainPayload(at.Id, at.Name, transition.From, transition.To, transition.Operator, input);
        if (RowProblem(row, transition.Row, Contract.TransitionRowType, payload) is { } problem)
        {
            return problem;
        }

        if (row.TransitionId != transition.TransitionId || row.Actor != transition.Actor)
        {
            return "The chain row is of another transition, or of another actor.";
        }

        return ContractPlan.Refusal(at, definition, rule, input, transition.Actor.Zid, transition.Zeqond) is null ? null : "The condition does not hold of the recorded input.";
    }

    /// <summary>The input that a transition's row holds.</summary>
    internal static bool TryInput(string? payload, out JsonElement input)
    {
        input = default;
        if (payload is null)
        {
            return false;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(payload);
            bool has = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("input", out input) && input.ValueKind == JsonValueKind.Object;
            input = has ? input.Clone() : default;
            return has;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? RowProblem(ChainRow? row, RowRef reference, string type, string payload)
    {
        if (row is null || !row.IsSystem || row.Type != type)
        {
            return "Its chain row is missing, or is not the home's row of it.";
        }

        return RowRef.Of(row) != reference ? "Its chain row has another hash." : MoveRows.IsPayload(row, payload) ? null : "Its chain row holds another payload.";
    }

    private static async ValueTask<bool> MissingApprovalsAsync(
        IHomeReader reader, ContractDefinition definition, ContractTransition transition, ChainRow row, CancellationToken cancellationToken)
    {
        ContractActors by = definition.Transitions[(int)transition.Rule].By;
        if (by.Needed < 2 || transition.IsAutomatic || !TryInput(row.Payload, out JsonElement input))
        {
            return false;
        }

        string ask = ContractApproval.AskOf(transition.Visit - 1, (int)transition.Rule, ContractInput.HashOf(ContractDefinition.Canonical(input)));
        int found = 0;
        foreach (Zid zid in by.Zids)
        {
            found += await reader.FindAsync(ContractApproval.Table, ContractApproval.KeyOf(transition.ContractId, ask, zid), cancellationToken).ConfigureAwait(false) is null ? 0 : 1;
        }

        return found < by.Needed;
    }
}
