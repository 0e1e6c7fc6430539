using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The name of a vote: <c>VT-&lt;closes_zeqond&gt;-&lt;16 lower hex&gt;</c>. It says when the vote closes, so that a coin that names the
/// vote it is staked in is free again at that Zeqond, without anybody having to come and free it (spec 10 §8). <c>default</c> is no vote
/// id and throws when read.
/// </summary>
public readonly record struct VoteId
{
    /// <summary>The longest vote id, in characters.</summary>
    public const int MaxLength = 3 + 16 + 1 + 16;

    private const long MaxZeqond = (1L << 53) - 1;
    private readonly string? _text;

    private VoteId(string text, Zeqond closes) => (_text, Closes) = (text, closes);

    /// <summary>The text as it is stored and sent.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Text => _text ?? throw new InvalidOperationException("default(VoteId) is no vote id.");

    /// <summary>The first Zeqond at which the vote is closed.</summary>
    public Zeqond Closes { get; }

    /// <summary>The id of a vote that closes at a Zeqond of 1 to 2^53 - 1.</summary>
    /// <param name="closes">When it closes.</param>
    /// <param name="random">What tells it from others that close with it, at least 8 bytes.</param>
    public static VoteId Of(Zeqond closes, ReadOnlySpan<byte> random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(closes.Value, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(closes.Value, MaxZeqond);
        return new VoteId(string.Create(CultureInfo.InvariantCulture, $"VT-{closes.Value}-{Hex.Encode(random[..8])}"), closes);
    }

    /// <summary>Reads a vote id.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out VoteId voteId)
    {
        voteId = default;
        if (text is null || text.Length > MaxLength || text.Length < 3 + 1 + 1 + 16 || !text.StartsWith("VT-", StringComparison.Ordinal)
            || text[^17] != '-' || !Hex.IsLowerHex(text.AsSpan(text.Length - 16), 16))
        {
            return false;
        }

        ReadOnlySpan<char> closes = text.AsSpan(3, text.Length - 3 - 17);
        if (closes.IsEmpty || closes[0] == '0' || closes.IndexOfAnyExceptInRange('0', '9') >= 0
            || !long.TryParse(closes, NumberStyles.None, CultureInfo.InvariantCulture, out long zeqond) || zeqond > MaxZeqond)
        {
            return false;
        }

        voteId = new VoteId(text, new Zeqond(zeqond));
        return true;
    }

    /// <summary>Reads a vote id.</summary>
    /// <exception cref="FormatException">The text is no vote id.</exception>
    public static VoteId Parse(string text) => TryParse(text, out VoteId id) ? id : throw new FormatException("Not a vote id.");

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";
}
