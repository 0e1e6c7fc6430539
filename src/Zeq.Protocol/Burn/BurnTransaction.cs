using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>The name and the arithmetic of a burn (spec 10 §7): functions of who burns what, and of nothing else.</summary>
public static class BurnTransaction
{
    /// <summary>The most coins of one burn.</summary>
    public const int MaxTokens = 1000;

    /// <summary>What burned value gives in burn credits, in ten-thousandths.</summary>
    public const long RateBps = 10_000;

    private const long WholeBps = 10_000;

    /// <summary>
    /// The name of a burn: <c>BT-</c> and the first 32 hex of SHA-256 of <c>zeq/burn/v1|zid|id1,id2,…</c>, the ids in ordinal order. The
    /// same coins of the same holder have one name, in whatever order they are given.
    /// </summary>
    /// <param name="zid">Who burns.</param>
    /// <param name="ids">The coins, 1 to 1,000, each once.</param>
    /// <exception cref="ArgumentException">There is no coin, there are too many, or one comes twice.</exception>
    public static string Id(Zid zid, IEnumerable<TokenId> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        IReadOnlyList<TokenId> ordered = InOrder(ids);
        if (ordered.Count is 0 or > MaxTokens)
        {
            throw new ArgumentException($"A burn is of 1 to {MaxTokens} coins.", nameof(ids));
        }

        var text = new StringBuilder("zeq/burn/v1|", 64 + (ordered.Count * 48)).Append(zid.Text).Append('|').Append(ordered[0].Text);
        for (int i = 1; i < ordered.Count; i++)
        {
            if (ordered[i] == ordered[i - 1])
            {
                throw new ArgumentException("A burn names each coin once.", nameof(ids));
            }

            text.Append(',').Append(ordered[i].Text);
        }

        return string.Concat("BT-", Sha256.HashHexUtf8(text.ToString()).AsSpan(0, 32));
    }

    /// <summary>What a sum of burned value gives in burn credits: <c>floor(sum * rate_bps / 10000)</c>, in ZEQ.</summary>
    /// <param name="sumValueZqt">The burned value, at least 0.</param>
    /// <param name="rateBps">The rate in ten-thousandths, 0 to 10,000.</param>
    public static long Credited(long sumValueZqt, long rateBps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sumValueZqt);
        ArgumentOutOfRangeException.ThrowIfNegative(rateBps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rateBps, WholeBps);
        return (long)((Int128)sumValueZqt * rateBps / WholeBps);
    }

    /// <summary>Coins in ordinal order of their names.</summary>
    internal static IReadOnlyList<TokenId> InOrder(IEnumerable<TokenId> ids)
    {
        TokenId[] ordered = [.. ids];
        Array.Sort(ordered, static (a, b) => string.CompareOrdinal(a.Text, b.Text));
        return ordered;
    }
}
