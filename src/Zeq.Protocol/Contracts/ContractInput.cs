using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The input of a transition, in canonical form. Immutable.</summary>
public sealed class ContractInput
{
    private ContractInput(JsonElement json, string text) => (Json, Text, Hash) = (json, text, HashOf(text));

    /// <summary>No members.</summary>
    public static ContractInput Empty { get; } = ParseEmpty();

    /// <summary>The object.</summary>
    public JsonElement Json { get; }

    /// <summary>Its canonical text (RFC 8785).</summary>
    public string Text { get; }

    /// <summary>SHA-256 of the canonical text, 64 hex.</summary>
    public string Hash { get; }

    /// <summary>Takes an object.</summary>
    /// <exception cref="FormatException">It is no object, or has no canonical form.</exception>
    public static ContractInput Of(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("An input is a JSON object.");
        }

        string text = ContractDefinition.Canonical(json);
        using JsonDocument canonical = JsonDocument.Parse(text);
        return new ContractInput(canonical.RootElement.Clone(), text);
    }

    /// <summary>Takes an object; false and a sentence where it is none, or has no canonical form.</summary>
    public static bool TryOf(JsonElement json, [NotNullWhen(true)] out ContractInput? input, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            (input, problem) = (Of(json), null);
            return true;
        }
        catch (FormatException malformed)
        {
            (input, problem) = (null, malformed.Message);
            return false;
        }
    }

    private static ContractInput ParseEmpty()
    {
        using JsonDocument json = JsonDocument.Parse("{}");
        return Of(json.RootElement);
    }

    internal static string HashOf(string canonical) => Sha256.HashHexUtf8(canonical);
}
