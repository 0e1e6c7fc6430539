using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq chain explore|validate|export|watch|event|state|erase</c>.</summary>
internal static class ChainCommand
{
    public static Command Make(CliHost host) => new ZeqCommand("chain", "Read, check and write the chain of a machine.", "zeq chain explore")
    {
        Explore(host), ChainValidateCommand.Make(host), ChainExportCommand.Make(host), ChainWatchCommand.Make(host), Event(host), ChainWriteCommands.State(host),
        ChainWriteCommands.Erase(host),
    };

    private static ZeqCommand Explore(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        Option<long?> after = Arguments.Number("--after", "Rows after this one.");
        Option<long?> from = Arguments.Number("--from", "From this Zeqond on.");
        Option<long?> to = Arguments.Number("--to", "Up to this Zeqond.");
        var type = new Option<string?>("--type") { Description = "Rows of this type alone.", HelpName = "type" };
        Option<int?> limit = Arguments.Limit(500);
        Option<Origin?> origin = Arguments.Origin("--origin", "The home of a public machine; the profile's where absent.");
        return new ZeqCommand("explore", "List rows of a chain, oldest first.", "zeq chain explore --type transfer_out --limit 20") { machine, after, from, to, type, limit, origin }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = Reader(context, context.Value(origin));
                ExploreAnswer answer = await context.WaitAsync(
                    "Reading the chain",
                    client.Chain.ExploreAsync(
                        MachineCommand.Of(context, machine), context.Value(from), context.Value(to), context.Value(type), context.Value(after), context.Value(limit), ct));
                context.Document(answer, WireJson.Default.ExploreAnswer);
                context.Table(
                    ["row>", "Zeqond>", "type", "state hash", "by", "payload"],
                    answer.Rows.Select(string?[] (r) =>
                    [
                        r.Seq.ToString(CultureInfo.InvariantCulture), r.Zeqond.ToString(CultureInfo.InvariantCulture), r.Type, Short(r.StateHash), r.ActorZid,
                        r.Payload is { } payload ? Clip(payload.GetRawText()) : null,
                    ]),
                    "No rows.");
                if (answer.NextAfter is { } next)
                {
                    context.Line(string.Create(CultureInfo.InvariantCulture, $"There is more: zeq chain explore {answer.Slug} --after {next}"));
                }
            });
    }

    private static ZeqCommand Event(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        var type = new Option<string?>("--type") { Description = "The row's type: a-z, 0-9 and _ . -, at most 64.", HelpName = "type" };
        var payload = new Option<string?>("--payload") { Description = "The payload, JSON; '-' reads it from stdin.", HelpName = "json" };
        Option<string?> hash = Arguments.Hex64("--hash", "Write only this hash of a payload that you keep.");
        var isPublic = new Option<bool>("--public") { Description = "Let anyone read the payload." };
        return new ZeqCommand("event", "Write a row.", """zeq chain event --type note --payload '{"text":"hello"}'""")
        {
            machine, type, payload, hash, isPublic, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            JsonElement? content = PayloadOf(context, context.Value(payload));
            if ((content is null) == (context.Value(hash) is null))
            {
                throw CliException.Misuse("Give either --payload or --hash.");
            }

            using ZeqClient client = context.Connect();
            EventAnswer answer = await context.WaitAsync(
                "Writing",
                client.Chain.WriteEventAsync(
                    MachineCommand.Of(context, machine), new EventRequest(context.Value(type), content, context.Value(hash), context.Value(isPublic)),
                    context.Value(GlobalOptions.IdempotencyKey), ct));
            context.Document(answer, WireJson.Default.EventAnswer);
            context.Facts(
                ("row", answer.Seq.ToString(CultureInfo.InvariantCulture)), ("Zeqond", answer.Zeqond.ToString(CultureInfo.InvariantCulture)),
                ("transition", answer.TransitionId), ("state hash", answer.StateHash));
        });
    }

    /// <summary>A client of a public chain elsewhere without the key, of the own home with it.</summary>
    public static ZeqClient Reader(CommandContext context, Origin? origin) =>
        origin is { } other && (context.ProfileOrNull is not { } profile || profile.Origin != other) ? context.ConnectOpenly(other) : context.Connect();

    private static JsonElement? PayloadOf(CommandContext context, string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            byte[] bytes = text == "-" ? SmallFile.Read(context, "-", 256 << 10) : System.Text.Encoding.UTF8.GetBytes(text);

            // What has no canonical form cannot be hashed, and the home would refuse it.
            _ = Jcs.Canonicalize(bytes);
            using JsonDocument document = JsonDocument.Parse(bytes);
            return document.RootElement.Clone();
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            throw CliException.Misuse("The payload is no JSON, or names a member twice.", "INVALID_JSON");
        }
    }

    public static string Short(string? hash) => hash is { Length: > 16 } ? hash[..16] + "…" : hash ?? "";

    public static string Clip(string text) => text.Length <= 120 ? text : text[..119] + "…";
}
