namespace Zeq.Protocol;

/// <summary>The node key of another home, as it was first seen or as the admin confirmed it (spec 05 rule 14).</summary>
/// <param name="Origin">The other home.</param>
/// <param name="FirstSeen">When it was first seen.</param>
/// <param name="PublicKey">Its Ed25519 key, 64 hex.</param>
public sealed record PeerKey(Origin Origin, Zeqond FirstSeen, string PublicKey)
{
    /// <summary>How stores hold it.</summary>
    public static Table<PeerKey> Table { get; } = Protocol.Table.Of<PeerKey>("peers")
        .Key("origin", p => p.Origin.Text)
        .Integer("first_seen_zeqond", p => p.FirstSeen.Value)
        .ChangingText("public_key", p => p.PublicKey)
        .Build(c => new PeerKey(Origin.Parse(c.Text()), new Zeqond(c.Integer()), c.Text()));
}

/// <summary>Keeps the first key of a home; a different one counts only where the admin confirms it.</summary>
/// <param name="Origin">The other home.</param>
/// <param name="PublicKey">The key that it shows, 64 hex.</param>
/// <param name="ByAdmin">Whether the admin confirms it.</param>
public sealed record PinPeer(Origin Origin, string PublicKey, bool ByAdmin) : Command<PeerKey>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(PeerKey.Table, Origin.Text);

    /// <inheritdoc/>
    public override Decision<PeerKey> Decide(Workspace home, Moment now)
    {
        if (!SignedStamp.IsAcceptableKey(PublicKey))
        {
            return Reject(RejectionCode.InvalidRequest, "A node key is the 64 lower-case hex of an Ed25519 public key.");
        }

        PeerKey? known = home.Find(PeerKey.Table, Origin.Text);
        if (known is null || (ByAdmin && known.PublicKey != PublicKey))
        {
            return Accept(home.Put(PeerKey.Table, new PeerKey(Origin, known?.FirstSeen ?? now.Zeqond, PublicKey)));
        }

        return known.PublicKey == PublicKey
            ? Accept(known)
            : Reject(RejectionCode.PeerKeyChanged, "The other home shows another node key than the one that was pinned; the admin can confirm it.");
    }
}
