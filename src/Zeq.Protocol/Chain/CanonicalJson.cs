using System.Buffers;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// Whether bytes are canonical JSON (RFC 8785) as they stand. One look over the plain kind that homes write, without output; whatever
/// has an escape, a fraction, a name outside ASCII or a deep nest is left to <see cref="Jcs"/>, which alone says no.
/// </summary>
internal static class CanonicalJson
{
    private const int PlainDepth = 16;
    private const int PlainDigits = 15;

    private static readonly SearchValues<byte> EndsString = SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    /// <summary>Whether the bytes, which are UTF-8, are one JSON value in its canonical form.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> utf8) => IsPlain(utf8) || IsOwnCanonicalForm(utf8);

    /// <summary>Whether the bytes are of the plain kind, and canonical as they stand.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> utf8) => Value(utf8, 0, 0) == utf8.Length;

    private static bool IsOwnCanonicalForm(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return utf8.SequenceEqual(Jcs.Canonicalize(utf8));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>Where the plain value that begins here ends; -1 where it is not plain.</summary>
    private static int Value(ReadOnlySpan<byte> json, int at, int depth)
    {
        if ((uint)at >= (uint)json.Length)
        {
            return -1;
        }

        return json[at] switch
        {
            (byte)'"' => String(json, at),
            (byte)'{' => depth < PlainDepth ? Object(json, at + 1, depth + 1) : -1,
            (byte)'[' => depth < PlainDepth ? Array(json, at + 1, depth + 1) : -1,
            (byte)'t' => Literal(json, at, "true"u8),
            (byte)'f' => Literal(json, at, "false"u8),
            (byte)'n' => Literal(json, at, "null"u8),
            _ => Integer(json, at),
        };
    }

    private static int Object(ReadOnlySpan<byte> json, int at, int depth)
    {
        if ((uint)at < (uint)json.Length && json[at] == '}')
        {
            return at + 1;
        }

        ReadOnlySpan<byte> before = default;
        for (bool first = true; ; first = false)
        {
            int end = (uint)at < (uint)json.Length && json[at] == '"' ? String(json, at) : -1;
            if (end < 0 || (uint)end >= (uint)json.Length || json[end] != ':')
            {
                return -1;
            }

            ReadOnlySpan<byte> name = json[(at + 1)..(end - 1)];
            if (name.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E) || (!first && before.SequenceCompareTo(name) >= 0))
            {
                return -1;
            }

            before = name;
            at = Value(json, end + 1, depth);
            if ((uint)at >= (uint)json.Length)
            {
                return -1;
            }

            switch (json[at++])
            {
                case (byte)',':
                    continue;
                case (byte)'}':
                    return at;
                default:
                    return -1;
            }
        }
    }

    private static int Array(ReadOnlySpan<byte> json, int at, int depth)
    {
        if ((uint)at < (uint)json.Length && json[at] == ']')
        {
            return at + 1;
        }

        while (true)
        {
            at = Value(json, at, depth);
            if ((uint)at >= (uint)json.Length)
            {
                return -1;
            }

            switch (json[at++])
            {
                case (byte)',':
                    continue;
                case (byte)']':
                    return at;
                default:
                    return -1;
            }
        }
    }

    private static int String(ReadOnlySpan<byte> json, int at)
    {
        int length = json[(at + 1)..].IndexOfAny(EndsString);
        int end = at + 1 + length;
        return length >= 0 && json[end] == '"' ? end + 1 : -1;
    }

    /// <summary>An integer that a double holds exactly, in its shortest digits.</summary>
    private static int Integer(ReadOnlySpan<byte> json, int at)
    {
        bool isNegative = json[at] == '-';
        int start = isNegative ? at + 1 : at;
        int length = json[start..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        length = length < 0 ? json.Length - start : length;
        bool isPlain = length is > 0 and <= PlainDigits && (json[start] != '0' || (length == 1 && !isNegative));
        int end = start + length;
        return isPlain && (end == json.Length || json[end] is not ((byte)'.' or (byte)'e' or (byte)'E')) ? end : -1;
    }

    private static int Literal(ReadOnlySpan<byte> json, int at, ReadOnlySpan<byte> literal) => json[at..].StartsWith(literal) ? at + literal.Length : -1;
}
