using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>From rows to the bodies of the wire, and back where a peer's answer is read.</summary>
internal static class WireMap
{
    public static decimal Phase(this Moment now) => Zeqond.Phase(now.UnixMs);

    public static ReceiptBody ToBody(this Receipt r) => new(r.TokenId.Text, r.From.Text, r.To.Text, r.ToOrigin.Text, r.SpendSeq, r.Zeqond.Value, r.HomeOrigin.Text, r.Mac);

    /// <summary>A receipt that another home sent; null where a member has not its form.</summary>
    public static Receipt? ToReceipt(this ReceiptBody? body) =>
        body is not null && TokenId.TryParse(body.TokenId, out TokenId token) && Zid.TryParse(body.From, out Zid from) && Zid.TryParse(body.To, out Zid to)
            && Origin.TryParse(body.ToOrigin, out Origin toOrigin) && Origin.TryParse(body.HomeOrigin, out Origin home)
            && body.SpendSeq is >= 0 and < 1L << 53 && body.Zeqond is >= 0 and < 1L << 53 && body.Mac is { } mac && Hex.IsLowerHex(mac, 64)
            ? new Receipt(token, from, to, toOrigin, body.SpendSeq, new Zeqond(body.Zeqond), home, mac)
            : null;

    public static string StatusText(EnvelopeStatus status) => status switch
    {
        EnvelopeStatus.Active => "active",
        EnvelopeStatus.Bearer => "bearer",
        EnvelopeStatus.Migrated => "migrated",
        EnvelopeStatus.Burned => "burned",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    /// <summary>A coin as its holder sees it at a time: a stake that has ended is none.</summary>
    public static EnvelopeBody ToBody(this Envelope e, Zeqond now) => new(
        e.TokenId.Text, e.TokenHash, e.Machine.Text, e.OperatorList, e.ResultDigest, e.ValueZqt, e.FreeFundedZqt, e.PaidFundedZqt, e.MintedBy.Text, e.IssuedTo.Text,
        e.HolderOrigin.Text, e.HomeOrigin.Text, e.SpendSeq, StatusText(e.Status), e.IsStakedAt(now) ? e.StakedIn : null, e.Minted.Value, e.ZeqProof, e.NodeSig, e.NodePubkey, "ed25519",
        e.MigratedFrom);

    public static ProofAnswer ToProof(this Envelope e) =>
        new(true, LightProof.BodyOf(EnvelopeClaim.Of(e)), e.NodeSig, e.NodePubkey, "ed25519");

    public static string StatusText(ClaimStatus status) => status switch
    {
        ClaimStatus.Held => "held",
        ClaimStatus.InFlight => "in_flight",
        ClaimStatus.Spent => "spent",
        ClaimStatus.Superseded => "superseded",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    public static ClaimBody ToBody(this ClaimRow c) =>
        new(c.TokenId.Text, c.HomeOrigin.Text, c.ValueZqt, c.IsTrusted ? "trusted" : "unknown", c.SpendSeq, StatusText(c.Status), c.Zeqond.Value);

    public static string RoleText(MachineRole role) => role switch
    {
        MachineRole.Viewer => "viewer",
        MachineRole.Operator => "operator",
        MachineRole.Admin => "admin",
        MachineRole.Owner => "owner",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };

    public static MachineRole RoleOf(string text) => text switch
    {
        "viewer" => MachineRole.Viewer,
        "operator" => MachineRole.Operator,
        "admin" => MachineRole.Admin,
        "owner" => MachineRole.Owner,
        _ => throw new ArgumentOutOfRangeException(nameof(text)),
    };

    /// <summary>The instant at which a Zeqond began, as text; created_at is derived, not stored (spec 05 rule 16).</summary>
    public static string CreatedAt(Zeqond zeqond) =>
        DateTimeOffset.FromUnixTimeMilliseconds(zeqond.StartUnixMs).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A row as a reader may see it: who may not see the whole of it sees neither salt nor actor nor payload.</summary>
    public static ChainRowBody ToBody(this ChainRow row, bool isWhole)
    {
        bool shows = isWhole || row.IsPublicPayload;
        JsonElement? payload = shows && row.Payload is { } text ? JsonSerializer.Deserialize(text, WireJson.Default.JsonElement) : null;
        return new ChainRowBody(
            row.Seq, row.Zeqond.Value, row.Type, row.TransitionId, row.PayloadHash, row.PrevHash, row.StateHash, row.ActorHash, row.Flags, row.IsPublicPayload,
            shows && row.Salt is { } salt ? Hex.Encode(salt) : null, shows ? row.Actor.Zid : null, shows ? row.Actor.KeyPrefix : null, payload, CreatedAt(row.Zeqond));
    }

    public static MachineBody ToBody(this Machine m, HomeContext home) => new(
        m.Id, m.Slug.Text, home.Name.Text, m.IsPublic, "active", m.Genesis.Value, m.DisplayName, m.Purpose, m.Owner.Text, CreatedAt(m.Genesis));
}
