using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>
/// <c>zeq chain validate</c>: has the home recompute the chain, piece by piece where it is long (spec 05 rule 20), or recomputes an exported
/// one itself.
/// </summary>
internal static class ChainValidateCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        var subject = new Argument<string?>("machine|file")
        {
            Description = "The machine, your own where absent; or a file of 'zeq chain export' (its name holds a dot or a slash), which is checked without asking anybody.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        subject.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && !IsFile(text) && !Slug.TryParse(text, out _))
            {
                result.AddError($"'{text}' is no machine (a-z, 0-9 and hyphens, at most 64), and no file.");
            }
        });
        Option<long?> from = Arguments.Number("--from", "The first row.", 1);
        Option<long?> to = Arguments.Number("--to", "The last row.", 1);
        Option<long?> expectSeq = Arguments.Number("--expect-seq", "A row that you remember, with --expect-hash.", 1);
        Option<string?> expectHash = Arguments.Hex64("--expect-hash", "Its state hash.");
        Option<Origin?> origin = Arguments.Origin("--origin", "The home of a public machine; the profile's where absent.");
        return new ZeqCommand("validate", "Check that a chain is consistent with itself, and with a row that you remember.", "zeq chain validate --expect-seq 12 --expect-hash 9f86…0a08")
        {
            subject, from, to, expectSeq, expectHash, origin,
        }.Does(host, async (context, ct) =>
        {
            if (context.Value(expectSeq).HasValue != (context.Value(expectHash) is not null))
            {
                throw CliException.Misuse("A row that you remember is --expect-seq and --expect-hash together.");
            }

            if (context.Value(subject) is { } path && IsFile(path))
            {
                if (context.Value(from) is not null || context.Value(to) is not null || context.Value(origin) is not null)
                {
                    throw CliException.Misuse("A file is checked as a whole: --from, --to and --origin are for a chain at its home.");
                }

                await ChainExportCommand.ValidateAsync(context, path, context.Value(expectSeq), context.Value(expectHash), ct);
                return;
            }

            Slug slug = context.Value(subject) is { } name ? Slug.Parse(name) : context.Zid.OwnMachine;
            using ZeqClient client = ChainCommand.Reader(context, context.Value(origin));
            long? start = context.Value(from);
            long count = 0;
            ValidateAnswer answer;
            do
            {
                answer = await context.WaitAsync(
                    $"Checking {slug}", client.Chain.ValidateAsync(slug, start, context.Value(to), context.Value(expectSeq), context.Value(expectHash), ct));
                count += answer.Count;
                start = answer.NextAfter + 1;
            }
            while (answer is { Valid: true, NextAfter: not null });

            if (!answer.Valid)
            {
                throw CliException.Failed(
                    string.Create(CultureInfo.InvariantCulture, $"The chain of {slug} breaks at row {answer.BrokenAt?.Seq}."), answer.BrokenAt?.Reason ?? "CHAIN_BROKEN");
            }

            JsonObject document = context.Document(answer, WireJson.Default.ValidateAnswer);
            document["count"] = count;
            context.Facts(
                ("machine", slug.Text), ("rows", count.ToString(CultureInfo.InvariantCulture)), ("head", answer.HeadHash), ("genesis", answer.GenesisHash),
                ("node key", answer.NodePublicKey));
            context.Line("Consistent with itself. Keep the head and give it with --expect-hash next time: that shows a rewritten chain.");
        });
    }

    /// <summary>Whether a text names a file: no machine's name holds a dot or a slash.</summary>
    private static bool IsFile(string text) => text.AsSpan().ContainsAny('.', '/', '\\');
}
