namespace Zeq.Protocol;

/// <summary>
/// A row of a machine's append-only chain (spec 20 §2, spec 05 rule 16). Nothing updates or deletes it; what of it can be erased rests
/// beside it, as a <see cref="ChainPayload"/>.
/// </summary>
/// <param name="Slug">The machine.</param>
/// <param name="Seq">1, 2, 3 … per chain.</param>
/// <param name="Zeqond">When, latched: never lower than the row before.</param>
/// <param name="Type">What kind of event, <c>[a-z0-9_.-]{1,64}</c>.</param>
/// <param name="TransitionId">A UUID, version 7.</param>
/// <param name="PayloadHash">SHA-256 of salt and payload, hex.</param>
/// <param name="PrevHash">The hash of the row before, or of the genesis, hex.</param>
/// <param name="StateHash">The hash of this row, hex.</param>
/// <param name="ActorHash">SHA-256 of salt and actor, hex.</param>
/// <param name="Flags"><c>s</c> (written by the home) or <c>c</c> (written by a caller), then <c>1</c> (public payload) or <c>0</c>.</param>
/// <param name="Actor">Who caused it.</param>
/// <param name="Payload">The payload as canonical JSON; null once erased, or where only a hash was given.</param>
/// <param name="Salt">32 random bytes; null once erased.</param>
public sealed record ChainRow(
    Slug Slug, long Seq, Zeqond Zeqond, string Type, string TransitionId, string PayloadHash, string PrevHash, string StateHash,
    string ActorHash, string Flags, Actor Actor, string? Payload, byte[]? Salt)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ChainRow> Table { get; } = Protocol.Table.LogOf<ChainRow>("chain_rows")
        .Key("slug", r => r.Slug.Text)
        .Number("seq", r => r.Seq)
        .Integer("zeqond", r => r.Zeqond.Value)
        .Text("type", r => r.Type)
        .Text("transition_id", r => r.TransitionId)
        .Text("payload_hash", r => r.PayloadHash)
        .Text("prev_hash", r => r.PrevHash)
        .Text("state_hash", r => r.StateHash)
        .Text("actor_hash", r => r.ActorHash)
        .Text("flags", r => r.Flags)
        .Text("actor_zid", r => r.Actor.Zid)
        .Text("key_prefix", r => r.Actor.KeyPrefix)
        .OptionalText("payload", r => r.Payload)
        .OptionalBlob("salt", r => r.Salt)
        .Build(c => new ChainRow(
            Slug.Parse(c.Text()), c.Integer(), new Zeqond(c.Integer()), c.Text(), c.Text(), c.Text(), c.Text(), c.Text(),
            c.Text(), c.Text(), new Actor(c.Text(), c.Text()), c.OptionalText(), c.OptionalBlob()));

    /// <summary>Whether the home itself wrote it: a reader that gives a row a meaning checks this (spec 05 rule 18).</summary>
    public bool IsSystem => Flags is "s0" or "s1";

    /// <summary>Whether payload and salt are not in the row: a caller's private row, whose payload rests beside the log until it is erased.</summary>
    public bool IsWithoutPayload => Payload is null && Salt is null && Flags == "c0";

    /// <summary>Whether anyone may see its payload.</summary>
    public bool IsPublicPayload => Flags.EndsWith('1');
}

/// <summary>Who caused a row: a ZID and the first 12 characters of the key that acted (spec 05 rule 16).</summary>
/// <param name="Zid">The ZID's text; <c>ZEQ-SYS</c> for homes.</param>
/// <param name="KeyPrefix">The key's prefix; for a peer home the first 12 hex of its node key, for this home <c>zeq-sys</c>.</param>
public readonly record struct Actor(string Zid, string KeyPrefix)
{
    /// <summary>The home itself.</summary>
    public static Actor Home { get; } = new("ZEQ-SYS", "zeq-sys");

    /// <summary>Another home, by its node key.</summary>
    public static Actor Peer(string nodePublicKey) => new("ZEQ-SYS", nodePublicKey[..12]);

    /// <summary>The text that is hashed.</summary>
    public override string ToString() => $"{Zid}|{KeyPrefix}";
}
