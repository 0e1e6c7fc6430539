using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>One of the two machines of a handshake (spec 20 §4): where its chain is, and which key it signs with.</summary>
/// <param name="Origin">Its home's public origin.</param>
/// <param name="ParentOrigin">Its home's short name.</param>
/// <param name="Slug">The machine.</param>
/// <param name="PublicKey">Its Ed25519 key, 64 lower-case hex; of the other party the one that was pinned (spec 06 rule 1).</param>
public sealed record M2MParty(Origin Origin, Slug ParentOrigin, Slug Slug, string PublicKey)
{
    /// <summary>The name of its chain: <c>parent_origin:slug</c>.</summary>
    public string OriginId => $"{ParentOrigin.Text}:{Slug.Text}";

    /// <summary>How the other side's rows name it: <c>slug@origin</c> (spec 05 rule 20).</summary>
    public string Name => $"{Slug.Text}@{Origin.Text}";

    internal void Require(string parameter)
    {
        if (!SignedStamp.IsAcceptableKey(PublicKey))
        {
            throw new ArgumentException("A machine's key is the 64 lower-case hex of an Ed25519 public key.", parameter);
        }
    }
}
