using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Zeq.Benchmarks;

/// <summary>The baseline on PostgreSQL: the same transfer as one prepared statement of pgbench, on the same server, with as many clients.</summary>
internal sealed class PgbenchTransfers(string connectionString)
{
    private readonly NpgsqlConnectionStringBuilder _server = new(connectionString);

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Transfer", "Pgbench");

    /// <summary>Makes the baseline's tables anew.</summary>
    public async Task PrepareAsync() => await PostgresServer.RunAsync(connectionString, await File.ReadAllTextAsync(Path.Combine(Folder, "schema.sql")));

    /// <summary>Runs it.</summary>
    /// <exception cref="InvalidOperationException">pgbench is not there, or failed.</exception>
    public async Task<Sample> RunAsync(int clients, TimeSpan duration)
    {
        await PostgresServer.RunAsync(connectionString, "TRUNCATE plain_row; CHECKPOINT");
        string logs = Directory.CreateTempSubdirectory("zeq-pgbench-").FullName;
        try
        {
            var start = new ProcessStartInfo("pgbench") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = logs };
            foreach (string argument in (string[])[
                "-h", _server.Host!, "-p", Text(_server.Port), "-U", _server.Username!, "-n", "-M", "prepared", "--max-tries=10", "-f", Path.Combine(Folder, "transfer.sql"),
                "-c", Text(clients), "-j", Text(Math.Min(clients, 2)), "-T", Text((int)duration.TotalSeconds), "-l", _server.Database!])
            {
                start.ArgumentList.Add(argument);
            }

            if (_server.Password is { Length: > 0 } password)
            {
                start.Environment["PGPASSWORD"] = password;
            }

            using Process process = Process.Start(start) ?? throw new InvalidOperationException("pgbench did not start.");
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            string? line = output.Split('\n').FirstOrDefault(text => text.StartsWith("tps = ", StringComparison.Ordinal));
            if (process.ExitCode != 0 || line is null)
            {
                throw new InvalidOperationException("pgbench failed: " + await errors);
            }

            // pgbench's own figure leaves out the time in which it connects.
            double perSecond = double.Parse(line.Split(' ')[2], CultureInfo.InvariantCulture);
            var ticks = new List<long>();
            foreach (string file in Directory.GetFiles(logs, "pgbench_log.*"))
            {
                await foreach (string entry in File.ReadLinesAsync(file))
                {
                    ticks.Add(long.Parse(entry.Split(' ')[2], CultureInfo.InvariantCulture) * Stopwatch.Frequency / 1_000_000);
                }
            }

            return Sample.Of([ticks], 0, TimeSpan.FromSeconds(ticks.Count / perSecond), 1);
        }
        finally
        {
            Directory.Delete(logs, recursive: true);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Statements for the server that is measured.</summary>
internal static class PostgresServer
{
    public static async Task RunAsync(string connectionString, string sql)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        foreach (string statement in sql.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The same server, and another database.</summary>
    public static string Other(string connectionString, string database) => new NpgsqlConnectionStringBuilder(connectionString) { Database = database }.ConnectionString;
}
