using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>
/// The receipt and ticket that the recipient imports (spec 10 §5), as the body of the import. Whoever reads the ticket can move the coin,
/// so the file is the sender's alone.
/// </summary>
internal static class ReceiptFile
{
    private const int MaxSizeBytes = 16 << 10;

    public static Option<string?> Out() => new("--out", "-o") { Description = "The receipt file; must not exist. Default <token>-<height>.receipt.json.", HelpName = "file" };

    /// <summary>Begins the file before the coin moves, so that a receipt always has a place.</summary>
    public static PrivateFile.Pending Begin(string? path)
    {
        if (path is not null && File.Exists(path))
        {
            throw CliException.Misuse($"{path} exists already.", "FILE");
        }

        // A name of token and height holds one receipt whoever writes it again, so a repeated send may replace it.
        return PrivateFile.Begin(path ?? "receipt.json", mayReplace: path is null);
    }

    /// <summary>Writes the file where there is a ticket; answers its name.</summary>
    public static string? Finish(PrivateFile.Pending? file, string? path, ReceiptBody receipt, string? ticket)
    {
        if (ticket is null || file is null)
        {
            return null;
        }

        if (path is null)
        {
            file.Rename(string.Create(CultureInfo.InvariantCulture, $"{TokenId.Parse(receipt.TokenId)}-{receipt.SpendSeq}.receipt.json"));
        }

        var body = new ImportRequest(
            receipt.TokenId, receipt.From, receipt.To, receipt.ToOrigin, receipt.SpendSeq, receipt.Zeqond, receipt.HomeOrigin, receipt.Mac, ticket);
        file.Commit(JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Default.ImportRequest));
        return file.Name;
    }

    /// <summary>Reads a receipt file.</summary>
    public static ImportRequest Read(CommandContext context, string path)
    {
        ImportRequest? body = null;
        try
        {
            body = JsonSerializer.Deserialize(SmallFile.Read(context, path, MaxSizeBytes), WireJson.Default.ImportRequest);
        }
        catch (JsonException)
        {
            // Said below; the parser's words could quote the ticket.
        }

        return body is not null
            && TokenId.TryParse(body.TokenId, out _) && Zid.TryParse(body.From, out _) && Zid.TryParse(body.To, out _)
            && Origin.TryParse(body.ToOrigin, out _) && Origin.TryParse(body.HomeOrigin, out _)
            && Hex.IsLowerHex(body.Mac, 64) && Hex.IsLowerHex(body.ClaimTicket, 64)
            ? body
            : throw CliException.Misuse($"{path} is no receipt with its ticket.", "INVALID_RECEIPT");
    }
}
