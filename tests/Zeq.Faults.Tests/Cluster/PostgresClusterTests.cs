using System.Diagnostics;
using Zeq.Postgres.Cluster;

namespace Zeq.Faults.Tests;

/// <summary>The private PostgreSQL server of the tests does what the fault tests rest on.</summary>
public sealed class PostgresClusterTests
{
    [Fact]
    public async Task A_database_is_a_tests_own_and_its_password_counts()
    {
        Assert.SkipWhen(PostgresCluster.WhyNot is not null, PostgresCluster.WhyNot ?? "");
        PostgresCluster cluster = await PostgresCluster.SharedAsync();
        await using PostgresDatabase database = await cluster.CreateDatabaseAsync();
        await using PostgresDatabase other = await cluster.CreateDatabaseAsync();
        Assert.Equal("on|off", await database.ExecuteAsync("SELECT current_setting('synchronous_commit'), current_setting('fsync')"));
        Assert.Equal("t", await database.ExecuteAsync($"SELECT has_database_privilege('{database.NodeRole}', '{database.Name}', 'CONNECT')"));
        Assert.Equal("f", await database.ExecuteAsync($"SELECT has_database_privilege('{other.NodeRole}', '{database.Name}', 'CONNECT')"));
        Assert.Equal("f", await database.ExecuteAsync($"SELECT has_schema_privilege('{database.NodeRole}', 'public', 'CREATE')"));
        string uri = $"postgresql://{database.OwnerRole}:PASSWORD@127.0.0.1:{cluster.Port}/{database.Name}";
        Assert.Equal("1\n", await cluster.RunAsync("psql", ["-Atc", "SELECT 1", uri.Replace("PASSWORD", database.Password, StringComparison.Ordinal)]));
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => cluster.RunAsync("psql", ["-Atc", "SELECT 1", uri]));
        Assert.Contains("password authentication failed", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_committed_outlives_every_way_of_stopping_and_a_standby_takes_over()
    {
        Assert.SkipWhen(PostgresCluster.WhyNot is not null, PostgresCluster.WhyNot ?? "");
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        PostgresDatabase database = await cluster.CreateDatabaseAsync();
        Assert.Equal("on", await database.ExecuteAsync("SELECT current_setting('fsync')"));
        await database.ExecuteAsync("CREATE TABLE kept (n int)");
        Func<Task>[] stops = [() => cluster.StopAsync(), () => cluster.StopAsync(StopMode.Immediate), cluster.KillAsync];
        for (int i = 0; i < stops.Length; i++)
        {
            await database.ExecuteAsync($"INSERT INTO kept VALUES ({i})");
            await stops[i]();
            Assert.False(cluster.IsRunning);
            await cluster.StartAsync();
            Assert.Equal($"{i + 1}", await database.ExecuteAsync("SELECT count(*) FROM kept"));
        }

        await using PostgresCluster standby = await cluster.CreateStandbyAsync();
        await database.ExecuteAsync("INSERT INTO kept VALUES (3)");
        Assert.Equal("t", await standby.ExecuteAsync("SELECT pg_is_in_recovery()"));
        await cluster.KillAsync();
        await standby.PromoteAsync();
        await standby.ExecuteAsync("INSERT INTO kept VALUES (4)", database.Name);
        Assert.Equal("5", await standby.ExecuteAsync("SELECT count(*) FROM kept", database.Name));
    }

    [Fact]
    public async Task Nothing_of_a_cluster_is_left()
    {
        Assert.SkipWhen(PostgresCluster.WhyNot is not null, PostgresCluster.WhyNot ?? "");
        PostgresCluster cluster = await PostgresCluster.CreateAsync(new PostgresClusterOptions { Durable = false });
        Assert.NotEmpty(ProcessesIn(cluster.DataFolder));
        await cluster.DisposeAsync();
        Assert.Empty(ProcessesIn(cluster.DataFolder));
        Assert.False(Directory.Exists(cluster.SocketFolder));
    }

    private static List<int> ProcessesIn(string folder) => [.. Process.GetProcesses().Select(static process => process.Id).Where(id =>
    {
        try
        {
            return new FileInfo($"/proc/{id}/cwd").LinkTarget == folder;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    })];
}
