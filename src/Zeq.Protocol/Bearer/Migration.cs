using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// A home's signed word that a coin of its own has left it for one ZID of one other home (spec 10 §6, spec 05 rule 7). There is one for a
/// coin, for ever: that home, and no other, mints for it, once.
/// </summary>
/// <param name="TokenId">The coin.</param>
/// <param name="ToZid">For whom.</param>
/// <param name="ToOrigin">At which home.</param>
/// <param name="ValueZqt">Its value, in ZEQ.</param>
/// <param name="OriginSpendSeq">The height at which it was exported.</param>
/// <param name="HomeOrigin">The home that it left.</param>
/// <param name="Zeqond">When.</param>
/// <param name="Signature">The signature of that home's node key, 128 lower-case hex.</param>
public sealed record Migration(
    TokenId TokenId, Zid ToZid, Origin ToOrigin, long ValueZqt, long OriginSpendSeq, Origin HomeOrigin, Zeqond Zeqond, string Signature)
{
    /// <summary>Member <c>kind</c> of the signed object.</summary>
    public const string Kind = "zeq-migration/v1";

    private const int MemberCount = 9;

    /// <summary>How the coin that is minted for it names its source: <c>token_id@home_origin</c>.</summary>
    public string Source => SourceOf(HomeOrigin, TokenId);

    /// <summary>SHA-256 of what is signed, 64 hex: the result_digest of the coin that is minted for it (spec 10 §10).</summary>
    public string Digest => Sha256.HashHex(SignedBytes());

    /// <summary><c>token_id@home_origin</c>.</summary>
    public static string SourceOf(Origin home, TokenId token) => $"{token.Text}@{home.Text}";

    /// <summary>Reads <c>token_id@home_origin</c>.</summary>
    public static bool TryParseSource(string? text, out TokenId token, out Origin home)
    {
        (token, home) = (default, default);
        int at = text?.IndexOf('@', StringComparison.Ordinal) ?? -1;
        return at > 0 && TokenId.TryParse(text![..at], out token) && Origin.TryParse(text[(at + 1)..], out home);
    }

    /// <summary>The migration of a stored move, signed: the same whenever it is asked for.</summary>
    public static Migration Of(Envelope coin, Move move, HomeContext home)
    {
        var unsigned = new Migration(coin.TokenId, move.To, move.ToOrigin, coin.ValueZqt, move.SpendSeq - 1, home.Origin, move.Zeqond, "");
        return unsigned with { Signature = home.Keys.Sign(unsigned.SignedBytes()) };
    }

    /// <summary>The bytes that are signed: canonical JSON of every member but the signature.</summary>
    public byte[] SignedBytes() => Members().ToUtf8();

    /// <summary>The canonical JSON with the signature, for storing.</summary>
    public string ToJson() => Members().Add("migration_sig", Signature).ToCanonicalText();

    /// <summary>Whether the home of this node key signed it.</summary>
    public bool IsSignedBy(string nodeKeyHex) => SignedStamp.Verify(SignedBytes(), Signature, nodeKeyHex);

    /// <summary>Reads stored JSON: exactly its members, each in its form.</summary>
    public static bool TryRead(string json, [NotNullWhen(true)] out Migration? migration)
    {
        migration = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 4 });
            JsonElement root = document.RootElement;
            string? Text(string name) => root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            long? Integer(string name) =>
                root.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;
            return root.ValueKind == JsonValueKind.Object && root.GetPropertyCount() == MemberCount && Integer("value_zqt") is { } value
                && Integer("origin_spend_seq") is { } height && Integer("zeqond") is { } zeqond
                && TryOf(Text("kind"), Text("token_id"), Text("to_zid"), Text("to_origin"), value, height, Text("home_origin"), zeqond, Text("migration_sig"), out migration);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Rebuilds a migration of its members as they travel; false where one has not its form.</summary>
    public static bool TryOf(
        string? kind, string? tokenId, string? toZid, string? toOrigin, long valueZqt, long originSpendSeq, string? homeOrigin, long zeqond, string? signature,
        [NotNullWhen(true)] out Migration? migration)
    {
        migration = kind == Kind && TokenId.TryParse(tokenId, out TokenId token) && Zid.TryParse(toZid, out Zid zid) && Origin.TryParse(toOrigin, out Origin to)
            && Origin.TryParse(homeOrigin, out Origin home) && valueZqt is >= 1 and <= BearerCoin.MaxValueZqt && originSpendSeq is >= 1 and < 1L << 53
            && zeqond is >= 0 and < 1L << 53 && Hex.IsLowerHex(signature, 128)
                ? new Migration(token, zid, to, valueZqt, originSpendSeq, home, new Zeqond(zeqond), signature!)
                : null;
        return migration is not null;
    }

    private Payload Members() => new Payload()
        .Add("home_origin", HomeOrigin.Text)
        .Add("kind", Kind)
        .Add("origin_spend_seq", OriginSpendSeq)
        .Add("to_origin", ToOrigin.Text)
        .Add("to_zid", ToZid.Text)
        .Add("token_id", TokenId.Text)
        .Add("value_zqt", ValueZqt)
        .Add("zeqond", Zeqond.Value);
}
