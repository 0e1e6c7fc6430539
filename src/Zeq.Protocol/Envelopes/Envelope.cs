namespace Zeq.Protocol;

/// <summary>Where a coin is in its life.</summary>
public enum EnvelopeStatus
{
    /// <summary>Held by someone, movable.</summary>
    Active = 1,

    /// <summary>Exported to a bearer file.</summary>
    Bearer = 2,

    /// <summary>Minted anew at another home; terminal here.</summary>
    Migrated = 3,

    /// <summary>Burned for fuel; terminal.</summary>
    Burned = 4,
}

/// <summary>A coin: the receipt of one charged compute (spec 10 §3). Its home is this home for life.</summary>
/// <param name="TokenId">Its name.</param>
/// <param name="TokenHash">SHA-256 over what it is, 64 hex.</param>
/// <param name="ComputeId">The compute that minted it; empty where it came by a migration.</param>
/// <param name="Machine">The machine that computed.</param>
/// <param name="Operators">The operators, joined by commas.</param>
/// <param name="ResultDigest">SHA-256 of the result, 64 hex.</param>
/// <param name="ValueZqt">Its value in ZEQ, 1 to 40.</param>
/// <param name="FreeFundedZqt">The part of the value that free fuel minted.</param>
/// <param name="PaidFundedZqt">The part of the value that paid fuel minted.</param>
/// <param name="MintedBy">Who paid for the compute.</param>
/// <param name="Share"><c>user</c>, <c>foundation</c> or <c>migrated</c>.</param>
/// <param name="HomeOrigin">This home.</param>
/// <param name="Minted">When.</param>
/// <param name="ZeqProof">The compute's proof, 64 hex.</param>
/// <param name="NodeSig">The node's signature over the claim, 128 hex.</param>
/// <param name="NodePubkey">The node's public key, 64 hex.</param>
/// <param name="IssuedTo">Who holds it: a ZID of <paramref name="HolderOrigin"/>.</param>
/// <param name="HolderOrigin">The home of the holder; a holder is the pair.</param>
/// <param name="SpendSeq">0 at the mint, one more with every move.</param>
/// <param name="Status">Where it is in its life.</param>
/// <param name="StakedIn">The vote that holds it as long as that is open, see <see cref="IsStakedAt"/>; or null.</param>
public sealed record Envelope(
    TokenId TokenId, string TokenHash, string ComputeId, Slug Machine, string Operators, string ResultDigest, long ValueZqt, long FreeFundedZqt,
    long PaidFundedZqt, Zid MintedBy, string Share, Origin HomeOrigin, Zeqond Minted, string ZeqProof, string NodeSig, string NodePubkey,
    Zid IssuedTo, Origin HolderOrigin, long SpendSeq, EnvelopeStatus Status, string? StakedIn)
{
    /// <summary>How stores hold it.</summary>
    public static Table<Envelope> Table { get; } = Protocol.Table.Of<Envelope>("tally_tokens")
        .Key("token_id", e => e.TokenId.Text)
        .Text("token_hash", e => e.TokenHash)
        .Text("compute_id", e => e.ComputeId)
        .Text("machine", e => e.Machine.Text)
        .Text("operators", e => e.Operators)
        .Text("result_digest", e => e.ResultDigest)
        .Integer("value_zqt", e => e.ValueZqt)
        .Integer("free_funded_zqt", e => e.FreeFundedZqt)
        .Integer("paid_funded_zqt", e => e.PaidFundedZqt)
        .Text("minted_by", e => e.MintedBy.Text)
        .Text("share", e => e.Share)
        .Text("home_origin", e => e.HomeOrigin.Text)
        .Integer("minted_zeqond", e => e.Minted.Value)
        .Text("zeq_proof", e => e.ZeqProof)
        .Text("node_sig", e => e.NodeSig)
        .Text("node_pubkey", e => e.NodePubkey)
        .ChangingText("issued_to", e => e.IssuedTo.Text)
        .ChangingText("holder_origin", e => e.HolderOrigin.Text)
        .Version("spend_seq", e => e.SpendSeq)
        .ChangingInteger("status", e => (long)e.Status)
        .ChangingOptionalText("staked_in", e => e.StakedIn)
        .OptionalText("migrated_from", e => e.MigratedFrom)
        .Build(c => new Envelope(
            TokenId.Parse(c.Text()), c.Text(), c.Text(), Slug.Parse(c.Text()), c.Text(), c.Text(), c.Integer(), c.Integer(),
            c.Integer(), Zid.Parse(c.Text()), c.Text(), Origin.Parse(c.Text()), new Zeqond(c.Integer()), c.Text(), c.Text(), c.Text(),
            Zid.Parse(c.Text()), Origin.Parse(c.Text()), c.Integer(), (EnvelopeStatus)c.Integer(), c.OptionalText()) { MigratedFrom = c.OptionalText() });

    /// <summary>The coin of another home that this one was minted for, <c>token_id@home_origin</c>; null where a compute minted it.</summary>
    public string? MigratedFrom { get; init; }

    /// <summary>Whether a ZID of an origin holds it.</summary>
    public bool IsHeldBy(Zid zid, Origin origin) => IssuedTo == zid && HolderOrigin == origin;

    /// <summary>
    /// Whether an open vote holds it. A stake ends by itself when its vote closes: <c>StakedIn</c> says until when, and may outlast it
    /// (spec 10 §8). What is no vote id holds the coin for good, rather than let it go.
    /// </summary>
    public bool IsStakedAt(Zeqond now) => StakedIn is not null && (!VoteId.TryParse(StakedIn, out VoteId vote) || now < vote.Closes);

    /// <summary>The operators as a list; <c>Operators</c> is their text.</summary>
    public IReadOnlyList<string> OperatorList => Operators.Length == 0 ? [] : Operators.Split(',');
}
