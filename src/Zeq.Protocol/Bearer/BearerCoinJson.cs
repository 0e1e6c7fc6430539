using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The JSON of an exported coin (spec 10 §6), and of the signed claim in it.</summary>
public static class BearerCoinJson
{
    /// <summary>The signature algorithm that coins name.</summary>
    public const string Algorithm = "ed25519";

    /// <summary>The longest JSON of a coin that is read, in bytes.</summary>
    public const int MaxSizeBytes = 8 * 1024;

    private static readonly string[] ClaimMembers =
    [
        "kind", "token_id", "token_hash", "value_zqt", "free_funded_zqt", "paid_funded_zqt", "minted_by", "home_origin", "machine", "minted_zeqond", "operators",
        "result_digest", "zeq_proof",
    ];

    /// <summary>The coin as it travels; what it makes holds the ticket as text.</summary>
    public static Payload ToPayload(this BearerCoin coin)
    {
        ArgumentNullException.ThrowIfNull(coin);
        return new Payload()
            .Add("kind", BearerCoin.Kind)
            .Add("v", BearerCoin.Version)
            .Add("token_id", coin.Claim.TokenId.Text)
            .Add("token_hash", coin.Claim.TokenHash)
            .Add("value_zqt", coin.Claim.ValueZqt)
            .Add("home_origin", coin.Claim.HomeOrigin.Text)
            .Add("node_sig", coin.NodeSig)
            .Add("node_pubkey", coin.NodePubkey)
            .Add("node_sig_alg", Algorithm)
            .Add("claim", coin.Claim.ToPayload())
            .Add("spend_seq", coin.SpendSeq)
            .Add("bearer_ticket", Hex.Encode(coin.Ticket))
            .Add("export_zeqond", coin.Exported.Value);
    }

    /// <summary>
    /// Reads a coin. False where a member is missing or has not its form, where the claim has a member too many (spec 05 rule 7), and where
    /// the coin's own members differ from its claim's. The signature is not looked at.
    /// </summary>
    public static bool TryRead(ReadOnlyMemory<byte> utf8Json, [NotNullWhen(true)] out BearerCoin? coin)
    {
        coin = null;
        if (utf8Json.Length > MaxSizeBytes)
        {
            return false;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            return TryRead(document.RootElement, out coin);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads a coin that was parsed already.</summary>
    public static bool TryRead(JsonElement json, [NotNullWhen(true)] out BearerCoin? coin)
    {
        coin = null;
        try
        {
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty("claim", out JsonElement signed) && TryReadClaim(signed, out EnvelopeClaim? claim)
                && Text(json, "kind") == BearerCoin.Kind && Integer(json, "v") == BearerCoin.Version && Text(json, "node_sig_alg") == Algorithm
                && IsOf(json, claim) && TryRead(json, claim, out coin);
        }
        catch (InvalidOperationException)
        {
            // Text that is no Unicode.
            return false;
        }
    }

    /// <summary>Reads a signed claim: exactly its members, each in its form. The signature is not looked at.</summary>
    public static bool TryReadClaim(JsonElement json, [NotNullWhen(true)] out EnvelopeClaim? claim)
    {
        claim = null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        bool isMigrated = json.TryGetProperty("migrated_from", out _);
        if (json.GetPropertyCount() != ClaimMembers.Length + (isMigrated ? 1 : 0) || Text(json, "kind") != EnvelopeClaim.Kind
            || !TokenId.TryParse(Text(json, "token_id"), out TokenId tokenId) || !Zid.TryParse(Text(json, "minted_by"), out Zid mintedBy)
            || !Origin.TryParse(Text(json, "home_origin"), out Origin home)
            || Text(json, "machine") is not { } slug || !Slug.TryParse(slug, out Slug machine) || machine.Text != slug
            || Text(json, "token_hash") is not { } hash || Text(json, "result_digest") is not { } digest || Text(json, "zeq_proof") is not { } proof
            || Integer(json, "value_zqt") is not { } value || Integer(json, "free_funded_zqt") is not { } free || Integer(json, "paid_funded_zqt") is not { } paid
            || Integer(json, "minted_zeqond") is not { } minted || Texts(json, "operators") is not { } operators)
        {
            return false;
        }

        string? source = isMigrated ? Text(json, "migrated_from") : null;
        var read = new EnvelopeClaim(tokenId, hash, value, free, paid, mintedBy, home, machine, new Zeqond(minted), operators, digest, proof) { MigratedFrom = source };
        claim = (!isMigrated || source is not null) && read.HasForm() ? read : null;
        return claim is not null;
    }

    private static bool TryRead(JsonElement json, EnvelopeClaim claim, [NotNullWhen(true)] out BearerCoin? coin)
    {
        coin = null;
        Span<byte> ticket = stackalloc byte[BearerCoin.TicketSizeBytes];
        if (Integer(json, "spend_seq") is not { } height || Integer(json, "export_zeqond") is not { } exported
            || Text(json, "bearer_ticket") is not { } hex || !Hex.IsLowerHex(hex, 2 * ticket.Length) || !Hex.TryDecode(hex, ticket))
        {
            return false;
        }

        (string? signature, string? key) = (Text(json, "node_sig"), Text(json, "node_pubkey"));
        if (BearerCoin.IsWellFormed(claim, signature, key, height, new Zeqond(exported)))
        {
            coin = new BearerCoin(claim, signature!, key!, height, ticket, new Zeqond(exported));
        }

        global::System.Security.Cryptography.CryptographicOperations.ZeroMemory(ticket);
        return coin is not null;
    }

    private static bool IsOf(JsonElement json, EnvelopeClaim claim) =>
        Text(json, "token_id") == claim.TokenId.Text && Text(json, "token_hash") == claim.TokenHash && Integer(json, "value_zqt") == claim.ValueZqt
        && Text(json, "home_origin") == claim.HomeOrigin.Text;

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Beyond 2^53 two readers of JSON may see two numbers.
    private static long? Integer(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number is >= 0 and < 1L << 53
            ? number
            : null;

    private static string[]? Texts(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > BearerCoin.MaxOperators)
        {
            return null;
        }

        var texts = new string[list.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String)
            {
                return null;
            }

            texts[count++] = item.GetString()!;
        }

        return texts;
    }
}
