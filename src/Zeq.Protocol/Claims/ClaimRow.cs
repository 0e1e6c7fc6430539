using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Where a claim stands.</summary>
public enum ClaimStatus
{
    /// <summary>Accepted at the coin's home, and its ticket is here: the payment is final.</summary>
    Held = 1,

    /// <summary>A move onward was asked for, and its outcome is not known yet.</summary>
    InFlight = 2,

    /// <summary>The coin was moved onward from here.</summary>
    Spent = 3,

    /// <summary>The coin's home says that it has moved on by other means.</summary>
    Superseded = 4,
}

/// <summary>
/// A coin of another home that a ZID of this home holds (spec 10 §5, spec 05 rule 9): a view, never an authority. The coin's home alone
/// says what is true of it.
/// </summary>
/// <param name="HomeOrigin">The coin's home.</param>
/// <param name="TokenId">The coin.</param>
/// <param name="Holder">The ZID here.</param>
/// <param name="ValueZqt">Its value, by its home's word.</param>
/// <param name="IsTrusted">Whether the home is an issuer that this home trusts, and the coin's proof was checked with its pinned key.</param>
/// <param name="SpendSeq">The height that the ticket here is for.</param>
/// <param name="Status">Where the claim stands.</param>
/// <param name="Zeqond">When it last changed.</param>
/// <param name="Acceptance">The receipt of the acceptance, as JSON.</param>
/// <param name="Payment">The sender's receipt, as JSON.</param>
/// <param name="Published">What was published of it: <c>height:sender</c> or <c>height:holder</c>; null where nothing was.</param>
/// <param name="PublishedSeq">The row of the publication on the holder's machine.</param>
public sealed record ClaimRow(
    Origin HomeOrigin, TokenId TokenId, Zid Holder, long ValueZqt, bool IsTrusted, long SpendSeq, ClaimStatus Status, Zeqond Zeqond,
    string Acceptance, string Payment, string? Published, long? PublishedSeq)
{
    /// <summary>How stores hold it.</summary>
    public static Table<ClaimRow> Table { get; } = Protocol.Table.Of<ClaimRow>("claims")
        .Key("home_origin", c => c.HomeOrigin.Text)
        .Key("token_id", c => c.TokenId.Text)
        .Key("zid", c => c.Holder.Text)
        .ChangingInteger("value_zqt", c => c.ValueZqt)
        .ChangingFlag("is_trusted", c => c.IsTrusted)
        .ChangingInteger("spend_seq", c => c.SpendSeq)
        .ChangingInteger("status", c => (long)c.Status)
        .ChangingInteger("zeqond", c => c.Zeqond.Value)
        .ChangingText("acceptance", c => c.Acceptance)
        .ChangingText("payment", c => c.Payment)
        .ChangingOptionalText("published", c => c.Published)
        .ChangingOptionalInteger("published_seq", c => c.PublishedSeq)
        .Build(c => new ClaimRow(
            Origin.Parse(c.Text()), TokenId.Parse(c.Text()), Zid.Parse(c.Text()), c.Integer(), c.Flag(), c.Integer(), (ClaimStatus)c.Integer(),
            new Zeqond(c.Integer()), c.Text(), c.Text(), c.OptionalText(), c.OptionalInteger()));

    /// <summary>The key of a claim.</summary>
    public static string KeyOf(Origin home, TokenId token, Zid holder) => $"{home.Text}|{token.Text}|{holder.Text}";

    /// <summary>The name under which the claim's ticket is sealed: <c>tally.claim.</c> and SHA-256 of <c>home_origin|token_id</c>.</summary>
    public static string TicketName(Origin home, TokenId token) => "tally.claim." + Sha256.HashHexUtf8($"{home.Text}|{token.Text}");
}
