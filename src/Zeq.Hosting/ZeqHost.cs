using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zeq.Protocol;
using Zeq.Storage.Sqlite;

namespace Zeq.Hosting;

/// <summary>Adds a Zeq home to an ASP.NET Core application.</summary>
/// <example><code>
/// builder.Services.AddZeq(o => o.Read(builder.Configuration));
/// app.MapZeq();
/// </code></example>
public static class ZeqHostingExtensions
{
    private const int MaxConnections = 4_096;
    private const int MaxHeaderBytes = 16 * 1024;
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(8);

    /// <summary>Registers the home: its store, its writer, its workers, and limits of the web server. Needs a store: see <see cref="ZeqBuilder"/>.</summary>
    public static ZeqBuilder AddZeq(this IServiceCollection services, Action<ZeqOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new ZeqOptions();
        configure(options);
        services.AddSingleton(options);
        services.AddSingleton<ZeqHome>();
        services.AddHostedService(static provider => provider.GetRequiredService<ZeqHome>());

        // Longer than any call to another home takes; what is cut off then is settled after the next start.
        services.Configure<HostOptions>(static host => host.ShutdownTimeout = ShutdownTime);
        services.Configure<KestrelServerOptions>(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            kestrel.Limits.MaxRequestLineSize = 8 * 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1_024, gracePeriod: TimeSpan.FromSeconds(5));
        });
        return new ZeqBuilder(options);
    }

    /// <summary>Maps every route of the home, its health checks, its OpenAPI document and its web pages.</summary>
    public static IEndpointRouteBuilder MapZeq(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ZeqHome home = endpoints.ServiceProvider.GetRequiredService<ZeqHome>();
        home.Map(endpoints);
        return endpoints;
    }
}

/// <summary>Chooses the store of a home.</summary>
public sealed class ZeqBuilder
{
    private readonly ZeqOptions _options;

    internal ZeqBuilder(ZeqOptions options) => _options = options;

    /// <summary>The embedded store: one SQLite file.</summary>
    /// <param name="path">The file; made where it does not exist.</param>
    public ZeqBuilder UseSqlite(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _options.OpenStore = _ => SqliteHomeStore.Open(path);
        return this;
    }

    /// <summary>A store in memory, for tests: nothing survives.</summary>
    public ZeqBuilder UseMemory()
    {
        _options.OpenStore = static _ => new MemoryHomeStore();
        return this;
    }

    /// <summary>A store of the application's own.</summary>
    public ZeqBuilder UseStore(Func<IHomeStore> open)
    {
        _options.OpenStore = _ => open();
        return this;
    }
}

/// <summary>A running home inside an application: opened before the web server listens, drained after it stops.</summary>
public sealed class ZeqHome : IHostedLifecycleService, IAsyncDisposable
{
    private const string PlainText = "text/plain; charset=utf-8";

    private readonly ZeqOptions _options;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _asked = new();
    private readonly CancellationTokenSource _stopping = new();
    private HomeServices? _services;
    private HomeServices? _toClose;
    private ApiDispatcher? _dispatcher;
    private IReadOnlyList<ApiRoute> _routes = [];
    private string? _openApi;
    private Task _worker = Task.CompletedTask;

    /// <summary>Created by the container.</summary>
    public ZeqHome(ZeqOptions options, ILoggerFactory logs)
    {
        ArgumentNullException.ThrowIfNull(logs);
        (_options, _log) = (options, logs.CreateLogger("Zeq.Hosting"));
        HostMetrics.Queue(() => _services?.Home.Waiting ?? 0);
    }

    /// <summary>Who the home is; set once it has started.</summary>
    public HomeContext Context => Services.Home.Context;

    /// <summary>The writer of the home; set once it has started.</summary>
    public Home Home => Services.Home;

    /// <summary>What the store is, without secrets.</summary>
    public string StoreDescription => Services.StoreDescription;

    /// <summary>The secrets' files that this start made.</summary>
    public IReadOnlyList<string> MadeSecrets => Services.MadeSecrets;

    private ApiDispatcher Dispatcher => _dispatcher ?? throw new InvalidOperationException("The home has not started.");

    private HomeServices Services => _services ?? throw new InvalidOperationException("The home has not started.");

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        _services = await HomeServices.OpenAsync(_options, _log, _asked.Token, cancellationToken).ConfigureAwait(false);
        _toClose = _services;
        _dispatcher = new ApiDispatcher(_services);
        _worker = Task.Run(() => new StepWorker(_services).RunAsync(_stopping.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => CloseAsync();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends streams, so that the web server can drain; every other request is answered.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => _asked.CancelAsync();

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Closes a home that nobody stopped: where the web server could not start, nobody does.</summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _asked.Dispose();
    }

    internal void Map(IEndpointRouteBuilder endpoints)
    {
        _routes = ApiRoutes.All(_options);
        foreach (IGrouping<string, ApiRoute> path in _routes.GroupBy(route => route.Pattern))
        {
            var byMethod = path.ToDictionary(route => route.Method, StringComparer.Ordinal);
            endpoints.Map(path.Key, http => byMethod.TryGetValue(http.Request.Method, out ApiRoute? route)
                ? Dispatcher.HandleAsync(http, route)
                : Dispatcher.HandleUnknownAsync(http, byMethod.Keys));
        }

        endpoints.MapGet("/healthz", static http =>
        {
            http.Response.ContentType = PlainText;
            return http.Response.WriteAsync("ok\n");
        });
        endpoints.MapGet("/readyz", ReadyAsync);
        endpoints.MapGet("/openapi/v1.json", http =>
        {
            http.Response.ContentType = "application/json";
            return http.Response.WriteAsync(_openApi ??= OpenApiDocument.Write(_routes, Context, Services.Limits));
        });
        WebPages.Map(endpoints, http => Dispatcher.HandleUnknownAsync(http, WebPages.Methods));
        endpoints.MapFallback("/{**path}", http => Dispatcher.HandleUnknownAsync(http, []));
    }

    private async Task CloseAsync()
    {
        if (Interlocked.Exchange(ref _toClose, null) is not { } services)
        {
            return;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _worker.ConfigureAwait(false);
        await services.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ReadyAsync(HttpContext http)
    {
        string problem = "";
        try
        {
            problem = Home.Clock?.Check() ?? "";
            await Home.Reader.FindAsync(HomeMeta.Table, PinName.Origin, http.RequestAborted).ConfigureAwait(false);
        }
        catch (StoreException)
        {
            problem = "The store cannot be read.";
        }

        http.Response.ContentType = PlainText;
        if (problem.Length > 0)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            http.Response.Headers.RetryAfter = "1";
        }

        await http.Response.WriteAsync(problem.Length == 0 ? "ready\n" : problem + "\n").ConfigureAwait(false);
    }
}
