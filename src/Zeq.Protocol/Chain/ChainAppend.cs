using System.Buffers.Binary;

namespace Zeq.Protocol;

/// <summary>Writes rows on the chains of a workspace.</summary>
public static class ChainAppend
{
    /// <summary>Makes a machine and its chain, which begins with the genesis hash and no row. Both rows must have been named.</summary>
    public static Machine CreateMachine(this Workspace home, Slug slug, Zid owner, bool isOwn, bool isPublic, Moment now)
    {
        HomeContext context = home.Context;
        var machine = new Machine(slug, UuidV7(now, "machine/" + slug.Text), owner, isOwn, now.Zeqond, isPublic, 1, null, null);
        home.Put(Machine.Table, machine);
        string genesis = ChainHash.Genesis(context.OriginIdOf(slug), context.Origin, context.Keys.NodePublicKey, machine.Genesis);
        home.Put(ChainHead.Table, new ChainHead(slug, 0, machine.Genesis, genesis));
        return machine;
    }

    /// <summary>Writes the home's own row at the end of a chain, whose head must have been named and must exist.</summary>
    /// <param name="home">The workspace.</param>
    /// <param name="slug">The machine.</param>
    /// <param name="type">The row's type.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="actor">Who caused it.</param>
    /// <param name="now">When; the row's Zeqond is latched to the chain's.</param>
    /// <param name="isPublicPayload">Whether anyone may see the payload.</param>
    public static ChainRow AppendRow(this Workspace home, Slug slug, string type, string payload, Actor actor, Moment now, bool isPublicPayload = false) =>
        Append(home, slug, type, payload, null, actor, now, isPublicPayload ? "s1" : "s0");

    /// <summary>Writes a caller's row: an event with a payload, or with the hash of one that the home never sees (spec 20 §2).</summary>
    /// <remarks>The rows of <see cref="AddCallerRow"/> must have been named. One command writes one such row of a chain.</remarks>
    public static ChainRow AppendCallerRow(this Workspace home, Slug slug, string type, string? payload, string? hash, Actor actor, Moment now, bool isPublicPayload) =>
        Append(home, slug, type, payload, hash, actor, now, isPublicPayload ? "c1" : "c0");

    /// <summary>Names what <see cref="AppendCallerRow"/> writes.</summary>
    public static KeySet AddCallerRow(this KeySet keys, Slug slug, Moment now)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return keys.AddChain(slug).Add(ChainPayload.Table, CallerTransitionId(slug, now));
    }

    private static string CallerTransitionId(Slug slug, Moment now) => UuidV7(now, "row/" + slug.Text);

    private static ChainRow Append(Workspace home, Slug slug, string type, string? payload, string? hash, Actor actor, Moment now, string flags)
    {
        ChainHead head = home.Find(ChainHead.Table, slug.Text) ?? throw new InvalidOperationException($"The chain {slug.Text} does not exist.");
        long seq = head.Seq + 1;
        Zeqond zeqond = Zeqond.Max(now.Zeqond, head.Zeqond);
        byte[] salt = now.Draw($"salt/{slug.Text}/{seq}");
        string transitionId = flags[0] == 'c' ? CallerTransitionId(slug, now) : UuidV7(now, $"row/{slug.Text}/{seq}");
        string payloadHash = hash ?? ChainHash.Payload(salt, payload);
        string actorHash = ChainHash.ActorOf(salt, actor);
        string stateHash = ChainHash.State(home.Context.OriginIdOf(slug), seq, head.StateHash, zeqond, type, transitionId, payloadHash, actorHash, flags);
        var row = new ChainRow(slug, seq, zeqond, type, transitionId, payloadHash, head.StateHash, stateHash, actorHash, flags, actor, payload, salt);
        bool isErasable = flags == "c0" && payload is not null;
        home.Append(ChainRow.Table, isErasable ? row with { Payload = null, Salt = null } : row);
        if (isErasable)
        {
            home.Put(ChainPayload.Table, new ChainPayload(transitionId, slug, seq, payload!, salt));
        }

        home.Put(ChainHead.Table, new ChainHead(slug, seq, zeqond, stateHash));
        return row;
    }

    /// <summary>A UUID of version 7 (RFC 9562) of this moment.</summary>
    internal static string UuidV7(Moment now, string label)
    {
        Span<byte> bytes = stackalloc byte[16];
        Span<byte> time = stackalloc byte[8];
        now.Draw("uuid/" + label).AsSpan(0, 16).CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(time, now.UnixMs);
        time[2..].CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x70);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
