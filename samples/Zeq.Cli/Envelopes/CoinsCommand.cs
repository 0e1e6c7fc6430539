using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary><c>zeq coins</c>.</summary>
internal static class CoinsCommand
{
    private const int PageSize = 200;
    private const int MostCoins = 100_000;

    public static Command Make(CliHost host)
    {
        var status = new Option<string?>("--status") { Description = "Only coins of this status.", HelpName = "status" };
        status.AcceptOnlyFromAmong("active", "bearer", "migrated", "burned");
        Option<int?> limit = Arguments.Limit(MostCoins);
        return new ZeqCommand("coins", "List the coins that you hold at your home; 'zeq send claims' lists those of other homes.", "zeq coins --status active") { status, limit }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                int most = context.Value(limit) ?? MostCoins;
                var coins = new List<EnvelopeBody>();
                string? after = null;
                do
                {
                    EnvelopeListAnswer page = await context.WaitAsync(
                        "Reading the coins", client.Envelopes.ListAsync(context.Value(status), after, Math.Min(PageSize, most - coins.Count), ct));
                    coins.AddRange(page.Envelopes);
                    after = page.NextAfter;
                }
                while (after is not null && coins.Count < most);

                long sum = coins.Where(c => c.Status is "active" or "bearer").Sum(c => c.ValueZqt);
                context.Document(new JsonObject
                {
                    ["ok"] = true,
                    ["envelopes"] = new JsonArray([.. coins.Select(c => JsonSerializer.SerializeToNode(c, WireJson.Default.EnvelopeBody))]),
                    ["sum_value_zqt"] = sum,
                    ["next_after"] = after,
                });
                context.Table(
                    ["coin", "ZEQ>", "status", "height>", "operators"],
                    coins.Select(string?[] (c) =>
                    [
                        c.TokenId, c.ValueZqt.ToString(CultureInfo.InvariantCulture), c.StakedIn is null ? c.Status : c.Status + ", staked",
                        c.SpendSeq.ToString(CultureInfo.InvariantCulture), string.Join(' ', c.Operators),
                    ]),
                    "No coins.");
                if (coins.Count > 0)
                {
                    context.Line(string.Create(CultureInfo.InvariantCulture, $"{coins.Count} coins, {sum} ZEQ in circulation{(after is null ? "" : "; there are more")}."));
                }
            });
    }
}
