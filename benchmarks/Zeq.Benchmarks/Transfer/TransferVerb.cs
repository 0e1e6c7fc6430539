using System.Text.Json;
using Zeq.Protocol;
using Zeq.Storage.Sqlite;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>transfer</c>: local transfers through the writer, beside the same rows written by a plain loop. Every run begins on a fresh copy of
/// one prepared store; the rounds take turns, and the medians stand in the answer.
/// </summary>
internal static class TransferVerb
{
    private static readonly string[] Suffixes = ["", "-wal", "-shm", "-ahead"];

    public static async Task RunAsync(Arguments arguments)
    {
        string store = arguments.Text("store") ?? throw new ArgumentException("--store is missing.");
        int[] clients = arguments.Numbers("clients", [32]);
        int accounts = arguments.Number("accounts", 1_000);
        int coins = arguments.Number("coins", 20_000);
        int rounds = arguments.Number("rounds", 3);
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 5));
        if (accounts < 2 || coins < clients.Max())
        {
            throw new ArgumentException("At least two accounts, and a coin for each client.");
        }

        if (store.StartsWith("postgres:", StringComparison.Ordinal))
        {
            await PostgresTransferVerb.RunAsync(arguments, store[9..], clients, accounts, coins, rounds, duration);
            return;
        }

        Outcome outcome = store switch
        {
            "memory:" => await OnMemoryAsync(clients, accounts, coins, rounds, duration),
            _ when store.StartsWith("sqlite:", StringComparison.Ordinal) && store.Length > 7 => await OnSqliteAsync(store[7..], clients, accounts, coins, rounds, duration),
            _ => throw new ArgumentException("--store is sqlite:<file>, postgres:<connection string> or memory:."),
        };
        Console.WriteLine(arguments.IsTable ? Table(outcome, store.Split(':')[0], duration, rounds, accounts, coins) : Json(outcome));
    }

    private static async Task<Outcome> OnMemoryAsync(int[] clients, int accounts, int coins, int rounds, TimeSpan duration)
    {
        var outcome = new Outcome(clients);
        for (int round = 0; round < rounds; round++)
        {
            foreach (int count in clients)
            {
                await using var home = new BenchHome(new MemoryHomeStore());
                TokenId[] tokens = await home.PopulateAsync(accounts, coins);
                outcome.Ours[count].Add(await TransferLoad.RunAsync(home.Home, tokens, accounts, count, duration, round));
                outcome.Audited(await home.AuditAsync());
            }
        }

        return outcome;
    }

    private static async Task<Outcome> OnSqliteAsync(string path, int[] clients, int accounts, int coins, int rounds, TimeSpan duration)
    {
        if (Suffixes.Any(suffix => File.Exists(path + suffix)))
        {
            throw new ArgumentException($"{path} exists already; name a file that does not.");
        }

        string prepared = path + ".prepared";
        try
        {
            TokenId[] tokens;
            await using (var home = new BenchHome(SqliteHomeStore.Open(prepared)))
            {
                tokens = await home.PopulateAsync(accounts, coins);
            }

            var outcome = new Outcome(clients);
            for (int round = 0; round < rounds; round++)
            {
                outcome.OneEach.Add(Plain(prepared, path, tokens, accounts, 1, duration, round));
                outcome.ByHundreds.Add(Plain(prepared, path, tokens, accounts, 100, duration, round));
                foreach (int count in clients)
                {
                    Copy(prepared, path);
                    await using var home = new BenchHome(SqliteHomeStore.Open(path));
                    outcome.Ours[count].Add(await TransferLoad.RunAsync(home.Home, tokens, accounts, count, duration, round));
                    outcome.Audited(await home.AuditAsync());
                }
            }

            return outcome;
        }
        finally
        {
            Delete(path);
            Delete(prepared);
        }
    }

    private static Sample Plain(string prepared, string path, TokenId[] tokens, int accounts, int perCommit, TimeSpan duration, int round)
    {
        Copy(prepared, path);
        using var plain = new PlainTransfers(path);
        return plain.Run(tokens, accounts, perCommit, duration, round);
    }

    private static void Copy(string from, string to)
    {
        Delete(to);
        File.Copy(from, to);

        // What the copy leaves to be written must not be written while the clock runs.
        using FileStream file = new(to, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    private static void Delete(string path)
    {
        foreach (string suffix in Suffixes)
        {
            File.Delete(path + suffix);
        }
    }

    private static string Json(Outcome outcome)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((int clients, List<Sample> samples) in outcome.Ours)
            {
                Sample median = Sample.Median(samples);
                if (outcome.Ours.Count > 1)
                {
                    json.WriteStartObject($"clients_{clients}");
                }

                json.WriteNumber("transfers_per_s", Math.Round(median.PerSecond));
                json.WriteNumber("p50_ms", Math.Round(median.P50Ms, 2));
                json.WriteNumber("p99_ms", Math.Round(median.P99Ms, 2));
                json.WriteNumber("rejected", samples.Sum(sample => sample.Rejected));
                json.WriteNumber("batch_mean", Math.Round(median.BatchMean, 1));
                if (outcome.OneEach.Count > 0)
                {
                    json.WriteNumber("ratio_to_one_commit_each", Math.Round(outcome.Ratio(clients, outcome.OneEach), 2));
                    json.WriteNumber("ratio_to_by_hundreds", Math.Round(outcome.Ratio(clients, outcome.ByHundreds), 2));
                }

                if (outcome.Ours.Count > 1)
                {
                    json.WriteEndObject();
                }
            }

            if (outcome.OneEach.Count > 0)
            {
                json.WriteNumber("one_commit_each", Math.Round(Sample.Median(outcome.OneEach).PerSecond));
                json.WriteNumber("by_hundreds", Math.Round(Sample.Median(outcome.ByHundreds).PerSecond));
            }

            json.WriteString("audit", outcome.Audit);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Table(Outcome outcome, string store, TimeSpan duration, int rounds, int accounts, int coins)
    {
        bool hasBaseline = outcome.OneEach.Count > 0;
        var rows = new List<string[]>();
        if (hasBaseline)
        {
            rows.Add(Row("one commit each, plain loop", Sample.Median(outcome.OneEach), outcome.RatioOf(outcome.OneEach, outcome.OneEach), outcome.RatioOf(outcome.OneEach, outcome.ByHundreds)));
            rows.Add(Row("100 transfers a commit, plain loop", Sample.Median(outcome.ByHundreds), outcome.RatioOf(outcome.ByHundreds, outcome.OneEach), outcome.RatioOf(outcome.ByHundreds, outcome.ByHundreds)));
        }

        foreach ((int clients, List<Sample> samples) in outcome.Ours)
        {
            rows.Add(Row($"home, {clients} clients", Sample.Median(samples), hasBaseline ? outcome.Ratio(clients, outcome.OneEach) : null, hasBaseline ? outcome.Ratio(clients, outcome.ByHundreds) : null));
        }

        return Output.Head($"Local transfers on {store}") + $"""

            `transfer`: {rounds} rounds of {duration.TotalSeconds} s, each on a fresh copy of one store with {accounts} accounts and {coins} coins, the rows of the table in turn in every round;
            medians, and ratios as medians of each round's own ratio. A transfer is the coin's row, a move, two chain rows and two heads; write-ahead log, `synchronous=FULL`.
            The plain loop writes the same rows by prepared statements, without rules, hashes or callers. After each run of the home its auditor looked at every row: {outcome.Audit}.
            Refused: {outcome.Ours.Values.SelectMany(samples => samples).Sum(sample => sample.Rejected)}.


            """ + Output.Table(["", "transfers/s", "p50 ms", "p99 ms", "per commit", "x one commit each", "x by hundreds"], rows);
    }

    private static string[] Row(string name, Sample sample, double? toOne, double? toHundreds) =>
    [
        name, Output.Whole(sample.PerSecond), Output.Fine(sample.P50Ms), Output.Fine(sample.P99Ms), Output.Fine(sample.BatchMean),
        toOne is { } one ? Output.Fine(one) : "", toHundreds is { } hundreds ? Output.Fine(hundreds) : "",
    ];

    /// <summary>What was measured, round by round.</summary>
    private sealed class Outcome(int[] clients)
    {
        public List<Sample> OneEach { get; } = [];

        public List<Sample> ByHundreds { get; } = [];

        public SortedDictionary<int, List<Sample>> Ours { get; } = new(clients.Distinct().ToDictionary(count => count, _ => new List<Sample>()));

        public string Audit { get; private set; } = "ok";

        public void Audited(string answer) => Audit = Audit == "ok" ? answer : Audit;

        public double Ratio(int clients, List<Sample> baseline) => RatioOf(Ours[clients], baseline);

        public double RatioOf(List<Sample> samples, List<Sample> baseline) =>
            Sample.Median(samples.Select((sample, round) => sample.PerSecond / baseline[round].PerSecond));
    }
}
