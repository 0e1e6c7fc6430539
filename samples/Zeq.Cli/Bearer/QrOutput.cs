using System.CommandLine;
using System.Text.Json.Nodes;

namespace Zeq.Cli;

/// <summary>Where a QR code goes: a new file, or the screen.</summary>
internal static class QrOutput
{
    private const string Terminal = "terminal";

    public static Option<string?> Kind(string name, string description)
    {
        var kind = new Option<string?>(name) { Description = description, HelpName = "png|svg|terminal" };
        kind.AcceptOnlyFromAmong("png", "svg", Terminal);
        return kind;
    }

    /// <summary>Writes a link's QR code; answers the file's name, or null where it went to the screen.</summary>
    public static string? Write(CommandContext context, JsonObject document, string link, string kind, string? path)
    {
        if (kind == Terminal)
        {
            bool hasColours = !context.IsJson && context.Host.IsOutputTerminal && string.IsNullOrEmpty(context.Host.Environment("NO_COLOR"));
            string[] lines = [.. QrImage.Lines(link, hasColours)];
            document["qr"] = new JsonArray([.. lines.Select(line => (JsonNode)line)]);
            if (!context.IsJson)
            {
                foreach (string line in lines)
                {
                    context.Host.Out.WriteLine(line);
                }
            }

            return null;
        }

        using PrivateFile.Pending file = PrivateFile.Begin(path!, mayReplace: false);
        file.Commit(kind == "png" ? QrImage.Png(link) : QrImage.Svg(link));
        document["qr_file"] = file.Name;
        context.Facts(("QR code", file.Name));
        return file.Name;
    }
}
