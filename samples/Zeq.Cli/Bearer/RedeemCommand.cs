using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq bearer redeem &lt;file|link&gt;</c> and <c>reclaim &lt;token&gt;</c>.</summary>
internal static class RedeemCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<string> given = CoinFile.Argument();
        Option<string?> pinFile = PinPrompt.PinFile();
        return new ZeqCommand("redeem", "Open a locked coin and take it into your account; its PIN is asked for.", "zeq bearer redeem coin.ZEQ") { given, pinFile, GlobalOptions.IdempotencyKey }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                CoinFile file = CoinFile.Read(context, context.Value(given)!);
                using BearerCoin coin = await file.OpenAsync(context, context.Value(pinFile), ct);
                Show(context, coin, await RedeemAsync(context, client, coin, ct));
            });
    }

    public static ZeqCommand MakeReclaim(CliHost host)
    {
        Argument<TokenId> token = Arguments.Token();
        return new ZeqCommand("reclaim", "Take an exported coin back while nobody has redeemed it; every copy of its file is void then.", "zeq bearer reclaim ZT-…")
        {
            token, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            ReclaimAnswer answer = await context.WaitAsync(
                "Reclaiming", client.Bearer.ReclaimAsync(context.Value(token), context.Value(GlobalOptions.IdempotencyKey), ct));
            context.Document(answer, WireJson.Default.ReclaimAnswer);
            context.Facts(
                ("coin", answer.TokenId), ("value", string.Create(CultureInfo.InvariantCulture, $"{answer.ValueZqt} ZEQ")),
                ("height", answer.SpendSeq.ToString(CultureInfo.InvariantCulture)), ("status", answer.Status));
        });
    }

    private static async Task<RedeemAnswer> RedeemAsync(CommandContext context, ZeqClient client, BearerCoin coin, CancellationToken ct)
    {
        try
        {
            return await context.WaitAsync($"Redeeming at {client.Origin}", client.Bearer.RedeemAsync(coin, context.Value(GlobalOptions.IdempotencyKey), ct));
        }
        catch (ZeqApiException e) when (e.Status == 502)
        {
            context.Note("Whether the coin left its home is not known yet; your home goes on asking, and the same command again tells.");
            throw;
        }
    }

    private static void Show(CommandContext context, BearerCoin coin, RedeemAnswer answer)
    {
        context.Document(answer, WireJson.Default.RedeemAnswer);
        context.Facts(
            ("coin", answer.TokenId), ("value", string.Create(CultureInfo.InvariantCulture, $"{answer.ValueZqt} ZEQ")), ("home", answer.HomeOrigin),
            ("height", answer.SpendSeq.ToString(CultureInfo.InvariantCulture)), ("status", answer.Status), ("minted for", answer.MigratedFrom));
        if (answer.MigratedFrom is not null)
        {
            context.Line($"The coin of {coin.Claim.HomeOrigin} is gone there; your home minted one of the same value.");
        }
    }
}
