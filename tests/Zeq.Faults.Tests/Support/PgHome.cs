using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Zeq.Hosting;
using Zeq.Hosting.Tests.Faults;
using Zeq.Postgres.Cluster;
using Zeq.Protocol;
using Zeq.Storage.Postgres;

namespace Zeq.Faults.Tests;

/// <summary>A home on a database of its own, served by nodes as processes, or by one in this process whose store a test chooses.</summary>
internal sealed class PgHome : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<NodeProcess> _nodes = [];
    private readonly List<Api> _apis = [];
    private WebApplication? _app;

    private PgHome(PostgresDatabase database) => (Database, ConnectionString) = (database, database.NodeTcpConnectionString + Plain);

    /// <summary>What keeps a connection in clear, so that a proxy can read it.</summary>
    public const string Plain = ";SSL Mode=Disable;GSS Encryption Mode=Disable";

    public PostgresDatabase Database { get; }

    /// <summary>Where the nodes find it; the node's role over TCP unless the test says otherwise.</summary>
    public string ConnectionString { get; set; }

    /// <summary>The home's origin, and the address of its first node.</summary>
    public string Url { get; } = $"http://127.0.0.1:{Ports.Free()}";

    public string DataFolder => _folder.Path;

    /// <summary>A home on a new database of a cluster, with its tables made by their owner.</summary>
    public static async Task<PgHome> CreateAsync(PostgresCluster cluster)
    {
        var home = new PgHome(await cluster.CreateDatabaseAsync());
        await PostgresHomeStore.MigrateAsync(home.StoreOptions());
        return home;
    }

    /// <summary>Skips a test where no cluster can be started.</summary>
    public static void NeedPostgres() => Assert.SkipWhen(PostgresCluster.WhyNot is not null, PostgresCluster.WhyNot ?? "");

    public PostgresOptions StoreOptions() => new() { ConnectionString = ConnectionString, OwnerConnectionString = Database.OwnerConnectionString };

    /// <summary>The settings of a node of this home.</summary>
    public Dictionary<string, string> Settings()
    {
        Dictionary<string, string> settings = NodeProcess.Settings(DataFolder, Url);
        settings["ZEQ_STORAGE"] = "postgres:" + ConnectionString;
        return settings;
    }

    /// <summary>Starts a node; the first at the home's own address, every further one beside it.</summary>
    public async Task<NodeProcess> StartNodeAsync(bool isBeside = false)
    {
        NodeProcess node = await NodeProcess.StartAsync(isBeside ? $"http://127.0.0.1:{Ports.Free()}" : Url, Settings());
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts a node in this process on a store that is open.</summary>
    public async Task<Api> StartHereAsync(PostgresOptions options, TimeProvider? time = null)
    {
        IHomeStore store = await PostgresHomeStore.OpenAsync(options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        builder.Services.AddZeq(zeq =>
        {
            zeq.Origin = Origin.Parse(Url);
            zeq.DataFolder = DataFolder;
            zeq.AdminKey = Api.AdminKey;
            zeq.AllowLoopbackPeers = true;
            zeq.FreeCredits = 0;
            zeq.Time = time ?? TimeProvider.System;
            foreach (string bucket in new RateLimits(zeq.Time).Limits.Keys)
            {
                zeq.RateLimits[bucket] = new RateLimit(0, 60);
            }
        }).UseStore(() => store);
        _app = builder.Build();
        _app.MapZeq();
        await _app.StartAsync();
        return Call();
    }

    /// <summary>Takes the node of this process down.</summary>
    public async Task StopHereAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    /// <summary>Calls the home's first node, or another one.</summary>
    public Api Call(string? url = null)
    {
        var api = new Api(url ?? Url);
        _apis.Add(api);
        return api;
    }

    /// <summary>Opens what a server of the home holds, for reading.</summary>
    public Task<PostgresHomeStore> ReadAsync(PostgresCluster? server = null) => PostgresHomeStore.OpenReadOnlyAsync(
        new PostgresOptions { ConnectionString = Database.Over("127.0.0.1", (server ?? Database.Cluster).Port, Database.NodeRole) });

    /// <summary>Asserts that a server of the home holds all that was acknowledged to the load, and that every invariant of value holds in it.</summary>
    public async Task VerifyAsync(TransferLoad? load, bool exactly, PostgresCluster? server = null, bool audit = true)
    {
        await using PostgresHomeStore store = await ReadAsync(server);
        if (load is not null)
        {
            await load.VerifyAsync(store, exactly);
        }

        if (audit)
        {
            await using IHomeReader snapshot = await store.SnapshotAsync();
            AuditReport report = await Auditor.RunAsync(snapshot);
            Assert.True(report.FindingCount == 0, string.Join('\n', report.Findings));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _nodes.ForEach(static node => node.Dispose());
        await StopHereAsync();
        _apis.ForEach(static api => api.Dispose());
        await Database.DisposeAsync();
        _folder.Dispose();
    }
}
