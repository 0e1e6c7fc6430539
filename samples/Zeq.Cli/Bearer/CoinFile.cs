using System.CommandLine;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>A locked coin as it was given: a .ZEQ file, or a link, which names a home besides.</summary>
/// <param name="Bytes">The bytes of the file.</param>
/// <param name="Issuer">Whom the link names; null of a file.</param>
internal sealed record CoinFile(byte[] Bytes, Origin? Issuer)
{
    public static Argument<string> Argument() => new("file|link") { Description = "The .ZEQ file, or the coin's link; '-' takes a link from the first line of stdin." };

    /// <summary>Reads it; the answer is a file that a PIN could open.</summary>
    public static CoinFile Read(CommandContext context, string given)
    {
        string? link = given == "-" ? context.Host.In.ReadLine()?.Trim() ?? "" : given.Contains("/claim#", StringComparison.Ordinal) || given.Contains("://", StringComparison.Ordinal) ? given : null;
        CoinFile file;
        if (link is null)
        {
            file = new CoinFile(SmallFile.Read(context, given, ZeqFile.MaxSizeBytes), null);
        }
        else
        {
            CoinLinkStatus status = CoinLink.Read(link, out Origin issuer, out byte[]? bytes);
            file = status == CoinLinkStatus.Ok
                ? new CoinFile(bytes!, issuer)
                : throw CliException.Failed(CoinLink.Describe(status), status == CoinLinkStatus.UnsupportedVersion ? "UNSUPPORTED_VERSION" : "INVALID_LINK");
        }

        Require(ZeqFile.ReadHeader(file.Bytes, out _));
        return file;
    }

    /// <summary>Opens it with the PIN that is given or asked for. The coin is the caller's to dispose of.</summary>
    public async Task<BearerCoin> OpenAsync(CommandContext context, string? pinFile, CancellationToken ct)
    {
        using PinText pin = PinPrompt.Ask(context, pinFile);
        BearerCoin? coin = null;
        Require(await context.WaitAsync("Opening", Task.Run(() => ZeqFile.Open(Bytes, pin.Text, out coin, ct), ct)));
        if (Issuer is { } issuer && issuer != coin!.Claim.HomeOrigin)
        {
            Origin home = coin.Claim.HomeOrigin;
            coin.Dispose();
            throw CliException.Failed($"The link names {issuer}, but the coin is of {home}: somebody changed the link.", "INVALID_LINK");
        }

        return coin!;
    }

    private static void Require(ZeqFileStatus status)
    {
        string code = status switch
        {
            ZeqFileStatus.Ok => "",
            ZeqFileStatus.NotAZeqFile => "NOT_A_ZEQ_FILE",
            ZeqFileStatus.UnsupportedVersion => "UNSUPPORTED_VERSION",
            ZeqFileStatus.Truncated => "TRUNCATED",
            ZeqFileStatus.TooLarge => "TOO_LARGE",
            ZeqFileStatus.UnsupportedKdf => "UNSUPPORTED_KDF",
            ZeqFileStatus.CostOutOfRange => "COST_OUT_OF_RANGE",
            ZeqFileStatus.WrongPinOrDamaged => "WRONG_PIN_OR_DAMAGED",
            _ => "INVALID_COIN",
        };
        if (code.Length > 0)
        {
            throw CliException.Failed(ZeqFile.Describe(status), code);
        }
    }
}
