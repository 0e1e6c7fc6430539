using System.Diagnostics.CodeAnalysis;

namespace Zeq.Protocol;

/// <summary>
/// The name of a machine inside its home: <c>[a-z0-9-]{1,64}</c> (spec 00, "Identifiers"). Input is lower-cased first.
/// <c>default</c> is no slug and throws when read.
/// </summary>
public readonly record struct Slug
{
    /// <summary>The longest slug, in characters.</summary>
    public const int MaxLength = 64;

    private readonly string? _text;

    private Slug(string text) => _text = text;

    /// <summary>The home's own chain, which only the admin reads (spec 05 rule 17).</summary>
    public static Slug ZeqSys { get; } = new("zeq-sys");

    /// <summary>The text as it is hashed and sent.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Text => _text ?? throw new InvalidOperationException("default(Slug) is no slug.");

    /// <summary>Reads a slug; upper-case ASCII is lower-cased first.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Slug slug)
    {
        slug = default;
        if (text is null || text.Length is 0 or > MaxLength)
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
            {
                return false;
            }
        }

        slug = new Slug(text.ToLowerInvariant());
        return true;
    }

    /// <summary>Reads a slug.</summary>
    /// <exception cref="FormatException">The text is no slug.</exception>
    public static Slug Parse(string text) => TryParse(text, out Slug slug) ? slug : throw new FormatException("Not a slug.");

    /// <summary>
    /// Whether nobody but the holder of <paramref name="own"/> may make a machine of this name (spec 05 rule 4): names that begin like
    /// a ZID's own machine, the home's own chains, and words that are routes.
    /// </summary>
    public bool IsReservedFor(Zid? own)
    {
        string text = Text;
        if (text.Length >= 14 && text.StartsWith("zeq", StringComparison.Ordinal) && text.AsSpan(3, 11).IndexOfAnyExceptInRange('0', '9') < 0)
        {
            return own is not { } zid || !text.StartsWith(zid.OwnMachine.Text, StringComparison.Ordinal);
        }

        return text.StartsWith("zeq-sys", StringComparison.Ordinal) || text.StartsWith("zeq-foundation", StringComparison.Ordinal)
            || text is "aggregate" or "state-machines" or "contracts";
    }

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";
}
