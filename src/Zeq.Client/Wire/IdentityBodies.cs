using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>Body of <c>POST /api/identity/register</c> (spec 00, "Who calls").</summary>
public sealed record RegisterRequest(string? DisplayName = null, string? PublicKey = null, string? Signature = null, long? Zeqond = null);

/// <summary>A fresh account; both keys are shown this once.</summary>
public sealed record RegisterAnswer(bool Ok, string Zid, string ApiKey, string Slug, string MachineKey, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(RegisterAnswer);
}

/// <summary>The node card: <c>GET /api/identity</c> and <c>GET /api/node/status</c>.</summary>
public sealed record NodeCard(bool Ok, string Protocol, string Alg, string Origin, string PublicKey, long Zeqond, decimal Phase, string Software, string Version);

/// <summary><c>GET /api/identity/accounts/:zid</c>: the name that an account goes by, so that a payer sees whom he pays.</summary>
public sealed record AccountAnswer(bool Ok, string Zid, string? DisplayName);

/// <summary>One key in a list; the key itself is never shown again.</summary>
public sealed record KeyInfo(string Prefix, string Role, string? Machine, bool Wallet, string? Label, long CreatedZeqond, long? LastUsedZeqond);

/// <summary><c>GET /api/identity/keys</c>: the caller's valid keys.</summary>
public sealed record KeyListAnswer(bool Ok, IReadOnlyList<KeyInfo> Keys, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary>Body of <c>POST /api/identity/keys</c>, and with a role of <c>POST /api/chain/state-machines/:slug/keys</c>.</summary>
public sealed record NewKeyRequest(string? Label = null, string? Role = null);

/// <summary>A fresh key, shown this once.</summary>
public sealed record NewKeyAnswer(bool Ok, string ApiKey, string Prefix, string Role, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(NewKeyAnswer);
}

/// <summary>Body of <c>POST /api/identity/recover</c>.</summary>
public sealed record RecoverRequest(string Zid, long Zeqond, string Signature);

/// <summary>The account is recovered: a new account key, all older ones are void.</summary>
public sealed record RecoverAnswer(bool Ok, string Zid, string ApiKey, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(RecoverAnswer);
}

/// <summary>Body of <c>POST /api/identity/public-key</c> (spec 05 rule 6).</summary>
public sealed record PublicKeyRequest(string PublicKey, long Zeqond, string Signature, string? OldSignature = null);

/// <summary>When the new recovery key takes effect.</summary>
public sealed record PublicKeyAnswer(bool Ok, long EffectiveZeqond, long Zeqond, decimal Phase);

/// <summary>An answer that says only that it was done.</summary>
public sealed record DoneAnswer(bool Ok, long Zeqond, decimal Phase);

/// <summary><c>GET /api/identity/whoami</c>: what the caller's key is.</summary>
public sealed record WhoAmIAnswer(bool Ok, string Zid, string? DisplayName, string KeyPrefix, string Role, string? Machine, bool Wallet, string? RecoveryKey, string? PendingRecoveryKey, long? PendingFromZeqond, long Zeqond, decimal Phase);
