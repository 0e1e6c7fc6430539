using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Zeq.Client;

/// <summary>
/// The canonical form of an origin that a stranger named (spec 00, "Identifiers"). One home has one text, so that limits and
/// breakers cannot be passed by writing it another way; the odd notations of IPv4 (decimal, octal, short) are no origin at all.
/// </summary>
internal static class PeerOrigin
{
    private const int LongestName = 253;
    private const int LongestLabel = 63;

    /// <summary>True for <c>https://host[:port]</c>, or <c>http://…</c> where allowed, in canonical form only.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, bool allowHttp, [NotNullWhen(true)] out string? origin)
    {
        origin = null;
        if (text is null)
        {
            return false;
        }

        int defaultPort;
        ReadOnlySpan<char> authority;
        if (text.StartsWith("https://", StringComparison.Ordinal))
        {
            authority = text.AsSpan("https://".Length);
            defaultPort = 443;
        }
        else if (allowHttp && text.StartsWith("http://", StringComparison.Ordinal))
        {
            authority = text.AsSpan("http://".Length);
            defaultPort = 80;
        }
        else
        {
            return false;
        }

        if (!TrySplit(authority, out var host, out var port) || (!port.IsEmpty && !IsPort(port[1..], defaultPort)) || !IsHost(host))
        {
            return false;
        }

        origin = text;
        return true;
    }

    // port keeps its colon, so that "host:" differs from "host".
    private static bool TrySplit(ReadOnlySpan<char> authority, out ReadOnlySpan<char> host, out ReadOnlySpan<char> port)
    {
        var end = authority.StartsWith("[") ? authority.IndexOf(']') + 1 : authority.IndexOf(':');
        end = end < 0 ? authority.Length : end;
        host = authority[..end];
        port = authority[end..];
        return !host.IsEmpty && (port.IsEmpty || port[0] == ':');
    }

    private static bool IsPort(ReadOnlySpan<char> text, int defaultPort) =>
        text.Length is >= 1 and <= 5 && text[0] != '0'
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        && port is >= 1 and <= 65535 && port != defaultPort;

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        if (host[0] == '[')
        {
            var inner = host[1..^1];
            return !inner.Contains('%') && IPAddress.TryParse(inner, out var v6) && v6.AddressFamily == AddressFamily.InterNetworkV6
                && inner.SequenceEqual(v6.ToString());
        }

        // A last label that starts with a digit may be read as a number by a resolver: then the whole must be a plain IPv4.
        var last = host[(host.LastIndexOf('.') + 1)..];
        if (!last.IsEmpty && char.IsAsciiDigit(last[0]))
        {
            return IPAddress.TryParse(host, out var v4) && v4.AddressFamily == AddressFamily.InterNetwork && host.SequenceEqual(v4.ToString());
        }

        return IsName(host);
    }

    private static bool IsName(ReadOnlySpan<char> host)
    {
        if (host.Length > LongestName)
        {
            return false;
        }

        foreach (var range in host.Split('.'))
        {
            var label = host[range];
            if (label.Length is 0 or > LongestLabel || label[0] == '-' || label[^1] == '-')
            {
                return false;
            }

            foreach (var c in label)
            {
                if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')
                {
                    return false;
                }
            }
        }

        return true;
    }
}
