using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq vote create|list|show|cast|withdraw</c>.</summary>
internal static class VoteCommand
{
    private const string Id = "VT-2285714285714-0123456789abcdef";

    public static Command Make(CliHost host) => new ZeqCommand("vote", "Vote with coins: staked ones do not move until the vote closes.", $"zeq vote cast {Id} yes ZT-…")
    {
        Create(host), List(host), Show(host), Cast(host), Withdraw(host),
    };

    private static ZeqCommand Create(CliHost host)
    {
        var title = new Argument<string>("title") { Description = "What it is about." };
        var options = new Argument<string[]>("option") { Description = "2 to 16 different options.", Arity = new ArgumentArity(Vote.MinOptions, Vote.MaxOptions) };
        Option<long?> closes = Arguments.Number("--closes", "The Zeqond at which it closes.", 1);
        var closesIn = new Option<long?>("--in") { Description = "How long it stays open: a number and s, m, h or d.", HelpName = "time", CustomParser = MillisecondsOf };
        return new ZeqCommand("create", "Call a vote.", "zeq vote create \"Tea at five?\" yes no --in 7d") { title, options, closes, closesIn, GlobalOptions.IdempotencyKey }
            .Does(host, async (context, ct) =>
            {
                if (context.Value(closes) is null == context.Value(closesIn) is null)
                {
                    throw CliException.Misuse("Say when it closes: either --closes or --in.");
                }

                using ZeqClient client = context.Connect();
                long zeqond = context.Value(closes) ?? (await client.Time.GetPulseAsync(ct)).Zeqond + Math.Max(1, context.Value(closesIn)!.Value / KernelConstants.ZeqondMs);
                var request = new VoteRequest(context.Value(title)!, context.Value(options)!, zeqond);
                VoteAnswer answer = await context.WaitAsync("Calling", client.Votes.CreateAsync(request, context.Value(GlobalOptions.IdempotencyKey), ct));
                context.Document(answer, WireJson.Default.VoteAnswer);
                Tell(context, answer.Vote);
            });
    }

    private static ZeqCommand List(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        Option<int?> limit = Arguments.Limit(200);
        var after = new Option<string?>("--after") { Description = "Go on where an earlier page ended (its next_after).", HelpName = "place" };
        return new ZeqCommand("list", "List a home's votes, those that close last first.", "zeq vote list --limit 20") { origin, limit, after }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.ConnectOpenly(context.Value(origin));
            VoteListAnswer answer = await context.WaitAsync("Reading the votes", client.Votes.ListAsync(context.Value(after), context.Value(limit), ct));
            context.Document(answer, WireJson.Default.VoteListAnswer);
            context.Table(
                ["vote", "title", "status", "closes>", "staked>"],
                answer.Votes.Select(string?[] (v) => [v.Id, v.Title, v.Status, Number(v.ClosesZeqond), Number(v.Tally.Values.Sum())]), "No votes.");
            if (answer.NextAfter is { } next)
            {
                context.Line($"There are more: zeq vote list --after {next}");
            }
        });
    }

    private static ZeqCommand Show(CliHost host)
    {
        Option<Origin?> origin = Arguments.Origin("--origin", "The home; the profile's where absent.");
        Argument<VoteId> id = Arguments.Vote();
        return new ZeqCommand("show", "Show a vote and its tally.", $"zeq vote show {Id}") { id, origin }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.ConnectOpenly(context.Value(origin));
            VoteAnswer answer = await context.WaitAsync("Asking", client.Votes.GetAsync(context.Value(id), ct));
            context.Document(answer, WireJson.Default.VoteAnswer);
            Tell(context, answer.Vote);
        });
    }

    private static ZeqCommand Cast(CliHost host)
    {
        Argument<VoteId> id = Arguments.Vote();
        var option = new Argument<string>("option") { Description = "One of the vote's options." };
        Argument<TokenId[]> tokens = Arguments.Tokens();
        return new ZeqCommand("cast", "Stake coins for an option. They weigh what they are worth, and do not move until the vote closes.", $"zeq vote cast {Id} yes ZT-…")
        {
            id, option, tokens, GlobalOptions.IdempotencyKey,
        }.Does(host, async (context, ct) =>
        {
            using ZeqClient client = context.Connect();
            BallotAnswer answer = await context.WaitAsync(
                "Casting", client.Votes.CastAsync(context.Value(id), context.Value(option)!, context.Value(tokens)!, context.Value(GlobalOptions.IdempotencyKey), ct));
            context.Document(answer, WireJson.Default.BallotAnswer);
            context.Line($"Staked {answer.TokenIds.Count} coins, {Number(answer.Weight)} ZEQ, for '{context.Value(option)}'. 'zeq vote withdraw' takes them back before the close.");
            Tell(context, answer.Vote);
        });
    }

    private static ZeqCommand Withdraw(CliHost host)
    {
        Argument<VoteId> id = Arguments.Vote();
        return new ZeqCommand("withdraw", "Take all of your coins back, before the vote closes.", $"zeq vote withdraw {Id}") { id, GlobalOptions.IdempotencyKey }
            .Does(host, async (context, ct) =>
            {
                using ZeqClient client = context.Connect();
                BallotAnswer answer = await context.WaitAsync("Withdrawing", client.Votes.WithdrawAsync(context.Value(id), context.Value(GlobalOptions.IdempotencyKey), ct));
                context.Document(answer, WireJson.Default.BallotAnswer);
                context.Line($"Took back {answer.TokenIds.Count} coins, {Number(answer.Weight)} ZEQ.");
                Tell(context, answer.Vote);
            });
    }

    private static void Tell(CommandContext context, VoteBody vote)
    {
        context.Facts(("vote", vote.Id), ("title", vote.Title), ("status", vote.Status), ("closes at Zeqond", Number(vote.ClosesZeqond)));
        context.Table(["option", "ZEQ>"], vote.Options.Select(string?[] (option) => [option, Number(vote.Tally.GetValueOrDefault(option))]), "No options.");
    }

    private static long? MillisecondsOf(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        long unit = text.Length < 2 ? 0 : text[^1] switch { 's' => 1_000, 'm' => 60_000, 'h' => 3_600_000, 'd' => 86_400_000, _ => 0 };
        if (unit > 0 && long.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count is > 0 and < 1_000_000_000)
        {
            return count * unit;
        }

        result.AddError($"'{text}' is no time (such as 90m, 36h or 7d).");
        return null;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
