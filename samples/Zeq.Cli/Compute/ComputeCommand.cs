using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq compute KO42 NM19 mass_kg=2 acceleration_ms2=3</c>.</summary>
internal static class ComputeCommand
{
    private const int MaxOperators = 16;
    private static readonly string[] Pools = ["free", "burn", "paid"];

    public static Command Make(CliHost host)
    {
        var what = new Argument<string[]>("what") { Description = "Operators (KO42) and inputs (mass_kg=2), in any order.", Arity = ArgumentArity.OneOrMore, HelpName = "OPERATOR|name=value" };
        var machine = new Option<Slug?>("--machine")
        {
            Description = "The machine that computes; your own where absent.",
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
        var funding = new Option<string[]?>("--funding") { Description = "Only these pools may pay: free,burn,paid.", HelpName = "pools", CustomParser = r => PoolsOf(r) };
        return new ZeqCommand("compute", "Compute, pay with fuel, and mint.", "zeq compute KO42 NM19 mass_kg=2 acceleration_ms2=3 --funding paid")
        {
            what, machine, funding, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            ComputeRequest request = RequestOf(context.Value(what)!, context.Value(machine), context.Value(funding));
            using ZeqClient client = context.Connect();
            Show(context, await context.WaitAsync("Computing", client.Compute.ComputeAsync(request, context.Value(GlobalOptions.IdempotencyKey), ct)));
        });
    }

    /// <summary>The operators of a list of words; null where a word is none.</summary>
    public static List<string> OperatorsOf(IEnumerable<string> words)
    {
        var operators = new List<string>();
        foreach (string word in words.SelectMany(w => w.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            string name = word.ToUpperInvariant();
            operators.Add(OperatorName.IsValid(name) ? name : throw CliException.Misuse($"'{word}' is neither an operator (like KO42) nor an input (like mass_kg=2)."));
        }

        return operators.Count <= MaxOperators ? operators : throw CliException.Misuse("At most 16 operators can be chained.");
    }

    private static ComputeRequest RequestOf(string[] what, Slug? machine, string[]? funding)
    {
        var inputs = new JsonObject();
        var operators = new List<string>();
        foreach (string word in what)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                operators.Add(word);
                continue;
            }

            string name = word[..equals];
            if (name.Length == 0 || !inputs.TryAdd(name, ValueOf(name, word[(equals + 1)..])))
            {
                throw CliException.Misuse(name.Length == 0 ? $"'{word}' has no name before '='." : $"The input '{name}' stands there twice.");
            }
        }

        return new ComputeRequest(
            operators.Count > 0 ? OperatorsOf(operators) : throw CliException.Misuse("Which operator? 'zeq operators' lists them."),
            JsonDocument.Parse(inputs.ToJsonString()).RootElement, machine?.Text, funding is { Length: > 0 } ? funding : null);
    }

    private static JsonValue ValueOf(string name, string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? JsonValue.Create(number)
            : throw CliException.Misuse($"'{text}' of the input '{name}' is no number; write it like 2, -0.5 or 6.02e23.");

    private static string[]? PoolsOf(System.CommandLine.Parsing.ArgumentResult r)
    {
        string[] pools = r.Tokens[0].Value.Split(',');
        if (pools.All(Pools.Contains) && pools.Distinct().Count() == pools.Length)
        {
            return pools;
        }

        r.AddError($"'{r.Tokens[0].Value}' is no list of pools; write free, burn and paid joined by commas.");
        return null;
    }

    private static void Show(CommandContext context, ComputeAnswer answer)
    {
        context.Document(answer, WireJson.Default.ComputeAnswer);
        context.Facts(
            ("value", string.Create(CultureInfo.InvariantCulture, $"{answer.Value:R} {answer.Unit}")),
            ("precision", answer.PrecisionActual.ToString("R", CultureInfo.InvariantCulture)),
            ("cost", string.Create(CultureInfo.InvariantCulture, $"{answer.Cost} (free {answer.Funding.Free}, burn {answer.Funding.Burn}, paid {answer.Funding.Paid})")),
            ("operators", string.Join(' ', answer.Operators ?? [])), ("machine", answer.Machine), ("result", answer.ResultDigest), ("proof", answer.ZeqProof));
        context.Table(
            ["coin", "ZEQ>", "for", "share"],
            answer.Envelopes.Select(string?[] (e) => [e.TokenId, e.ValueZqt.ToString(CultureInfo.InvariantCulture), e.IssuedTo, e.Share]),
            "No coin was minted.");
    }
}
