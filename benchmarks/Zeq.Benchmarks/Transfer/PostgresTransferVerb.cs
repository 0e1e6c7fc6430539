using System.Text.Json;
using Npgsql;
using Zeq.Protocol;
using Zeq.Storage.Postgres;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>transfer --store postgres:…</c>: local transfers through the writer, beside the same transfer by pgbench with as many clients. Every run
/// begins on a fresh copy of one prepared database; the two take turns, and the medians stand in the answer.
/// </summary>
internal static class PostgresTransferVerb
{
    private const string Prepared = "zeq_bench_prepared";
    private const string Ours = "zeq_bench";

    public static async Task RunAsync(Arguments arguments, string connectionString, int[] clients, int accounts, int coins, int rounds, TimeSpan duration)
    {
        var pgbench = new PgbenchTransfers(connectionString);
        var runs = clients.Distinct().Order().ToDictionary(count => count, _ => (Ours: new List<Sample>(), Plain: new List<Sample>()));
        string audit = "ok";
        string prepared = PostgresServer.Other(connectionString, Prepared);
        await DropAsync(connectionString);
        try
        {
            await PostgresServer.RunAsync(connectionString, $"CREATE DATABASE {Prepared} ENCODING 'UTF8' TEMPLATE template0");
            TokenId[] tokens;
            await using (var home = new BenchHome(await OpenAsync(prepared)))
            {
                tokens = await home.PopulateAsync(accounts, coins);
            }

            await PostgresServer.RunAsync(prepared, "VACUUM ANALYZE");
            await pgbench.PrepareAsync();
            for (int round = 0; round < rounds; round++)
            {
                foreach ((int count, (List<Sample> ours, List<Sample> plain)) in runs)
                {
                    if (arguments.Text("baseline") != "no")
                    {
                        plain.Add(await pgbench.RunAsync(count, duration));
                    }

                    NpgsqlConnection.ClearAllPools();
                    await PostgresServer.RunAsync(connectionString, $"DROP DATABASE IF EXISTS {Ours} WITH (FORCE); CREATE DATABASE {Ours} TEMPLATE {Prepared}; CHECKPOINT");
                    await using var home = new BenchHome(await OpenAsync(PostgresServer.Other(connectionString, Ours)));
                    ours.Add(await TransferLoad.RunAsync(home.Home, tokens, accounts, count, duration, round));
                    if (await home.AuditAsync() is var answer && audit == "ok")
                    {
                        audit = answer;
                    }
                }
            }
        }
        finally
        {
            await DropAsync(connectionString);
        }

        Console.WriteLine(arguments.IsTable ? Table(runs, audit, duration, rounds, accounts, coins) : Json(runs, audit));
    }

    private static async Task<IHomeStore> OpenAsync(string connectionString) => await PostgresHomeStore.OpenAsync(new PostgresOptions { ConnectionString = connectionString });

    private static Task DropAsync(string connectionString) =>
        PostgresServer.RunAsync(connectionString, $"DROP DATABASE IF EXISTS {Ours} WITH (FORCE); DROP DATABASE IF EXISTS {Prepared} WITH (FORCE); DROP TABLE IF EXISTS plain_coin, plain_head, plain_row");

    private static double Ratio(List<Sample> ours, List<Sample> plain) => Sample.Median(ours.Zip(plain, (a, b) => a.PerSecond / b.PerSecond));

    private static string Json(Dictionary<int, (List<Sample> Ours, List<Sample> Plain)> runs, string audit)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((int count, (List<Sample> ours, List<Sample> plain)) in runs)
            {
                Sample median = Sample.Median(ours);
                if (runs.Count > 1)
                {
                    json.WriteStartObject($"clients_{count}");
                }

                json.WriteNumber("transfers_per_s", Math.Round(median.PerSecond));
                json.WriteNumber("p50_ms", Math.Round(median.P50Ms, 2));
                json.WriteNumber("p99_ms", Math.Round(median.P99Ms, 2));
                json.WriteNumber("rejected", ours.Sum(sample => sample.Rejected));
                json.WriteNumber("batch_mean", Math.Round(median.BatchMean, 1));
                if (plain.Count > 0)
                {
                    json.WriteNumber("pgbench_per_s", Math.Round(Sample.Median(plain).PerSecond));
                    json.WriteNumber("ratio_to_pgbench", Math.Round(Ratio(ours, plain), 2));
                }

                if (runs.Count > 1)
                {
                    json.WriteEndObject();
                }
            }

            json.WriteString("audit", audit);
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Table(Dictionary<int, (List<Sample> Ours, List<Sample> Plain)> runs, string audit, TimeSpan duration, int rounds, int accounts, int coins)
    {
        var rows = new List<string[]>();
        foreach ((int count, (List<Sample> ours, List<Sample> plain)) in runs)
        {
            if (plain.Count > 0)
            {
                rows.Add(Row($"pgbench, {count} clients", Sample.Median(plain), "1.00"));
            }

            rows.Add(Row($"home, {count} clients", Sample.Median(ours), plain.Count > 0 ? Output.Fine(Ratio(ours, plain)) : ""));
        }

        return Output.Head("Local transfers on postgres") + $"""

            `transfer`: {rounds} rounds of {duration.TotalSeconds} s on one server of default durability (fsync, synchronous_commit on), each on a fresh copy of one database with {accounts} accounts and
            {coins} coins, beside the same transfer by pgbench (one prepared statement that moves the coin, appends a row to both chains and moves both heads; 100,000 coins, 1,000 chains), in turn;
            medians, and ratios as medians of each round's own ratio. The home also checks every rule, hashes both rows, and writes a move. After each run its auditor looked at every row: {audit}.
            Refused: {runs.Values.SelectMany(run => run.Ours).Sum(sample => sample.Rejected)}.


            """ + Output.Table(["", "transfers/s", "p50 ms", "p99 ms", "per commit", "x pgbench"], rows);
    }

    private static string[] Row(string name, Sample sample, string ratio) =>
        [name, Output.Whole(sample.PerSecond), Output.Fine(sample.P50Ms), Output.Fine(sample.P99Ms), Output.Fine(sample.BatchMean), ratio];
}
