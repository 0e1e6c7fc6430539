using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;
using Zeq.Protocol;
using Zeq.Storage.Postgres;

namespace Zeq.Nodes.Tests;

/// <summary>Two nodes, processes of their own, that serve one home on one database.</summary>
internal sealed class NodesOnOneHome : IAsyncDisposable
{
    private readonly PostgresDatabase _database;
    private readonly TempFolder _folder = new();
    private readonly string[] _urls = [$"http://127.0.0.1:{Ports.Free()}", $"http://127.0.0.1:{Ports.Free()}"];

    private NodesOnOneHome(PostgresDatabase database)
    {
        _database = database;
        Apis = [new Api(_urls[0]), new Api(_urls[1])];
    }

    public NodeProcess[] Nodes { get; } = new NodeProcess[2];

    public Api[] Apis { get; }

    public Api A => Apis[0];

    public Api B => Apis[1];

    /// <summary>The origin of the home, whichever node is asked.</summary>
    public string Origin => _urls[0];

    public static async Task<NodesOnOneHome> StartAsync()
    {
        Assert.SkipWhen(PostgresCluster.WhyNot is not null, PostgresCluster.WhyNot ?? "");
        PostgresCluster cluster = await PostgresCluster.SharedAsync();
        var home = new NodesOnOneHome(await cluster.CreateDatabaseAsync());
        try
        {
            await home.StartNodeAsync(0);
            await home.StartNodeAsync(1);
            return home;
        }
        catch
        {
            await home.DisposeAsync();
            throw;
        }
    }

    public async Task StartNodeAsync(int node)
    {
        Dictionary<string, string> settings = NodeProcess.Settings(_folder.Path, Origin);
        settings["ZEQ_STORAGE"] = $"postgres:{_database.NodeConnectionString};Application Name=node-{node}";
        settings["ZEQ_STORAGE_OWNER"] = _database.OwnerConnectionString;
        Nodes[node] = await NodeProcess.StartAsync(_urls[node], settings);
    }

    public Task<string> SqlAsync(string sql) => _database.ExecuteAsync(sql);

    /// <summary>Cuts a node's line to what others change, and lets no other one through until <see cref="LetInAsync"/>.</summary>
    public async Task CutListenerAsync(int node)
    {
        await SqlAsync($"ALTER ROLE {_database.NodeRole} NOLOGIN");
        await SqlAsync($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'node-{node}' AND query = 'SELECT 1'");
    }

    public Task LetInAsync() => SqlAsync($"ALTER ROLE {_database.NodeRole} LOGIN");

    /// <summary>The node that leads the work on steps, or -1.</summary>
    public async Task<int> LeaderAsync()
    {
        string name = await SqlAsync(
            "SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())");
        return name switch { "node-0" => 0, "node-1" => 1, _ => -1 };
    }

    /// <summary>How many leaders there have been.</summary>
    public async Task<int> GenerationAsync() => int.Parse("0" + await SqlAsync("SELECT value FROM home_meta WHERE name = 'lease/steps'"), System.Globalization.CultureInfo.InvariantCulture);

    public async Task<int> OpenStepsAsync() => int.Parse(await SqlAsync("SELECT count(*) FROM peer_steps WHERE status = 1"), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Asserts that the home holds every invariant.</summary>
    public async Task AssertSoundAsync()
    {
        await using PostgresHomeStore store = await PostgresHomeStore.OpenReadOnlyAsync(new PostgresOptions { ConnectionString = _database.NodeConnectionString });
        await using IHomeReader snapshot = await store.SnapshotAsync();
        AuditReport report = await Auditor.RunAsync(snapshot);
        Assert.True(report.Ok, string.Join("\n", report.Findings));
    }

    public static async Task Eventually(Func<Task<bool>> isSo)
    {
        for (int tries = 0; !await isSo(); tries++)
        {
            Assert.True(tries < 600, "it never came to be");
            await Task.Delay(50);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NodeProcess? node in Nodes)
        {
            node?.Dispose();
        }

        Array.ForEach(Apis, static api => api.Dispose());
        await _database.DisposeAsync();
        _folder.Dispose();
    }
}
