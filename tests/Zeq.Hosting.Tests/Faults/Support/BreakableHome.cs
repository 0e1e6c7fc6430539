using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zeq.Protocol;
using Zeq.Storage.Sqlite;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>
/// A home in this process: real web server, real sockets, real SQLite file (or a store in memory, where thousands of restarts count), and a
/// store and a door that a test can break. Stopped and started again, it is the same home on the same store and port.
/// </summary>
internal sealed class BreakableHome : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TimeProvider _time;
    private readonly Action<ZeqOptions> _configure;
    private readonly int _port = Ports.Free();
    private MemoryHomeStore? _memory;
    private WebApplication? _app;

    private BreakableHome(TimeProvider time, Action<ZeqOptions> configure)
    {
        (_time, _configure) = (time, configure);
        Api = new Api($"http://127.0.0.1:{_port}");
        Origin = Api.Url;
    }

    public Api Api { get; }

    /// <summary>What the home calls itself; its URL unless the test says otherwise.</summary>
    public string Origin { get; init; }

    public SqliteOptions StoreOptions { get; set; } = new();

    public FaultStore Store { get; private set; } = null!;

    /// <summary>What a test puts on every store that a start opens.</summary>
    public Action<FaultStore> OnOpened { get; set; } = static _ => { };

    public string StorePath => _folder["home.db"];

    /// <summary>Stands before every route; null lets everything through.</summary>
    public Func<HttpContext, RequestDelegate, Task>? Door { get; set; }

    public Home Home => _app!.Services.GetRequiredService<ZeqHome>().Home;

    /// <summary>A home that talks to other homes on this machine.</summary>
    public static async Task<BreakableHome> StartAsync(TimeProvider? time = null, Action<ZeqOptions>? configure = null, string? origin = null, SqliteOptions? store = null)
    {
        var home = new BreakableHome(time ?? TimeProvider.System, configure ?? (static _ => { }));
        home = origin is null ? home : new BreakableHome(time ?? TimeProvider.System, configure ?? (static _ => { })) { Origin = origin };
        home.StoreOptions = store ?? home.StoreOptions;
        await home.StartAsync();
        return home;
    }

    /// <summary>A home whose store is in memory, and outlives its restarts.</summary>
    public static async Task<BreakableHome> StartInMemoryAsync(TimeProvider time, Action<ZeqOptions>? configure = null)
    {
        var home = new BreakableHome(time, configure ?? (static _ => { })) { _memory = new MemoryHomeStore() };
        await home.StartAsync();
        return home;
    }

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Api.Url);
        builder.Services.AddZeq(options =>
        {
            options.Origin = Zeq.Protocol.Origin.Parse(Origin);
            options.DataFolder = _folder.Path;
            options.AdminKey = Api.AdminKey;
            options.AllowLoopbackPeers = true;
            options.FreeCredits = 0;
            options.Time = _time;
            foreach (string bucket in new RateLimits(_time).Limits.Keys)
            {
                options.RateLimits[bucket] = new RateLimit(0, 60);
            }

            _configure(options);
        }).UseStore(() =>
        {
            Store = new FaultStore(_memory is null ? SqliteHomeStore.Open(StorePath, StoreOptions) : _memory);
            OnOpened(Store);
            return Store;
        });
        _app = builder.Build();
        _app.Use(next => http => Door is { } door ? door(http, next) : next(http));
        _app.MapZeq();
        await _app.StartAsync();
    }

    /// <summary>Takes the home down. Where its store has died before, this is what a kill leaves.</summary>
    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            using var atOnce = new CancellationTokenSource();
            if (Store.IsDead)
            {
                await atOnce.CancelAsync();
            }

            await app.StopAsync(atOnce.Token);
            await app.DisposeAsync();
        }
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Asserts that every invariant of value holds in what is stored.</summary>
    public Task AuditAsync() => _memory is null ? AuditAsync(StorePath) : AuditAsync(_memory);

    public static async Task AuditAsync(string path)
    {
        await using SqliteHomeStore store = SqliteHomeStore.OpenReadOnly(path);
        await AuditAsync(store);
    }

    private static async Task AuditAsync(IHomeStore store)
    {
        await using IHomeReader snapshot = await store.SnapshotAsync();
        AuditReport report = await Auditor.RunAsync(snapshot);
        Assert.True(report.FindingCount == 0, string.Join('\n', report.Findings));
    }

    /// <summary>All rows of a table that meet a condition.</summary>
    public async Task<List<TRow>> RowsAsync<TRow>(Query<TRow> query)
        where TRow : class
    {
        var rows = new List<TRow>();
        await foreach (TRow row in Home.Reader.QueryAsync(query))
        {
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>How many steps at other homes are not settled.</summary>
    public async Task<int> OpenStepsAsync() =>
        (await RowsAsync(new Query<PeerStep>(PeerStep.Table).Where("status", Comparison.Equal, Cell.Of((long)PeerStepStatus.Open)))).Count;

    /// <summary>Waits until the worker has settled everything.</summary>
    public async Task SettledAsync()
    {
        for (int tries = 0; await OpenStepsAsync() > 0; tries++)
        {
            Assert.True(tries < 1_500, "The worker did not settle what was left.");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Api.Dispose();
        _folder.Dispose();
    }
}
