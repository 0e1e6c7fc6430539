using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Zeq.Protocol;

/// <summary>
/// The public origin of a home: <c>scheme://host[:port]</c>, lower case, no default port, no path (spec 00, "Identifiers").
/// http is only for development, which the caller decides. <c>default</c> is no origin and throws when read.
/// </summary>
public readonly record struct Origin
{
    /// <summary>The longest origin, in characters: scheme, a 253-character host and a port.</summary>
    public const int MaxLength = 267;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string? _text;

    private Origin(string text) => _text = text;

    /// <summary>The text as it is hashed and sent.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Text => _text ?? throw new InvalidOperationException("default(Origin) is no origin.");

    /// <summary>Whether the scheme is https.</summary>
    public bool IsHttps => Text.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>Reads an origin in its one canonical spelling; anything else is refused, not normalised.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Origin origin)
    {
        origin = default;
        if (text is null || text.Length > MaxLength)
        {
            return false;
        }

        int defaultPort;
        ReadOnlySpan<char> rest;
        if (text.StartsWith("https://", StringComparison.Ordinal))
        {
            rest = text.AsSpan(8);
            defaultPort = 443;
        }
        else if (text.StartsWith("http://", StringComparison.Ordinal))
        {
            rest = text.AsSpan(7);
            defaultPort = 80;
        }
        else
        {
            return false;
        }

        ReadOnlySpan<char> host = rest;
        int colon = rest.LastIndexOf(':');
        if (colon >= 0 && colon > rest.LastIndexOf(']'))
        {
            host = rest[..colon];
            ReadOnlySpan<char> port = rest[(colon + 1)..];
            if (port.Length is 0 or > 5 || port[0] == '0' || port.IndexOfAnyExceptInRange('0', '9') >= 0
                || !int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number is < 1 or > 65_535 || number == defaultPort)
            {
                return false;
            }
        }

        if (!IsHost(host))
        {
            return false;
        }

        origin = new Origin(text);
        return true;
    }

    /// <summary>Reads an origin.</summary>
    /// <exception cref="FormatException">The text is no origin.</exception>
    public static Origin Parse(string text) => TryParse(text, out Origin origin) ? origin : throw new FormatException("Not an origin.");

    /// <summary>The text.</summary>
    public override string ToString() => _text ?? "";

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        if (host.Length is 0 or > 253)
        {
            return false;
        }

        if (host[0] == '[')
        {
            // An IPv6 literal must stand in its one canonical text, or two spellings would be two homes.
            return host[^1] == ']' && !host.Contains('%') && IPAddress.TryParse(host[1..^1], out IPAddress? address)
                && address.AddressFamily == AddressFamily.InterNetworkV6 && host[1..^1].SequenceEqual(address.ToString());
        }

        ReadOnlySpan<char> last = default;
        foreach (Range range in host.Split('.'))
        {
            ReadOnlySpan<char> label = host[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (char c in label)
            {
                if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
                {
                    return false;
                }
            }

            last = label;
        }

        // A host that ends in a number is an IPv4 literal to every resolver (hexadecimal and short forms too), and only its dotted-quad
        // spelling is one home.
        bool isNumber = last.IndexOfAnyExceptInRange('0', '9') < 0
            || (last.StartsWith("0x") && last[2..].IndexOfAnyExcept(HexDigits) < 0);
        return !isNumber || (IPAddress.TryParse(host, out IPAddress? ipv4) && host.SequenceEqual(ipv4.ToString()));
    }
}
