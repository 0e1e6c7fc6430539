using System.CommandLine;
using System.Globalization;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary><c>zeq fuel</c> and <c>zeq fuel claim</c>.</summary>
internal static class FuelCommand
{
    public static Command Make(CliHost host) => new ZeqCommand("fuel", "Show your fuel.", "zeq fuel")
    {
        new ZeqCommand("claim", "Take the day's free fuel: once per UTC day, with at most 5 free left.", "zeq fuel claim").Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            Show(context, await context.WaitAsync("Claiming", client.Fuel.ClaimAsync(null, ct)));
        }),
    }.Does(host, async (context, ct) =>
    {
        using ZeqClient client = context.Connect();
        Show(context, await context.WaitAsync("Reading the pools", client.Fuel.GetCreditsAsync(context.Zid, ct)));
    });

    public static void Show(CommandContext context, CreditsAnswer answer)
    {
        context.Document(answer, WireJson.Default.CreditsAnswer);
        context.Facts(
            ("ZID", answer.Zid), ("free", answer.FreeCredits.ToString(CultureInfo.InvariantCulture)), ("burn", answer.BurnCredits.ToString(CultureInfo.InvariantCulture)),
            ("paid", answer.PaidCredits.ToString(CultureInfo.InvariantCulture)), ("in all", answer.Balance.ToString(CultureInfo.InvariantCulture)));
    }
}
