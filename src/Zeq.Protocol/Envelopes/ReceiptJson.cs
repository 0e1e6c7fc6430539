using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The JSON of a receipt (spec 10 §4), for storing and for rows.</summary>
public static class ReceiptJson
{
    /// <summary>The receipt's members, ready to be nested or ended.</summary>
    public static Payload ToPayload(this Receipt receipt) => new Payload()
        .Add("from", receipt.From.Text)
        .Add("home_origin", receipt.HomeOrigin.Text)
        .Add("mac", receipt.Mac)
        .Add("spend_seq", receipt.SpendSeq)
        .Add("to", receipt.To.Text)
        .Add("to_origin", receipt.ToOrigin.Text)
        .Add("token_id", receipt.TokenId.Text)
        .Add("zeqond", receipt.Zeqond.Value);

    /// <summary>Reads a receipt; false where a member is missing or has not its form.</summary>
    public static bool TryRead(JsonElement json, out Receipt? receipt)
    {
        receipt = null;
        if (json.ValueKind != JsonValueKind.Object
            || !TokenId.TryParse(Text(json, "token_id"), out TokenId tokenId)
            || !Zid.TryParse(Text(json, "from"), out Zid from)
            || !Zid.TryParse(Text(json, "to"), out Zid to)
            || !Origin.TryParse(Text(json, "to_origin"), out Origin toOrigin)
            || !Origin.TryParse(Text(json, "home_origin"), out Origin homeOrigin)
            || Text(json, "mac") is not { } mac || !Hex.IsLowerHex(mac, 64)
            || Integer(json, "spend_seq") is not (>= 0 and { } spendSeq)
            || Integer(json, "zeqond") is not (>= 0 and { } zeqond))
        {
            return false;
        }

        receipt = new Receipt(tokenId, from, to, toOrigin, spendSeq, new Zeqond(zeqond), homeOrigin, mac);
        return true;
    }

    /// <summary>Reads a stored receipt.</summary>
    public static Receipt Parse(string stored)
    {
        using JsonDocument document = JsonDocument.Parse(stored);
        return TryRead(document.RootElement, out Receipt? receipt) ? receipt! : throw new InvalidOperationException("A stored receipt does not read back.");
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Integer(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;
}
