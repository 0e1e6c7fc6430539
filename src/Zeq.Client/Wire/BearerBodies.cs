using System.Text.Json.Serialization;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>An exported coin as it travels (spec 10 §6). Whoever knows it can redeem it.</summary>
public sealed record CoinBody(
    string Kind, int V, string TokenId, string TokenHash, long ValueZqt, string HomeOrigin, string NodeSig, string NodePubkey, string NodeSigAlg,
    EnvelopeClaimBody Claim, long SpendSeq, string BearerTicket, long ExportZeqond)
{
    /// <summary>The body of a coin.</summary>
    public static CoinBody Of(BearerCoin coin)
    {
        ArgumentNullException.ThrowIfNull(coin);
        return new CoinBody(
            BearerCoin.Kind, BearerCoin.Version, coin.Claim.TokenId.Text, coin.Claim.TokenHash, coin.Claim.ValueZqt, coin.Claim.HomeOrigin.Text, coin.NodeSig,
            coin.NodePubkey, BearerCoinJson.Algorithm, LightProof.BodyOf(coin.Claim), coin.SpendSeq, Hex.Encode(coin.Ticket), coin.Exported.Value);
    }

    /// <summary>The coin of a body; false where a member has not its form, or differs from the signed claim's.</summary>
    public bool TryGetCoin([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BearerCoin? coin) =>
        BearerCoinJson.TryRead(System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(this, WireJson.Default.CoinBody), out coin);

    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(CoinBody);
}

/// <summary><c>POST /api/tally/envelopes/:tokenId/export</c>: the coin for its bearer. Until it is redeemed, who exported it can take it back.</summary>
public sealed record ExportAnswer(bool Ok, CoinBody Coin, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(ExportAnswer);
}

/// <summary><c>POST /api/tally/envelopes/:tokenId/reclaim</c>: the coin is active again, and every copy of its file is superseded.</summary>
public sealed record ReclaimAnswer(bool Ok, string TokenId, long ValueZqt, long SpendSeq, string Status, ReceiptBody Receipt, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/tally/coins/redeem</c>.</summary>
public sealed record RedeemRequest(CoinBody Coin)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(RedeemRequest);
}

/// <summary>
/// A coin was redeemed, and the caller holds it: the coin itself where this is its home; elsewhere the one that was minted for it, with
/// <c>migrated_from</c> and the migration.
/// </summary>
public sealed record RedeemAnswer(
    bool Ok, string TokenId, long ValueZqt, long SpendSeq, string Status, string HomeOrigin, string? MigratedFrom, ReceiptBody? Receipt, MigrationBody? Migration,
    long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/tally/coins/migrate-out</c>, sent by the home at which a coin is redeemed.</summary>
public sealed record MigrateOutRequest(string TokenId, long SpendSeq, string BearerTicket, string ToZid, string ToOrigin)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(MigrateOutRequest);
}

/// <summary>A home's signed word that a coin left it (spec 05 rule 7): exactly these members.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MigrationBody(
    string Kind, string TokenId, string ToZid, string ToOrigin, long ValueZqt, long OriginSpendSeq, string HomeOrigin, long Zeqond, string MigrationSig)
{
    /// <summary>The body of a migration.</summary>
    public static MigrationBody Of(Migration migration)
    {
        ArgumentNullException.ThrowIfNull(migration);
        return new MigrationBody(
            Migration.Kind, migration.TokenId.Text, migration.ToZid.Text, migration.ToOrigin.Text, migration.ValueZqt, migration.OriginSpendSeq,
            migration.HomeOrigin.Text, migration.Zeqond.Value, migration.Signature);
    }

    /// <summary>The migration of a body; false where a member is missing or has not its form.</summary>
    public bool TryGetMigration([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Migration? migration) =>
        Migration.TryOf(Kind, TokenId, ToZid, ToOrigin, ValueZqt, OriginSpendSeq, HomeOrigin, Zeqond, MigrationSig, out migration);
}

/// <summary>The coin has left its home.</summary>
public sealed record MigrateOutAnswer(bool Ok, MigrationBody Migration, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/admin/issuers</c>.</summary>
public sealed record IssuerRequest(string Origin, string PublicKey, long? MaxOutstanding = null);

/// <summary>Body of <c>DELETE /api/admin/issuers</c>.</summary>
public sealed record IssuerRemovalRequest(string Origin);

/// <summary>A home whose bearer coins are redeemed here, and the most of them that may live here at once, in ZEQ.</summary>
public sealed record IssuerBody(string Origin, string PublicKey, long? MaxOutstanding, bool Trusted);

/// <summary>One issuer, as it is in force.</summary>
public sealed record IssuerAnswer(bool Ok, string Origin, string PublicKey, long? MaxOutstanding, bool Trusted, long Zeqond, decimal Phase);

/// <summary><c>GET /api/admin/issuers</c>: those of the configuration and those that the admin named, also where the admin said no.</summary>
public sealed record IssuerListAnswer(bool Ok, IReadOnlyList<IssuerBody> Issuers);
