using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>Body of <c>POST /api/chain/state-machines</c> (spec 20 §1); without a slug the home takes the ZID with a number.</summary>
public sealed record NewMachineRequest(string? Slug = null, bool? IsPublic = null, string? DisplayName = null, string? Purpose = null);

/// <summary>A machine was made; its first key is shown this once.</summary>
public sealed record NewMachineAnswer(bool Ok, MachineBody Machine, string ApiKey, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(NewMachineAnswer);
}

/// <summary><c>GET /api/chain/state-machines</c>: the caller's machines and the public ones, by name.</summary>
public sealed record MachineListAnswer(bool Ok, IReadOnlyList<MachineBody> Machines, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary>One key of a machine; the role is what it may do now, which is never more than who issued it.</summary>
public sealed record MachineKeyInfo(string Prefix, string Role, string Zid, string? Label, long CreatedZeqond, long? LastUsedZeqond);

/// <summary><c>GET /api/chain/state-machines/:slug/keys</c>: the keys that open it, for its admins.</summary>
public sealed record MachineKeyListAnswer(bool Ok, string Slug, IReadOnlyList<MachineKeyInfo> Keys, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary>Body of <c>POST /api/chain/state-machines/:slug/members</c>: role is <c>viewer</c>, <c>operator</c> or <c>admin</c>.</summary>
public sealed record MemberRequest(string Zid, string Role);

/// <summary>A member of a machine.</summary>
public sealed record MemberBody(string Zid, string Role, long SinceZeqond);

/// <summary>A role was given.</summary>
public sealed record MemberAnswer(bool Ok, string Slug, MemberBody Member, long Zeqond, decimal Phase);

/// <summary><c>GET /api/chain/state-machines/:slug/members</c>, for its admins.</summary>
public sealed record MemberListAnswer(bool Ok, string Slug, IReadOnlyList<MemberBody> Members, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? NextAfter);

/// <summary>Body of <c>POST /api/admin/machines</c>: how many machines a ZID may have, its own one included.</summary>
public sealed record MachineQuotaRequest(string Zid, long Most);

/// <summary>How many machines a ZID has, and may have.</summary>
public sealed record MachineQuotaAnswer(bool Ok, string Zid, long Machines, long Most, long Zeqond, decimal Phase);

/// <summary><c>POST /api/chain/:slug/explore/ticket</c>: opens the machine's stream for so many seconds, as <c>?token=</c>.</summary>
public sealed record ExploreTicketAnswer(bool Ok, string Token, long ExpiresInS, long Zeqond, decimal Phase)
{
    /// <summary>Its name alone: what it carries is secret.</summary>
    public override string ToString() => nameof(ExploreTicketAnswer);
}

/// <summary>An event of <c>GET /api/chain/aggregate/sse</c>: a row of a public machine.</summary>
public sealed record AggregateEvent(string Slug, string OriginId, ChainRowBody Row);

/// <summary>Body of <c>POST /api/chain/:slug/state</c>: 64 lower-case hex.</summary>
public sealed record StateRequest(string StateHash);

/// <summary>Body of <c>POST /api/chain/:slug/public-key</c> (spec 06 rule 1); prev and sig_prev where the machine has a key.</summary>
public sealed record MachinePublicKeyRequest(string PublicKey, string SigSelf, string? Prev = null, string? SigPrev = null);

/// <summary><c>GET /api/chain/:slug/public-key</c>: the key that a machine goes by, and the row that says so.</summary>
public sealed record MachinePublicKeyAnswer(
    bool Ok, string Slug, string OriginId, string Alg, string PublicKey, string? Prev, string SigSelf, string? SigPrev, long Seq, string StateHash);
