using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The home-issued right to redeem an exported coin, bound to coin and height (spec 10 §6). It names no holder: whoever knows it can redeem
/// the coin while it stands at that height, so it is a secret until then.
/// </summary>
public static class BearerTicket
{
    /// <summary>The text that is authenticated: <c>bearer|token_id|spend_seq</c>.</summary>
    public static string CanonicalText(TokenId tokenId, long spendSeq) => string.Create(CultureInfo.InvariantCulture, $"bearer|{tokenId.Text}|{spendSeq}");

    /// <summary>The ticket of a coin at a height, 64 hex.</summary>
    public static string Of(HmacKey bearerKey, TokenId tokenId, long spendSeq) => bearerKey.ComputeHexUtf8(CanonicalText(tokenId, spendSeq));

    /// <summary>Whether a ticket is the coin's at a height, in constant time.</summary>
    public static bool Holds(HmacKey bearerKey, TokenId tokenId, long spendSeq, string ticketHex) =>
        bearerKey.VerifyHexUtf8(CanonicalText(tokenId, spendSeq), ticketHex);
}
