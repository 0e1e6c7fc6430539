using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zeq.Client;

/// <summary>
/// A row of a chain as a reader may see it (spec 20 §2, spec 05 rules 16 and 17): salt, actor and payload are there only for who may see
/// them.
/// </summary>
public sealed record ChainRowBody(
    long Seq, long Zeqond, string Type, string TransitionId, string PayloadHash, string PrevHash, string StateHash, string ActorHash, string Flags,
    bool IsPublicPayload, string? Salt, string? ActorZid, string? KeyPrefix, JsonElement? Payload, string CreatedAt);

/// <summary>One row: <c>GET /api/chain/:slug/rows/:seq</c> and <c>GET /api/chain/:slug/state</c>.</summary>
public sealed record ChainRowAnswer(bool Ok, string Slug, string OriginId, ChainRowBody Row);

/// <summary><c>GET /api/chain/:slug/explore</c>.</summary>
public sealed record ExploreAnswer(bool Ok, string Slug, string OriginId, IReadOnlyList<ChainRowBody> Rows, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? NextAfter);

/// <summary>Where a chain breaks.</summary>
public sealed record BrokenAt(long Seq, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? Zeqond, string Reason);

/// <summary><c>GET /api/chain/:slug/pohc/validate</c>: consistent with itself; a remembered head shows rewriting (spec 05 rule 20).</summary>
public sealed record ValidateAnswer(
    bool Ok, bool Valid, long Count, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] BrokenAt? BrokenAt, long GenesisZeqond, string GenesisHash, string HeadHash, string Origin, string OriginId, string NodePublicKey,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? NextAfter, long Zeqond);

/// <summary>Body of <c>POST /api/chain/:slug/event</c>.</summary>
public sealed record EventRequest(string? Type = null, JsonElement? Payload = null, string? Hash = null, bool Public = false);

/// <summary>A row was written.</summary>
public sealed record EventAnswer(bool Ok, long Seq, long Zeqond, string TransitionId, string StateHash, decimal Phase);

/// <summary>A machine (spec 20 §1).</summary>
public sealed record MachineBody(string Id, string Slug, string ParentOrigin, bool IsPublic, string Status, long GenesisZeqond, string? DisplayName, string? Purpose, string OwnerZid, string CreatedAt);

/// <summary><c>GET</c> and <c>PATCH /api/chain/state-machines/:slug</c>.</summary>
public sealed record MachineAnswer(bool Ok, MachineBody Machine);

/// <summary>Body of <c>PATCH /api/chain/state-machines/:slug</c>.</summary>
public sealed record MachineRequest(bool? IsPublic = null, string? DisplayName = null, string? Purpose = null);

/// <summary>Body of <c>POST /api/admin/peers</c>: the admin confirms the node key of another home.</summary>
public sealed record PeerKeyRequest(string Origin, string PublicKey);

/// <summary>The pinned node key of another home.</summary>
public sealed record PeerKeyAnswer(bool Ok, string Origin, string PublicKey, long FirstSeenZeqond, long Zeqond, decimal Phase);

/// <summary>Body of <c>POST /api/admin/home/restored</c>; without an id a new restore begins, with one it is finished.</summary>
public sealed record RestoredRequest(string? RestoreId = null);

/// <summary>How many coins got a new height.</summary>
public sealed record RestoredAnswer(bool Ok, string RestoreId, long Raised, long Zeqond, decimal Phase);
