using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq bearer inspect &lt;file|link&gt;</c>: what a locked coin shows without its PIN.</summary>
internal static class InspectCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<string> given = CoinFile.Argument();
        return new ZeqCommand("inspect", "Show what a locked coin shows without its PIN.", "zeq bearer inspect coin.ZEQ") { given }.Does(host, (context, _) =>
        {
            CoinFile file = CoinFile.Read(context, context.Value(given)!);
            ZeqFile.ReadHeader(file.Bytes, out ZeqFileHeader header);
            string kdf = header.Kdf == ZeqFileKdf.Argon2id ? "argon2id" : "pbkdf2-hmac-sha-512";
            var document = new JsonObject { ["ok"] = true, ["version"] = BearerCoin.Version, ["kdf"] = kdf, ["cost"] = header.Cost, ["size_bytes"] = file.Bytes.Length };
            if (file.Issuer is { } issuer)
            {
                document["link_origin"] = issuer.Text;
            }

            context.Document(document);
            context.Facts(
                ("version", BearerCoin.Version.ToString(CultureInfo.InvariantCulture)), ("key from", kdf),
                ("work", string.Create(CultureInfo.InvariantCulture, $"{header.Cost} {(header.Kdf == ZeqFileKdf.Argon2id ? "KiB" : "iterations")}")),
                ("size", string.Create(CultureInfo.InvariantCulture, $"{file.Bytes.Length} bytes")), ("link names", file.Issuer?.Text));
            context.Line("Nothing of this is proven before the file is open.");
            return Task.CompletedTask;
        });
    }
}
