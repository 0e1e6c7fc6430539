using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The name of a coin: <c>ZT-&lt;slug&gt;-&lt;zeqond&gt;-&lt;16 lower hex&gt;</c>, split from the right because slugs hold hyphens
/// (spec 00, "Identifiers"). <c>default</c> is no token id and throws when read.
/// </summary>
public readonly record struct TokenId
{
    /// <summary>The longest token id, in characters.</summary>
    public const int MaxLength = 3 + Slug.MaxLength + 1 + 19 + 1 + 16;

    private readonly string? _text;

    private TokenId(string text) => _text = text;

    /// <summary>The text as it is hashed and sent.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Text => _text ?? throw new InvalidOperationException("default(TokenId) is no token id.");

    /// <summary>The id of a coin minted on a machine at a Zeqond, ending in the first 16 hex of its hash (spec 10 §3).</summary>
    public static TokenId Of(Slug machine, Zeqond zeqond, string tokenHash) =>
        new(string.Create(CultureInfo.InvariantCulture, $"ZT-{machine.Text}-{zeqond.Value}-{tokenHash.AsSpan(0, 16)}"));

    /// <summary>Reads a token id.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TokenId tokenId)
    {
        tokenId = default;
        if (text is null || text.Length > MaxLength || !text.StartsWith("ZT-", StringComparison.Ordinal))
        {
            return false;
        }

        int last = text.LastIndexOf('-');
        int middle = last > 3 ? text.LastIndexOf('-', last - 1) : -1;
        if (middle < 4 || !Hex.IsLowerHex(text.AsSpan(last + 1), 16))
        {
            return false;
        }

        ReadOnlySpan<char> zeqond = text.AsSpan(middle + 1, last - middle - 1);
        string slug = text[3..middle];
        if (zeqond.Length is 0 or > 19 || (zeqond.Length > 1 && zeqond[0] == '0') || zeqond.IndexOfAnyExceptInRange('0', '9') >= 0
            || !long.TryParse(zeqond, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || !Slug.TryParse(slug, out Slug parsed) || parsed.Text != slug)
        {
            return false;
        }

        tokenId = new TokenId(text);
        return true;
    }

    /// <summary>Reads a token id.</summary>
    /// <exception cref="FormatException">The text is no token id.</exception>
    public static TokenId Parse(string text) => TryParse(text, out TokenId id) ? id : throw new FormatException("Not a token id.");

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";
}
