using System.CommandLine;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq supply</c>.</summary>
internal static class SupplyCommand
{
    public static Command Make(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        return new ZeqCommand("supply", "Show the sums over all coins of a home.", "zeq supply --origin https://a.example") { origin }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.ConnectOpenly(context.Value(origin));
            SupplyAnswer s = await context.WaitAsync("Asking", client.Envelopes.GetSupplyAsync(ct));
            context.Document(s, WireJson.Default.SupplyAnswer);
            context.Facts(
                ("minted", Zeq(s.Minted)), ("burned", Zeq(s.Burned)), ("migrated out", Zeq(s.MigratedOut)), ("migrated in", Zeq(s.MigratedIn)),
                ("in circulation", $"{Zeq(s.InCirculation)} (active {s.Active.ToString(CultureInfo.InvariantCulture)}, bearer {s.Bearer.ToString(CultureInfo.InvariantCulture)})"),
                ("as of Zeqond", s.AsOfZeqond.ToString(CultureInfo.InvariantCulture)));
        });
    }

    private static string Zeq(long value) => string.Create(CultureInfo.InvariantCulture, $"{value} ZEQ");
}
