using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The home's word that a coin moved (spec 10 §4). Portable; it proves something only when its home has verified it.
/// </summary>
/// <param name="TokenId">The coin.</param>
/// <param name="From">Who held it.</param>
/// <param name="To">Who holds it since.</param>
/// <param name="ToOrigin">The home of the new holder.</param>
/// <param name="SpendSeq">The coin's height after the move.</param>
/// <param name="Zeqond">When.</param>
/// <param name="HomeOrigin">The coin's home.</param>
/// <param name="Mac">64 lower-case hex.</param>
public sealed record Receipt(TokenId TokenId, Zid From, Zid To, Origin ToOrigin, long SpendSeq, Zeqond Zeqond, Origin HomeOrigin, string Mac)
{
    /// <summary>The text that is authenticated: <c>token_id|from|to|to_origin|spend_seq|zeqond|home_origin</c>.</summary>
    public string CanonicalText() => string.Create(
        CultureInfo.InvariantCulture, $"{TokenId.Text}|{From.Text}|{To.Text}|{ToOrigin.Text}|{SpendSeq}|{Zeqond.Value}|{HomeOrigin.Text}");

    /// <summary>The same receipt with the MAC of a home.</summary>
    public Receipt Sealed(HmacKey receiptKey) => this with { Mac = receiptKey.ComputeHexUtf8(CanonicalText()) };

    /// <summary>Whether the MAC is this home's, in constant time.</summary>
    public bool Holds(HmacKey receiptKey) => receiptKey.VerifyHexUtf8(CanonicalText(), Mac);

    /// <summary>The receipt of a stored move.</summary>
    public static Receipt Of(Move move, HomeContext home) =>
        new Receipt(move.TokenId, move.From, move.To, move.ToOrigin, move.SpendSeq, move.Zeqond, home.Origin, "").Sealed(home.Keys.Receipt);
}

/// <summary>
/// The home-issued right to move a coin next, bound to coin, holder and height (spec 10 §4). Whoever knows it can move the coin of a
/// remote holder, so it is a secret until the coin has moved on.
/// </summary>
public static class ClaimTicket
{
    /// <summary>How many earlier heights are tried to tell a used ticket from a wrong one.</summary>
    public const int MaxEarlierHeights = 64;

    /// <summary>The text that is authenticated: <c>claim|token_id|holder|spend_seq</c>.</summary>
    public static string CanonicalText(TokenId tokenId, Zid holder, long spendSeq) =>
        string.Create(CultureInfo.InvariantCulture, $"claim|{tokenId.Text}|{holder.Text}|{spendSeq}");

    /// <summary>The ticket of a holder at a height, 64 hex.</summary>
    public static string Of(HmacKey ticketKey, TokenId tokenId, Zid holder, long spendSeq) => ticketKey.ComputeHexUtf8(CanonicalText(tokenId, holder, spendSeq));

    /// <summary>Whether a ticket is the holder's at a height, in constant time.</summary>
    public static bool Holds(HmacKey ticketKey, TokenId tokenId, Zid holder, long spendSeq, string ticketHex) =>
        ticketKey.VerifyHexUtf8(CanonicalText(tokenId, holder, spendSeq), ticketHex);

    /// <summary>Whether a ticket was the holder's at one of the last heights before this one.</summary>
    public static bool WasSpent(HmacKey ticketKey, TokenId tokenId, Zid holder, long spendSeq, string ticketHex)
    {
        for (long height = spendSeq - 1; height >= 0 && height >= spendSeq - MaxEarlierHeights; height--)
        {
            if (Holds(ticketKey, tokenId, holder, height, ticketHex))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Names of moves.</summary>
public static class Transfer
{
    /// <summary>The id of a move: first 32 hex of SHA-256 of <c>env|token_id|from|to|to_origin|spend_seq</c> (spec 10 §4).</summary>
    public static string Id(Move move) => Sha256.HashHexUtf8(string.Create(
        CultureInfo.InvariantCulture, $"env|{move.TokenId.Text}|{move.From.Text}|{move.To.Text}|{move.ToOrigin.Text}|{move.SpendSeq}"))[..32];
}
