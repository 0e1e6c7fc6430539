using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// A read ticket for the stream of one machine: what a browser, which can send no key with a stream, puts into the address instead
/// (spec 20 §2). It lives 60 seconds, names the key that it stands for, and is sealed under the field key, so that every node of the home
/// opens it and nobody else (spec 05 rule 27).
/// </summary>
internal static class ExploreTicket
{
    /// <summary>How long a stream can be opened with it, in milliseconds.</summary>
    public const long LifespanMs = 60_000;

    /// <summary>The longest text that is looked at.</summary>
    public const int MaxLength = 512;

    /// <summary>Makes a ticket.</summary>
    public static string Make(FieldSeal seal, Slug machine, string keyHash, long nowMs)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{nowMs + LifespanMs}|{keyHash}"));
        return Base64UrlText.Encode(seal.Seal(text, NameOf(machine), Zid.System.Text, 1));
    }

    /// <summary>The digest of the key that a ticket stands for; null where it is forged, over, or another machine's.</summary>
    public static string? KeyOf(FieldSeal seal, Slug machine, string ticket, long nowMs)
    {
        Span<byte> sealedText = stackalloc byte[MaxLength];
        if (ticket.Length > MaxLength || !Base64UrlText.TryDecode(ticket, sealedText, out int size) || seal.TryOpen(sealedText[..size], NameOf(machine), Zid.System.Text, 1) is not { } opened)
        {
            return null;
        }

        string[] parts = Encoding.UTF8.GetString(opened).Split('|');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long expires) && nowMs < expires && nowMs >= expires - LifespanMs
            ? parts[1]
            : null;
    }

    /// <summary>Takes the ticket out of the request, so that nothing that logs or traces it later sees one.</summary>
    public static void Strip(HttpRequest request)
    {
        if (request.Query.ContainsKey("token"))
        {
            request.QueryString = QueryString.Create(request.Query.Where(parameter => parameter.Key != "token"));
        }
    }

    private static string NameOf(Slug machine) => "chain.ticket." + machine.Text;
}
