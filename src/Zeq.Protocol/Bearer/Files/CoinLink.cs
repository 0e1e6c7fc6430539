using System.Diagnostics.CodeAnalysis;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>What became of reading a coin's link.</summary>
public enum CoinLinkStatus
{
    /// <summary>It is read.</summary>
    Ok,

    /// <summary>This is no link of a coin.</summary>
    NotALink,

    /// <summary>The link names another version than 2.</summary>
    UnsupportedVersion,

    /// <summary>What stands before <c>/claim#</c> is no origin in its one spelling.</summary>
    InvalidOrigin,

    /// <summary>The link is longer than any.</summary>
    TooLong,

    /// <summary>What the link carries is not base64url without padding: it was cut or changed.</summary>
    Damaged,
}

/// <summary>
/// The link of a coin (spec 10 §6): <c>https://&lt;issuer&gt;/claim#zeqcoin:v2:&lt;base64url of the .ZEQ bytes&gt;</c>. A browser sends no fragment to a server. The PIN still
/// locks the coin, and the issuer of a link proves nothing before the coin is open: then it must be the coin's home.
/// </summary>
public static class CoinLink
{
    private const string Path = "/claim#";
    private const string Scheme = "zeqcoin:";
    private const string Version = "v2:";

    /// <summary>The longest link, in characters.</summary>
    public const int MaxLength = Origin.MaxLength + 7 + 8 + 3 + (((ZeqFile.MaxSizeBytes * 4) + 2) / 3);

    /// <summary>The link of a file.</summary>
    /// <param name="issuer">The coin's home.</param>
    /// <param name="file">The bytes of a <c>.ZEQ</c> file.</param>
    /// <exception cref="ArgumentException">The bytes are no <c>.ZEQ</c> file that could be opened.</exception>
    public static string Of(Origin issuer, ReadOnlySpan<byte> file) => ZeqFile.ReadHeader(file, out _) == ZeqFileStatus.Ok
        ? string.Concat(issuer.Text, Path, Scheme + Version, Base64UrlText.Encode(file))
        : throw new ArgumentException("These bytes are no .ZEQ file.", nameof(file));

    /// <summary>Reads a link. Its file is judged by <see cref="ZeqFile"/>, not here.</summary>
    /// <param name="text">A text from outside.</param>
    /// <param name="issuer">Whom the link names.</param>
    /// <param name="file">The bytes it carries.</param>
    public static CoinLinkStatus Read(string? text, out Origin issuer, [NotNullWhen(true)] out byte[]? file)
    {
        (issuer, file) = (default, null);
        int path = text?.IndexOf(Path + Scheme, StringComparison.Ordinal) ?? -1;
        if (text is null || path < 0)
        {
            return CoinLinkStatus.NotALink;
        }

        ReadOnlySpan<char> rest = text.AsSpan(path + Path.Length + Scheme.Length);
        if (!rest.StartsWith(Version, StringComparison.Ordinal))
        {
            return rest.StartsWith("v", StringComparison.Ordinal) ? CoinLinkStatus.UnsupportedVersion : CoinLinkStatus.NotALink;
        }

        if (text.Length > MaxLength)
        {
            return CoinLinkStatus.TooLong;
        }

        if (!Origin.TryParse(text[..path], out Origin origin))
        {
            return CoinLinkStatus.InvalidOrigin;
        }

        byte[] bytes = new byte[ZeqFile.MaxSizeBytes];
        if (!Base64UrlText.TryDecode(rest[Version.Length..], bytes, out int size) || size == 0)
        {
            return CoinLinkStatus.Damaged;
        }

        (issuer, file) = (origin, bytes[..size]);
        return CoinLinkStatus.Ok;
    }

    /// <summary>A sentence for the person who has the link.</summary>
    public static string Describe(CoinLinkStatus status) => status switch
    {
        CoinLinkStatus.Ok => "The link is good.",
        CoinLinkStatus.NotALink => "This is no link of a coin.",
        CoinLinkStatus.UnsupportedVersion => "This link is of a version that this software does not know.",
        CoinLinkStatus.InvalidOrigin => "This link names no home.",
        CoinLinkStatus.TooLong => "This link is longer than one can be.",
        _ => "This link is cut or damaged.",
    };
}
