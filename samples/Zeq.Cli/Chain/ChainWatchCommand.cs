using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq chain watch</c>: rows as they land. With --json each row is a line of its own: a stream has no one document.</summary>
internal static class ChainWatchCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        Option<long?> after = Arguments.Number("--after", "Begin with the rows after this one; 0 for all. Without it: what lands from now on.");
        Option<long?> count = Arguments.Number("--count", "Stop after so many rows.", 1);
        Option<Origin?> origin = Arguments.Origin("--origin", "The home of a public machine; the profile's where absent.");
        return new ZeqCommand("watch", "Show rows as they land, until Ctrl+C; a broken line is taken up where it broke.", "zeq chain watch --after 0") { machine, after, count, origin }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = ChainCommand.Reader(context, context.Value(origin));
                long left = context.Value(count) ?? long.MaxValue;
                await foreach (ChainRowBody row in client.Chain.WatchAsync(MachineCommand.Of(context, machine), context.Value(after), ct))
                {
                    await context.Host.Out.WriteLineAsync(context.IsJson ? JsonSerializer.Serialize(row, WireJson.Default.ChainRowBody) : Line(row));
                    await context.Host.Out.FlushAsync(ct);
                    if (--left == 0)
                    {
                        break;
                    }
                }

                context.WasStreamed = true;
            });
    }

    private static string Line(ChainRowBody row) => SafeText.Sentence(string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Seq}  {row.Zeqond}  {row.Type}  {ChainCommand.Short(row.StateHash)}  {row.ActorZid ?? "-"}  {(row.Payload is { } payload ? ChainCommand.Clip(payload.GetRawText()) : "")}"));
}
