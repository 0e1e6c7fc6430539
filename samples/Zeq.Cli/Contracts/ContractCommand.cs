using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq contract deploy|import|export|list|show|transition|dry-run|verify|pause|resume|templates</c>.</summary>
internal static class ContractCommand
{
    private const string Id = "019ab2c4-0000-7000-8000-000000000000";
    private const int MaxFileBytes = 256 * 1024;

    public static Command Make(CliHost host) => new ZeqCommand("contract", "Contracts on a machine: states, who may move them, and what moves them by itself.", $"zeq contract transition {Id} funded")
    {
        Deploy(host), Import(host), Export(host), List(host), Show(host), Transition(host), DryRun(host), Verify(host), Pause(host, true), Pause(host, false), Templates(host),
    };

    private static ZeqCommand Deploy(CliHost host)
    {
        Option<Slug?> machine = Machine();
        var file = new Argument<string?>("file") { Description = "The definition, a JSON file; '-' reads it from stdin.", Arity = ArgumentArity.ZeroOrOne };
        var template = new Option<string?>("--template") { Description = "A template instead of a file; 'zeq contract templates' lists them.", HelpName = "name" };
        Option<JsonElement?> parameters = Json("--params", "Values of its context, a JSON object.");
        return new ZeqCommand("deploy", "Deploy a contract.", """zeq contract deploy --template subscription --params '{"subscriber":"ZEQ07000000001","provider":"ZEQ07000000002"}'""")
        {
            file, template, parameters, machine, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            if (context.Value(file) is null == context.Value(template) is null)
            {
                throw CliException.Misuse("Say what to deploy: either a file or --template.");
            }

            string? key = context.Value(GlobalOptions.IdempotencyKey);
            using ZeqClient client = context.Connect();
            if (context.Value(template) is { } name)
            {
                Tell(context, await context.WaitAsync("Deploying", client.Contracts.DeployTemplateAsync(On(context, machine), new TemplateRequest(name, context.Value(parameters)), key, ct)));
                return;
            }

            var request = new ContractImportRequest(DefinitionOf(context, context.Value(file)!), context.Value(parameters));
            Tell(context, await context.WaitAsync("Deploying", client.Contracts.ImportAsync(On(context, machine), request, key, ct)));
        });
    }

    private static ZeqCommand Import(CliHost host)
    {
        Option<Slug?> machine = Machine();
        var file = new Argument<string>("file") { Description = "What 'zeq contract export' wrote; '-' reads it from stdin." };
        return new ZeqCommand("import", "Deploy what was exported; the contract begins anew.", "zeq contract import escrow.json") { file, machine, GlobalOptions.IdempotencyKey }
            .Does(host, async (context, ct) =>
            {
                JsonElement exported = DefinitionOf(context, context.Value(file)!);
                if (!exported.TryGetProperty("definition", out JsonElement definition))
                {
                    throw CliException.Misuse("The file holds no exported contract: it has no member 'definition'.");
                }

                var request = new ContractImportRequest(definition, exported.TryGetProperty("params", out JsonElement values) ? values : null);
                using ZeqClient client = context.Connect();
                Tell(context, await context.WaitAsync("Importing", client.Contracts.ImportAsync(On(context, machine), request, context.Value(GlobalOptions.IdempotencyKey), ct)));
            });
    }

    private static ZeqCommand Export(CliHost host)
    {
        Option<Slug?> machine = Machine();
        Argument<Guid> id = Contract();
        return new ZeqCommand("export", "Print a contract's definition and the values of its context, as JSON.", $"zeq contract export {Id} --json > contract.json") { id, machine }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                ContractExportAnswer answer = await context.WaitAsync("Asking", client.Contracts.ExportAsync(On(context, machine), context.Value(id), ct));
                context.Document(answer, WireJson.Default.ContractExportAnswer);
                context.Line(JsonSerializer.Serialize(answer, WireJson.Default.ContractExportAnswer));
            });
    }

    private static ZeqCommand List(CliHost host)
    {
        Option<Slug?> machine = Machine();
        var after = new Option<string?>("--after") { Description = "Go on where an earlier page ended (its next_after).", HelpName = "place" };
        Option<int?> limit = Arguments.Limit(50);
        return new ZeqCommand("list", "List a machine's contracts, the oldest first.", "zeq contract list") { machine, after, limit }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            ContractListAnswer answer = await context.WaitAsync("Reading", client.Contracts.ListAsync(On(context, machine), context.Value(after), context.Value(limit), ct));
            context.Document(answer, WireJson.Default.ContractListAnswer);
            context.Table(
                ["contract", "name", "state", "status", "moves>"],
                answer.Contracts.Select(string?[] (c) => [c.Id, c.Name, c.CurrentState, c.Status, Number(c.Transitions)]), "No contracts.");
            if (answer.NextAfter is { } next)
            {
                context.Line($"There are more: zeq contract list --after {next}");
            }
        });
    }

    private static ZeqCommand Show(CliHost host)
    {
        Option<Slug?> machine = Machine();
        Argument<Guid> id = Contract();
        return new ZeqCommand("show", "Show a contract, its triggers and its last moves.", $"zeq contract show {Id}") { id, machine }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            ContractAnswer answer = await context.WaitAsync("Asking", client.Contracts.GetAsync(On(context, machine), context.Value(id), ct));
            context.Document(answer, WireJson.Default.ContractAnswer);
            Facts(context, answer.Contract);
            if (answer.Contract.Triggers is { Count: > 0 } triggers)
            {
                context.Table(
                    ["from", "to", "status", "due at Zeqond>", "fired>"],
                    triggers.Select(string?[] (t) => [t.From, t.To, t.Status, t.DueZeqond is { } due ? Number(due) : null, Number(t.Fires)]), "No triggers.");
            }

            context.Table(
                ["try>", "from", "to", "Zeqond>", "by", "row>", "outcome"],
                (answer.Transitions ?? []).Select(string?[] (t) =>
                    [Number(t.Try), t.From, t.To, Number(t.Zeqond), t.Automatic ? "itself" : t.ActorZid, t.Seq is { } seq ? Number(seq) : null, t.Success ? "done" : t.Code]),
                "No moves yet.");
        });
    }

    private static ZeqCommand Transition(CliHost host)
    {
        Option<Slug?> machine = Machine();
        Argument<Guid> id = Contract();
        Argument<string> to = To();
        Option<JsonElement?> input = Json("--input", "The input, a JSON object; conditions and the operator read it.");
        return new ZeqCommand("transition", "Move a contract to another state. It costs fuel.", $"zeq contract transition {Id} funded") { id, to, input, machine, GlobalOptions.IdempotencyKey }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                var request = new TransitionRequest(context.Value(to)!, context.Value(input));
                TransitionAnswer answer = await context.WaitAsync(
                    "Moving", client.Contracts.TransitionAsync(On(context, machine), context.Value(id), request, context.Value(GlobalOptions.IdempotencyKey), ct));
                context.Document(answer, WireJson.Default.TransitionAnswer);
                context.Facts(
                    ("state", answer.NewState), ("before", answer.PreviousState), ("row", Number(answer.Seq)), ("hash", answer.StateHash), ("coin", answer.Tally?.TokenId), ("proof", answer.ProofDigest));
                if (answer.Approvals is { } approvals && approvals.Given < approvals.Needed)
                {
                    context.Line($"Your approval is kept: {approvals.Given} of {approvals.Needed} have asked for this move, with this input.");
                }
            });
    }

    private static ZeqCommand DryRun(CliHost host)
    {
        Option<Slug?> machine = Machine();
        Argument<Guid> id = Contract();
        Argument<string> to = To();
        Option<JsonElement?> input = Json("--input", "The input, a JSON object.");
        return new ZeqCommand("dry-run", "Ask whether a move would be taken, and what it would cost; nothing is done.", $"zeq contract dry-run {Id} funded") { id, to, input, machine }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                DryRunAnswer answer = await context.WaitAsync(
                    "Asking", client.Contracts.DryRunAsync(On(context, machine), context.Value(id), new TransitionRequest(context.Value(to)!, context.Value(input)), ct));
                context.Document(answer, WireJson.Default.DryRunAnswer);
                context.Facts(
                    ("would", answer.Would ? "be taken" : "be refused"), ("from", answer.CurrentState), ("to", answer.To), ("operator", answer.Operator),
                    ("cost", answer.Cost is { } cost ? Number(cost) : null), ("because", answer.Error), ("code", answer.Code));
                if (!answer.Would)
                {
                    throw CliException.Failed(answer.Error ?? "It would be refused.", answer.Code ?? "REFUSED");
                }
            });
    }

    private static ZeqCommand Verify(CliHost host)
    {
        Option<Slug?> machine = Machine();
        Argument<Guid> id = Contract();
        return new ZeqCommand("verify", "Let the home replay a contract's moves against its definition and its chain.", $"zeq contract verify {Id}") { id, machine }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                VerifyContractAnswer answer = await context.WaitAsync("Replaying", client.Contracts.VerifyAsync(On(context, machine), context.Value(id), ct));
                context.Document(answer, WireJson.Default.VerifyContractAnswer);
                if (answer.BrokenAt is { } broken)
                {
                    throw CliException.Failed($"Move {Number(broken.Transition)} (row {Number(broken.Seq)}): {broken.Reason}", "CONTRACT_BROKEN");
                }

                context.Line($"All {Number(answer.Count)} moves follow from the definition, and stand on the chain.");
            });
    }

    private static ZeqCommand Pause(CliHost host, bool pauses)
    {
        Option<Slug?> machine = Machine();
        Argument<Guid> id = Contract();
        string name = pauses ? "pause" : "resume";
        return new ZeqCommand(name, pauses ? "Pause a contract: nothing moves it." : "Resume a contract; what came due meanwhile fires once.", $"zeq contract {name} {Id}") { id, machine }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                Task<ContractAnswer> call = pauses
                    ? client.Contracts.PauseAsync(On(context, machine), context.Value(id), ct)
                    : client.Contracts.ResumeAsync(On(context, machine), context.Value(id), ct);
                ContractAnswer answer = await context.WaitAsync("Asking", call);
                context.Document(answer, WireJson.Default.ContractAnswer);
                Facts(context, answer.Contract);
            });
    }

    private static ZeqCommand Templates(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        return new ZeqCommand("templates", "List the contracts that ship with a home.", "zeq contract templates") { origin }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.ConnectOpenly(context.Value(origin));
            ContractTemplateListAnswer answer = await context.WaitAsync("Asking", client.Contracts.GetTemplatesAsync(ct));
            context.Document(answer, WireJson.Default.ContractTemplateListAnswer);
            context.Table(
                ["template", "states", "params"],
                answer.Templates.Select(string?[] (t) => [t.Id, NamesOf(t.Definition, "states"), NamesOf(t.Definition, "context")]), "No templates.");
        });
    }

    private static string NamesOf(JsonElement definition, string member) =>
        definition.TryGetProperty(member, out JsonElement names) && names.ValueKind == JsonValueKind.Object ? string.Join(' ', names.EnumerateObject().Select(name => name.Name)) : "";

    private static void Tell(CommandContext context, DeployAnswer answer)
    {
        context.Document(answer, WireJson.Default.DeployAnswer);
        Facts(context, answer.Contract);
    }

    private static void Facts(CommandContext context, ContractBody c) => context.Facts(
        ("contract", c.Id), ("name", c.Name), ("version", c.Version), ("template", c.TemplateId), ("machine", c.Slug), ("state", c.CurrentState), ("status", c.Status), ("because", c.PausedFor),
        ("moves", Number(c.Transitions)), ("failed tries", Number(c.FailedTries)), ("since Zeqond", Number(c.CreatedZeqond)));

    private static JsonElement DefinitionOf(CommandContext context, string path)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(SmallFile.Read(context, path, MaxFileBytes));
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : throw CliException.Misuse("The file holds no JSON object.");
        }
        catch (JsonException)
        {
            throw CliException.Misuse("The file holds no JSON.");
        }
    }

    private static Slug On(CommandContext context, Option<Slug?> machine) => context.Value(machine) ?? context.Zid.OwnMachine;

    private static Argument<Guid> Contract() => new("contract")
    {
        Description = "The contract's id.",
        CustomParser = r =>
        {
            if (Guid.TryParseExact(r.Tokens[0].Value, "D", out Guid id))
            {
                return id;
            }

            r.AddError($"'{r.Tokens[0].Value}' is no id of a contract.");
            return default;
        },
    };

    private static Argument<string> To() => new("to") { Description = "The state to move to." };

    private static Option<Slug?> Machine() => new("--machine")
    {
        Description = "The machine; your own where absent.",
        HelpName = "slug",
        CustomParser = r =>
        {
            if (Slug.TryParse(r.Tokens[0].Value, out Slug slug))
            {
                return slug;
            }

            r.AddError($"'{r.Tokens[0].Value}' is no machine (a-z, 0-9 and hyphens, at most 64).");
            return null;
        },
    };

    private static Option<JsonElement?> Json(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "json",
        CustomParser = r =>
        {
            try
            {
                using JsonDocument json = JsonDocument.Parse(r.Tokens[0].Value);
                if (json.RootElement.ValueKind == JsonValueKind.Object)
                {
                    return json.RootElement.Clone();
                }
            }
            catch (JsonException)
            {
                // Said below, for both.
            }

            r.AddError($"{name} is no JSON object.");
            return null;
        },
    };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
