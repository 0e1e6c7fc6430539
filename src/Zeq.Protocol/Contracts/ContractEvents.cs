using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>What the rows of a chain are to a trigger. Pure.</summary>
internal static class ContractEvents
{
    /// <summary>
    /// Whether a row is an event of a type: written by the home where only the home writes the type, by a caller otherwise (spec 05 rule
    /// 18), and none of the contract's own (rule 24).
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="next">The row after it, if there is one.</param>
    /// <param name="type">The type.</param>
    /// <param name="contractId">The contract.</param>
    public static bool Is(ChainRow row, ChainRow? next, string type, string contractId) =>
        row.Type == type && row.IsSystem == RowType.IsReserved(type) && !IsOwn(row, next, contractId);

    /// <summary>The payload of an event as an input; no members where it is no object.</summary>
    public static ContractInput InputOf(ChainRow row)
    {
        if (row.Payload is { } payload)
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(payload);
                if (json.RootElement.ValueKind == JsonValueKind.Object)
                {
                    return ContractInput.Of(json.RootElement);
                }
            }
            catch (Exception malformed) when (malformed is JsonException or FormatException)
            {
                // What does not read back has no members.
            }
        }

        return ContractInput.Empty;
    }

    /// <summary>The number at a path of an event's payload, or null.</summary>
    public static double? NumberOf(ChainRow row, IReadOnlyList<string> path)
    {
        if (row.Payload is null)
        {
            return null;
        }

        ConditionValue value = ConditionScope.Find(InputOf(row).Json, [.. path], "");
        return value.Kind == ConditionKind.Number ? value.Number : null;
    }

    /// <summary>The input of a transition that an aggregate fires.</summary>
    public static ContractInput InputOf(ContractTrigger.OnAggregate trigger, double value, long count)
    {
        using JsonDocument json = JsonDocument.Parse(new Payload().Add("count", count).Add("event", trigger.Event).Add("value", value).ToUtf8());
        return ContractInput.Of(json.RootElement);
    }

    private static bool IsOwn(ChainRow row, ChainRow? next, string contractId)
    {
        if (row.Type == ComputeRow.ChainRowType)
        {
            return next is { Type: Contract.TransitionRowType, IsSystem: true } && IdOf(next) == contractId && IsComputeOf(row, next, contractId);
        }

        return row.IsSystem && row.Type.StartsWith(Contract.ChainRowType, StringComparison.Ordinal) && IdOf(row) == contractId;
    }

    /// <summary>Whether a compute is the one that a transition was charged for: its digest says so.</summary>
    private static bool IsComputeOf(ChainRow compute, ChainRow transition, string contractId)
    {
        if (compute.Payload is null || !ContractReplay.TryInput(transition.Payload, out JsonElement input))
        {
            return false;
        }

        using JsonDocument json = JsonDocument.Parse(compute.Payload);
        JsonElement said = json.RootElement;
        JsonElement inputs = ContractTransition.DigestInputs(contractId, transition.TransitionId, input);
        string[] operators = [.. said.GetProperty("operators").EnumerateArray().Select(name => name.GetString()!)];
        return ComputeDigest.Of(inputs, operators, said.GetProperty("unit").GetString()!, said.GetProperty("value").GetDouble()) == said.GetProperty("result_digest").GetString();
    }

    private static string? IdOf(ChainRow row)
    {
        if (row.Payload is null)
        {
            return null;
        }

        using JsonDocument json = JsonDocument.Parse(row.Payload);
        return json.RootElement.TryGetProperty("contract_id", out JsonElement id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
    }
}
