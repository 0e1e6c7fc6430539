using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>How a coin is locked, and in which forms it is handed out: what <c>export</c> and <c>seal</c> share.</summary>
internal sealed class LockOptions
{
    private readonly Option<string?> _output = new("--out", "-o") { Description = "The .ZEQ file; must not exist. Default <token>-<height>.ZEQ.", HelpName = "file" };
    private readonly Option<bool> _generate = PinPrompt.Generate();
    private readonly Option<string?> _pinFile = PinPrompt.PinFile();
    private readonly Option<string?> _kdf = new("--kdf") { Description = "How the key is made of the PIN; argon2id where absent.", HelpName = "argon2id|pbkdf2" };
    private readonly Option<long?> _cost = Arguments.Number("--cost", "Work for each guess: KiB of argon2id, iterations of pbkdf2.", least: 1);
    private readonly Option<string?> _qr = QrOutput.Kind("--qr", "Also draw the link as a QR code; an image goes beside the file.");

    public LockOptions() => _kdf.AcceptOnlyFromAmong("argon2id", "pbkdf2");

    public IEnumerable<Option> All => [_output, _generate, _pinFile, _kdf, _cost, _qr];

    /// <summary>Everything that can go wrong before the coin is at stake: the PIN is chosen, the cost is checked, the file has its place.</summary>
    public Prepared Prepare(CommandContext context)
    {
        ZeqFileKdf kdf = context.Value(_kdf) == "pbkdf2" ? ZeqFileKdf.Pbkdf2 : ZeqFileKdf.Argon2id;
        long cost = context.Value(_cost) ?? ZeqFileCost.DefaultOf(kdf);
        if (!ZeqFileCost.IsAccepted(kdf, cost))
        {
            throw CliException.Misuse(kdf == ZeqFileKdf.Argon2id
                ? string.Create(CultureInfo.InvariantCulture, $"argon2id takes {ZeqFileCost.MinMemoryKib} to {ZeqFileCost.MaxMemoryKib} KiB.")
                : string.Create(CultureInfo.InvariantCulture, $"pbkdf2 takes {ZeqFileCost.MinIterations} to {ZeqFileCost.MaxIterations} iterations."));
        }

        string? path = context.Value(_output);
        string? qr = context.Value(_qr);
        foreach (string? file in (string?[])[path, path is not null && qr is "png" or "svg" ? Path.ChangeExtension(path, qr) : null])
        {
            if (file is not null && File.Exists(file))
            {
                throw CliException.Misuse($"{file} exists already.", "FILE");
            }
        }

        PinText pin = PinPrompt.Choose(context, context.Value(_pinFile), context.Value(_generate));
        try
        {
            // A name of token and height holds one coin whoever locks it again, so a repeated export may replace it.
            return new Prepared(pin, kdf, (int)cost, PrivateFile.Begin(path ?? "coin" + ZeqFile.Extension, mayReplace: path is null), path is null, qr);
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    /// <summary>A PIN, a cost and a file that wait for their coin.</summary>
    public sealed record Prepared(PinText Pin, ZeqFileKdf Kdf, int Cost, PrivateFile.Pending File, bool IsNamedByCoin, string? Qr) : IDisposable
    {
        /// <summary>Locks the coin and writes it; says so.</summary>
        public async Task LockAsync(CommandContext context, BearerCoin coin, CancellationToken ct)
        {
            byte[] bytes = await context.WaitAsync("Locking", Task.Run(() => ZeqFile.Seal(coin, Pin.Text, Kdf, Cost, ct), ct));
            if (IsNamedByCoin)
            {
                File.Rename(string.Create(CultureInfo.InvariantCulture, $"{coin.Claim.TokenId}-{coin.SpendSeq}{ZeqFile.Extension}"));
            }

            File.Commit(bytes);
            EnvelopeClaim claim = coin.Claim;
            string link = CoinLink.Of(claim.HomeOrigin, bytes);
            var document = new JsonObject
            {
                ["ok"] = true, ["token_id"] = claim.TokenId.Text, ["value_zqt"] = claim.ValueZqt, ["home_origin"] = claim.HomeOrigin.Text, ["spend_seq"] = coin.SpendSeq,
                ["file"] = File.Name, ["link"] = link,
            };
            context.Document(document);
            context.Facts(
                ("coin", claim.TokenId.Text), ("value", string.Create(CultureInfo.InvariantCulture, $"{claim.ValueZqt} ZEQ")), ("home", claim.HomeOrigin.Text), ("file", File.Name));
            PinPrompt.Tell(context, document, Pin);
            context.Line("Until it is redeemed, who exported it can take it back with 'zeq bearer reclaim'.");
            if (Qr is not null)
            {
                QrOutput.Write(context, document, link, Qr, Path.ChangeExtension(File.Name, Qr));
            }
        }

        public void Dispose()
        {
            Pin.Dispose();
            File.Dispose();
        }
    }
}
