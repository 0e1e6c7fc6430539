using System.CommandLine;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq bearer link</c>, <c>qr</c> and <c>ndef</c>: a locked coin in the forms in which it is handed over.</summary>
internal static class LinkCommand
{
    public static ZeqCommand MakeLink(CliHost host)
    {
        var source = new Source();
        return new ZeqCommand("link", "Write a locked coin as a link.", "zeq bearer link coin.ZEQ --home https://a.example") { source.Given, source.Home, source.PinFile }
            .Does(host, async (context, ct) =>
            {
                string link = await source.LinkAsync(context, ct);
                context.Document(new JsonObject { ["ok"] = true, ["link"] = link });
                if (!context.IsJson)
                {
                    // As one line, however long: a wrapped link is a broken one.
                    context.Host.Out.WriteLine(link);
                }
            });
    }

    public static ZeqCommand MakeQr(CliHost host)
    {
        var source = new Source();
        Option<string?> kind = QrOutput.Kind("--format", "What to draw; by the ending of --out where absent, else for the terminal.");
        var output = new Option<string?>("--out", "-o") { Description = "The image; must not exist.", HelpName = "file" };
        return new ZeqCommand("qr", "Draw a locked coin's link as a QR code.", "zeq bearer qr coin.ZEQ --home https://a.example -o coin.svg")
        {
            source.Given, source.Home, source.PinFile, kind, output,
        }.Does(host, async (context, ct) =>
        {
            string? path = context.Value(output);
            string chosen = context.Value(kind) ?? (path is null ? "terminal" : Path.GetExtension(path).ToUpperInvariant() switch
            {
                ".SVG" => "svg",
                ".PNG" => "png",
                _ => throw CliException.Misuse("A QR code is a .svg or a .png; or give --format."),
            });
            if (chosen == "terminal" != path is null)
            {
                throw CliException.Misuse(path is null ? "An image needs --out." : "What is for the terminal has no --out.");
            }

            string link = await source.LinkAsync(context, ct);
            var document = new JsonObject { ["ok"] = true, ["link"] = link };
            QrOutput.Write(context, document, link, chosen, path);
            context.Document(document);
        });
    }

    public static ZeqCommand MakeNdef(CliHost host)
    {
        var source = new Source();
        var output = new Option<string>("--out", "-o") { Description = "The file for the NDEF message; must not exist.", HelpName = "file", Required = true };
        return new ZeqCommand("ndef", "Write a locked coin's link as an NDEF message for an NFC tag.", "zeq bearer ndef coin.ZEQ --home https://a.example -o coin.ndef")
        {
            source.Given, source.Home, source.PinFile, output,
        }.Does(host, async (context, ct) =>
        {
            byte[] message = NdefUri.Encode(await source.LinkAsync(context, ct));
            using PrivateFile.Pending file = PrivateFile.Begin(context.Value(output)!, mayReplace: false);
            file.Commit(message);
            context.Document(new JsonObject { ["ok"] = true, ["file"] = file.Name, ["size_bytes"] = message.Length });
            context.Facts(("NDEF message", file.Name), ("size", $"{message.Length} bytes"));
        });
    }

    /// <summary>A locked coin, and the home that its link is to name.</summary>
    private sealed class Source
    {
        public Argument<string> Given { get; } = CoinFile.Argument();

        public Option<Origin?> Home { get; } = Arguments.Origin("--home", "The coin's home; where absent the file is opened to learn it, and the PIN is asked for.");

        public Option<string?> PinFile { get; } = PinPrompt.PinFile();

        public async Task<string> LinkAsync(CommandContext context, CancellationToken ct)
        {
            CoinFile file = CoinFile.Read(context, context.Value(Given)!);
            Origin? home = file.Issuer ?? context.Value(Home);
            if (home is null)
            {
                using BearerCoin coin = await file.OpenAsync(context, context.Value(PinFile), ct);
                home = coin.Claim.HomeOrigin;
            }

            return CoinLink.Of(home.Value, file.Bytes);
        }
    }
}
