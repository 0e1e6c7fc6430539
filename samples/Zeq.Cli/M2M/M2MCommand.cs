using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq m2m audit</c>: whether the handshakes of two machines took place as their chains say.</summary>
internal static class M2MCommand
{
    public static Command Make(CliHost host)
    {
        Argument<string> first = Chain("first", "A machine's chain, URL/machine."), second = Chain("second", "The other one's.");
        Option<string?> firstKey = Arguments.Hex64("--first-key", "The first machine's key that you pinned; the one that its home shows where absent.");
        Option<string?> secondKey = Arguments.Hex64("--second-key", "The second machine's.");
        return new ZeqCommand("m2m", "Handshakes of machines.", "zeq m2m audit https://a.example/alice https://b.example/bob")
        {
            new ZeqCommand("audit", "Walk two chains, and check that their handshakes tie up.", "zeq m2m audit https://a.example/alice https://b.example/bob") { first, second, firstKey, secondKey }
                .Does(host, async (context, ct) =>
                {
                    M2MChain a = await ReadAsync(context, first, firstKey, ct), b = await ReadAsync(context, second, secondKey, ct);
                    M2MAudit audit = M2MAuditor.Audit(a, b);
                    if (audit.Suspect is { } suspect)
                    {
                        string step = suspect.Step is { } at ? $", at the step {at}" : "";
                        throw CliException.Failed(
                            string.Create(CultureInfo.InvariantCulture, $"The handshake is suspect: row {suspect.Seq} of {suspect.OriginId}{step}: {suspect.Reason}."), "SUSPECT");
                    }

                    context.Document(new JsonObject
                    {
                        ["ok"] = true,
                        ["suspect"] = null,
                        ["sessions"] = new JsonArray([.. audit.Sessions.Select(JsonNode (s) => new JsonObject
                        {
                            ["session_id"] = s.SessionId, ["initiator"] = s.Initiator, ["responder"] = s.Responder, ["proposed_zeqond"] = s.Proposed.Value, ["active_zeqond"] = s.Active.Value,
                        })]),
                    });
                    context.Table(
                        ["session", "initiator", "responder", "proposed>", "active>"],
                        audit.Sessions.Select(string?[] (s) => [s.SessionId, s.Initiator, s.Responder, s.Proposed.ToString(), s.Active.ToString()]),
                        "No handshake of these two.");
                    if (context.Value(firstKey) is null || context.Value(secondKey) is null)
                    {
                        context.Line("A key that was not given is the one that the machine's home shows: that home could have made its rows up.");
                    }
                }),
        };
    }

    private static async Task<M2MChain> ReadAsync(CommandContext context, Argument<string> chain, Option<string?> key, CancellationToken ct)
    {
        (Origin origin, Slug slug) = Parse(context.Value(chain)!)!.Value;
        using ZeqClient client = ChainCommand.Reader(context, origin);
        return await context.WaitAsync($"Reading {slug}", M2MChains.ReadAsync(client, slug, context.Value(key), ct));
    }

    private static Argument<string> Chain(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description, HelpName = "URL/machine" };
        argument.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is not { } text || Parse(text) is null)
            {
                result.AddError("A chain is given as the home's origin, a slash and the machine: https://a.example/alice");
            }
        });
        return argument;
    }

    private static (Origin Origin, Slug Slug)? Parse(string text)
    {
        int slash = text.LastIndexOf('/');
        return slash > 0 && Origin.TryParse(text[..slash], out Origin origin) && Slug.TryParse(text[(slash + 1)..], out Slug slug) ? (origin, slug) : null;
    }
}
