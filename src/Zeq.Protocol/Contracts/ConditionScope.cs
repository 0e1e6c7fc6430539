using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>What the names of a condition stand for (spec 20 §3).</summary>
/// <param name="Input">The input of the transition, a JSON object.</param>
/// <param name="Context">The contract's context, a JSON object of plain values.</param>
/// <param name="Actor">The ZID that asks.</param>
/// <param name="State">The current state.</param>
/// <param name="Entered">When the contract entered it.</param>
/// <param name="Now">The Zeqond of the evaluation.</param>
public sealed record ConditionScope(JsonElement Input, JsonElement Context, string Actor, string State, Zeqond Entered, Zeqond Now)
{
    /// <summary>The value of a path below an object; an error where a member is missing or is no plain value.</summary>
    internal static ConditionValue Find(JsonElement json, ReadOnlySpan<string> path, string name)
    {
        foreach (string part in path)
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(part, out json))
            {
                return ConditionValue.Error($"There is no {name}.");
            }
        }

        return json.ValueKind switch
        {
            JsonValueKind.Null => ConditionValue.Null,
            JsonValueKind.True => ConditionValue.Of(true),
            JsonValueKind.False => ConditionValue.Of(false),
            JsonValueKind.Number when json.TryGetDouble(out double number) => ConditionValue.Of(number),
            JsonValueKind.String => ConditionValue.Of(json.GetString()!),
            _ => ConditionValue.Error($"{name} is no plain value."),
        };
    }
}
