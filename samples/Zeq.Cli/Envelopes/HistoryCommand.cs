using System.CommandLine;
using System.Globalization;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary><c>zeq history</c>.</summary>
internal static class HistoryCommand
{
    public static Command Make(CliHost host)
    {
        Option<int?> limit = Arguments.Limit(200);
        var before = new Option<string?>("--before") { Description = "Go on where an earlier page ended (its next_after).", HelpName = "place" };
        return new ZeqCommand("history", "List the moves that you gave or received, newest first.", "zeq history --limit 20") { limit, before }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            HistoryAnswer answer = await context.WaitAsync("Reading the history", client.Envelopes.GetHistoryAsync(context.Value(before), context.Value(limit), ct));
            context.Document(answer, WireJson.Default.HistoryAnswer);
            context.Table(
                ["Zeqond>", "kind", "coin", "from", "to", "height>"],
                answer.History.Select(string?[] (m) =>
                [
                    m.Zeqond.ToString(CultureInfo.InvariantCulture), m.Kind, m.TokenId, $"{m.From} @ {m.FromOrigin}", $"{m.To} @ {m.ToOrigin}",
                    m.SpendSeq.ToString(CultureInfo.InvariantCulture),
                ]),
                "Nothing moved yet.");
            if (answer.NextAfter is { } next)
            {
                context.Line($"There is more: zeq history --before {next}");
            }
        });
    }
}
