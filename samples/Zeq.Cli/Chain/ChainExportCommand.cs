using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary><c>zeq chain export</c>, and the check of what it wrote without asking anybody.</summary>
internal static class ChainExportCommand
{
    public static ZeqCommand Make(CliHost host)
    {
        Argument<Slug?> machine = Arguments.Machine();
        var output = new Option<string?>("--out", "-o") { Description = "The file; must not exist. Default <machine>.chain.jsonl.", HelpName = "file" };
        Option<Origin?> origin = Arguments.Origin("--origin", "The home of a public machine; the profile's where absent.");
        return new ZeqCommand("export", "Write a chain into a file that can be checked without its home.", "zeq chain export -o mine.chain.jsonl") { machine, output, origin }
            .Does(host, async (context, ct) =>
            {
                Slug slug = MachineCommand.Of(context, machine);
                string path = context.Value(output) ?? slug.Text + ".chain.jsonl";
                using ZeqClient client = ChainCommand.Reader(context, context.Value(origin));
                FileStream file = Create(path);
                ChainExportEnd end;
                try
                {
                    end = await context.WaitAsync($"Reading {slug}", ChainExport.WriteAsync(client, slug, file, ct));
                    file.Flush(flushToDisk: true);
                    await file.DisposeAsync();
                }
                catch
                {
                    // Half a chain is worth nothing, and would be in the way of the next try.
                    await file.DisposeAsync();
                    File.Delete(path);
                    throw;
                }

                context.Document(new JsonObject { ["ok"] = true, ["file"] = path, ["rows"] = end.Rows, ["head_hash"] = end.HeadHash });
                context.Facts(("file", path), ("rows", end.Rows.ToString(CultureInfo.InvariantCulture)), ("head", end.HeadHash));
                context.Line($"Check it any time with: zeq chain validate {(path.AsSpan().ContainsAny('.', '/', '\\') ? path : "./" + path)}");
            });
    }

    /// <summary>Checks an exported chain.</summary>
    public static async Task ValidateAsync(CommandContext context, string path, long? expectSeq, string? expectHash, CancellationToken ct)
    {
        ChainExportVerdict verdict;
        try
        {
            using FileStream file = File.OpenRead(path);
            verdict = await context.WaitAsync($"Checking {path}", ChainExport.ValidateAsync(file, expectSeq, expectHash, ct));
        }
        catch (FormatException wrong)
        {
            throw CliException.Failed($"{path}: {wrong.Message}", "NO_EXPORT");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw CliException.Misuse($"{path} cannot be read: {unreadable.Message}", "FILE");
        }

        string slug = verdict.Header.Slug;
        if (verdict.Verdict.BrokenAt is { } broken)
        {
            throw CliException.Failed(string.Create(CultureInfo.InvariantCulture, $"The chain of {slug} breaks at row {broken.Seq}."), broken.Reason);
        }

        if (!verdict.IsComplete)
        {
            throw CliException.Failed(string.Create(CultureInfo.InvariantCulture, $"{path} ends after row {verdict.Verdict.Count} without its last line."), "CUT_OFF");
        }

        string rows = verdict.Verdict.Count.ToString(CultureInfo.InvariantCulture);
        context.Document(new JsonObject
        {
            ["ok"] = true, ["valid"] = true, ["count"] = verdict.Verdict.Count, ["origin"] = verdict.Header.Origin, ["origin_id"] = verdict.Header.OriginId,
            ["node_public_key"] = verdict.Header.NodePublicKey, ["genesis_hash"] = verdict.Verdict.GenesisHash, ["head_hash"] = verdict.Verdict.HeadHash,
        });
        context.Facts(
            ("machine", slug), ("home", verdict.Header.Origin), ("rows", rows), ("head", verdict.Verdict.HeadHash), ("genesis", verdict.Verdict.GenesisHash), ("node key", verdict.Header.NodePublicKey));
        context.Line("Consistent with itself. Whether it is that home's chain, the head tells you that you kept, or the home's node key.");
    }

    private static FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 64 << 10);
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            throw CliException.Misuse(File.Exists(path) ? $"{path} exists already." : $"{path} cannot be made: {denied.Message}", "FILE");
        }
    }
}
