using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Zeq.Protocol;
using Zeq.Storage.Postgres;
using Zeq.Storage.Sqlite;

namespace Zeq.Cli;

/// <summary><c>zeq audit --storage &lt;ZEQ_STORAGE&gt;</c>: the invariants of spec 10 §9 on a store, read-only.</summary>
internal static class AuditCommand
{
    private const string SqlitePrefix = "sqlite:";
    private const string PostgresPrefix = "postgres:";

    public static Command Make(CliHost host)
    {
        var storage = new Option<string>("--storage") { Description = "The store, as ZEQ_STORAGE names it: sqlite:<file> or postgres:<connection string>. Without it, ZEQ_STORAGE itself: a password belongs there, not among the arguments.", HelpName = "ZEQ_STORAGE" };
        Option<Origin?> origin = Arguments.Origin("--origin", "The origin that the home must have.");
        Option<string?> nodeKey = Arguments.Hex64("--node-key", "The node key that the home must have; else as the store says.");
        return new ZeqCommand("audit", "Check every coin, move, pool and chain of a home's store. Reads only, needs no secret.", "zeq audit --storage sqlite:/var/lib/zeq/home.db")
        {
            storage, origin, nodeKey,
        }.Does(host, async (context, ct) =>
        {
            string named = context.Value(storage) ?? Environment.GetEnvironmentVariable("ZEQ_STORAGE") ?? throw CliException.Misuse("Name the store with --storage or ZEQ_STORAGE.");
            AuditReport report = await RunAsync(context, named, new AuditOptions { ExpectedOrigin = context.Value(origin), ExpectedNodePublicKey = context.Value(nodeKey) }, ct);
            Show(context, report);
            if (report.Ok)
            {
                return ExitCodes.Done;
            }

            AuditFinding first = report.Findings[0];
            return context.Fail(
                ExitCodes.Refused,
                string.Create(CultureInfo.InvariantCulture, $"The audit failed; {report.FindingCount} findings, the first: {first}"), "AUDIT_FAILED");
        });
    }

    private static async Task<AuditReport> RunAsync(CommandContext context, string storage, AuditOptions options, CancellationToken ct)
    {
        try
        {
            await using IHomeStore store = storage.StartsWith(PostgresPrefix, StringComparison.Ordinal)
                ? await PostgresHomeStore.OpenReadOnlyAsync(new PostgresOptions { ConnectionString = storage[PostgresPrefix.Length..] }, ct)
                : SqliteHomeStore.OpenReadOnly(PathOf(storage));
            await using IHomeReader snapshot = await store.SnapshotAsync(ct);
            return await context.WaitAsync("Auditing", Auditor.RunAsync(snapshot, options, null, ct));
        }
        catch (StoreException e)
        {
            throw CliException.Misuse(e.Message, "STORE");
        }
    }

    private static string PathOf(string storage)
    {
        string path = storage.StartsWith(SqlitePrefix, StringComparison.Ordinal) ? storage[SqlitePrefix.Length..] : "";
        return path.Length == 0 ? throw CliException.Misuse("--storage is sqlite:<file> or postgres:<connection string>.")
            : File.Exists(path) ? path : throw CliException.Misuse($"There is no file {path}.", "STORE");
    }

    private static void Show(CommandContext context, AuditReport report)
    {
        AuditCounts c = report.Counts;
        var counts = new JsonObject
        {
            ["envelopes"] = c.Envelopes, ["moves"] = c.Moves, ["computes"] = c.Computes, ["accounts"] = c.Accounts, ["credit_moves"] = c.CreditMoves,
            ["burns"] = c.Burns, ["votes"] = c.Votes, ["claims"] = c.Claims, ["chains"] = c.Chains, ["chain_rows"] = c.ChainRows,
        };
        context.Document(new JsonObject
        {
            ["ok"] = report.Ok,
            ["finding_count"] = report.FindingCount,
            ["findings"] = new JsonArray([.. report.Findings.Select(f => new JsonObject { ["table"] = f.Table, ["key"] = f.Key, ["reason"] = f.Reason })]),
            ["counts"] = counts.DeepClone(),
        });
        context.Facts([.. counts.Select(p => (p.Key.Replace('_', ' '), (string?)p.Value!.ToString()))]);
        context.Table(["table", "row", "finding"], report.Findings.Select(string?[] (f) => [f.Table, f.Key, f.Reason]), "Every invariant holds.");
    }
}
