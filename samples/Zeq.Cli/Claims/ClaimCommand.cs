using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq claim import</c> and <c>zeq claim refresh</c>.</summary>
internal static class ClaimCommand
{
    public static Command Make(CliHost host)
    {
        var file = new Argument<string>("receipt.json") { Description = "The receipt file that the sender gave you; '-' is stdin." };
        Argument<TokenId> token = Arguments.Token();
        Option<Origin?> home = ClaimPages.HomeOrigin();
        return new ZeqCommand("claim", "Take in, and look after, coins of other homes.", "zeq claim import coin.receipt.json")
        {
            new ZeqCommand("import", "Take in a coin of another home with the sender's receipt file.", "zeq claim import coin.receipt.json") { file, GlobalOptions.IdempotencyKey }
                .Does(host, async (context, ct) =>
                {
                    ImportRequest receipt = ReceiptFile.Read(context, context.Value(file)!);
                    using ZeqClient client = context.Connect();
                    Show(context, await context.WaitAsync("Importing", client.Claims.ImportAsync(receipt, context.Value(GlobalOptions.IdempotencyKey), ct)));
                }),
            new ZeqCommand("refresh", "Ask a coin's home how your claim stands.", "zeq claim refresh ZT-…") { token, home }.Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                Show(context, await context.WaitAsync("Asking the coin's home", client.Claims.RefreshAsync(context.Value(token), context.Value(home), ct)));
            }),
        };
    }

    private static void Show(CommandContext context, ClaimAnswer answer)
    {
        context.Document(answer, WireJson.Default.ClaimAnswer);
        ClaimBody claim = answer.Claim;
        context.Facts(
            ("coin", claim.TokenId), ("value", string.Create(CultureInfo.InvariantCulture, $"{claim.ValueZqt} ZEQ")), ("home", claim.HomeOrigin),
            ("issuer", claim.Issuer == "trusted" ? "trusted by your home" : "unknown to your home; the value is what that home says"),
            ("height", claim.SpendSeq.ToString(CultureInfo.InvariantCulture)), ("status", claim.Status == "held" ? "held: the payment is final at its home" : claim.Status));
    }
}
