using System.Diagnostics.CodeAnalysis;

namespace Zeq.Protocol;

/// <summary>
/// An account number: <c>ZEQ</c> and 11 digits, or one of the two system ZIDs (spec 00, "Identifiers"). It names an account of one
/// home; it proves no key, and equal ZIDs of two homes are two parties (spec 05 rule 13). <c>default</c> is no ZID and throws when read.
/// </summary>
public readonly record struct Zid : IComparable<Zid>
{
    private readonly string? _text;

    private Zid(string text) => _text = text;

    /// <summary>The holder of envelopes that free fuel minted: <c>ZEQ-FOUNDATION</c>.</summary>
    public static Zid Foundation { get; } = new("ZEQ-FOUNDATION");

    /// <summary>The home itself as an actor: <c>ZEQ-SYS</c>.</summary>
    public static Zid System { get; } = new("ZEQ-SYS");

    /// <summary>The text as it is hashed and sent.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Text => _text ?? throw new InvalidOperationException("default(Zid) is no ZID.");

    /// <summary>Whether this is one of the two system ZIDs, which no person holds.</summary>
    public bool IsSystem => this == Foundation || this == System;

    /// <summary>The slug of this ZID's own machine: the ZID in lower case.</summary>
    public Slug OwnMachine => Slug.Parse(Text.ToLowerInvariant());

    /// <summary>Reads a ZID; anything else than the exact form is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Zid zid)
    {
        zid = default;
        if (text is null)
        {
            return false;
        }

        if (text == Foundation._text || text == System._text)
        {
            zid = new Zid(text);
            return true;
        }

        if (text.Length != 14 || !text.StartsWith("ZEQ", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (char c in text.AsSpan(3))
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }
        }

        zid = new Zid(text);
        return true;
    }

    /// <summary>Reads a ZID.</summary>
    /// <exception cref="FormatException">The text is no ZID.</exception>
    public static Zid Parse(string text) => TryParse(text, out Zid zid) ? zid : throw new FormatException("Not a ZID.");

    /// <summary>The ZID of a nine-digit number under the prefix <c>ZEQ07</c> that registration uses.</summary>
    /// <param name="number">0 to 999,999,999.</param>
    public static Zid FromNumber(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, 999_999_999);
        return new Zid(string.Create(global::System.Globalization.CultureInfo.InvariantCulture, $"ZEQ07{number:D9}"));
    }

    /// <inheritdoc/>
    public int CompareTo(Zid other) => string.CompareOrdinal(Text, other.Text);

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";

    /// <summary>Ordinal order.</summary>
    public static bool operator <(Zid a, Zid b) => a.CompareTo(b) < 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >(Zid a, Zid b) => a.CompareTo(b) > 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator <=(Zid a, Zid b) => a.CompareTo(b) <= 0;

    /// <summary>Ordinal order.</summary>
    public static bool operator >=(Zid a, Zid b) => a.CompareTo(b) >= 0;
}
