using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Zeq.Protocol;
using Zeq.Storage.Sqlite;

namespace Zeq.Hosting.Tests;

/// <summary>
/// A real home in this process: the library's host on real Kestrel, a free port of 127.0.0.1, and a folder of its own. Every answer that
/// comes through <see cref="SendAsync"/> is held against the home's own OpenAPI document.
/// </summary>
internal sealed class TestHome : IAsyncDisposable
{
    private readonly HomeSetup _setup;
    private readonly HttpClient _http;
    private WebApplication? _app;
    private MemoryHomeStore? _memory;
    private int _minted;

    private TestHome(HomeSetup setup, int port)
    {
        _setup = setup;
        Port = port;
        Origin = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        Folder = Path.Combine(Path.GetTempPath(), "zeq-home-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(Folder);
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false };
        _http = new HttpClient(handler) { BaseAddress = new Uri(Origin), Timeout = TimeSpan.FromSeconds(60) };
    }

    public int Port { get; }

    public string Origin { get; }

    public string Folder { get; }

    /// <summary>The SQLite file.</summary>
    public string DatabasePath => Path.Combine(Folder, "home.db");

    public string HomeSecret { get; init; } = RandomHex();

    public string NodeSecret { get; init; } = "node-" + RandomHex();

    public string FieldKey { get; init; } = RandomHex();

    public string MeshSecret { get; init; } = "mesh-" + RandomHex();

    public string AdminKey { get; init; } = "admin-" + RandomHex();

    /// <summary>What the home logged, over all its starts.</summary>
    public LogLines Logs { get; } = new();

    /// <summary>Every answer that was given without a key.</summary>
    public ConcurrentQueue<string> PublicAnswers { get; } = new();

    public OpenApiContract Contract { get; private set; } = null!;

    public ZeqHome Zeq => App.Services.GetRequiredService<ZeqHome>();

    public Home Home => Zeq.Home;

    public HomeContext Context => Zeq.Context;

    public WebApplication App => _app ?? throw new InvalidOperationException("The home is stopped.");

    /// <summary>Starts a home.</summary>
    public static async Task<TestHome> StartAsync(HomeSetup? setup = null)
    {
        setup ??= new HomeSetup();
        for (int tries = 1; ; tries++)
        {
            var home = new TestHome(setup, setup.Port ?? FreePort());
            try
            {
                await home.StartAgainAsync();
                return home;
            }
            catch (IOException) when (setup.Port is null && tries < 5)
            {
                // Somebody took the port in between.
                await home.DisposeAsync();
            }
            catch
            {
                await home.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>A port of 127.0.0.1 that nobody listens on.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts the home again after <see cref="StopAsync"/>, on the same port and folder.</summary>
    /// <param name="configure">Changes the options of this start alone.</param>
    public async Task StartAgainAsync(Action<ZeqOptions>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Information).AddProvider(Logs).AddFilter("Zeq", LogLevel.Trace);
        builder.WebHost.UseUrls(Origin);
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Services.AddZeq(options =>
        {
            options.Origin = Protocol.Origin.Parse(Origin);
            options.DataFolder = Folder;
            (options.HomeSecret, options.NodeSecret, options.FieldKey, options.MeshSecret, options.AdminKey) = (HomeSecret, NodeSecret, FieldKey, MeshSecret, AdminKey);
            options.AllowLoopbackPeers = true;
            options.FreeCredits = _setup.FreeCredits;
            options.Time = _setup.Time ?? TimeProvider.System;
            options.OpenStore = OpenStore;
            if (!_setup.KeepsDefaultLimits)
            {
                foreach (string bucket in new RateLimits(TimeProvider.System).Limits.Keys)
                {
                    options.RateLimits[bucket] = new RateLimit(0, 60);
                }
            }

            foreach ((string bucket, RateLimit limit) in _setup.RateLimits)
            {
                options.RateLimits[bucket] = limit;
            }

            _setup.Configure?.Invoke(options);
            configure?.Invoke(options);
        });
        WebApplication app = builder.Build();
        try
        {
            app.MapZeq();
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        _app = app;
        Contract = new OpenApiContract(JsonDocument.Parse(await _http.GetByteArrayAsync(new Uri("/openapi/v1.json", UriKind.Relative))).RootElement);
    }

    /// <summary>Stops the home; its port and folder stay.</summary>
    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_memory is not null)
        {
            await _memory.DisposeAsync();
        }

        _http.Dispose();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }

    public Task<Answer> GetAsync(string path, string? key = null) => SendAsync("GET", path, null, key);

    /// <summary>Posts a body, any object that serializes to what it looks like; null: none.</summary>
    public Task<Answer> PostAsync(string path, object? body = null, string? key = null, string? idempotencyKey = null) =>
        SendAsync("POST", path, body is null ? null : Json(body), key, idempotencyKey);

    /// <summary>A body of JSON.</summary>
    public static ByteArrayContent Json(object body)
    {
        var content = new ByteArrayContent(body is byte[] raw ? raw : body is string text ? System.Text.Encoding.UTF8.GetBytes(text) : JsonSerializer.SerializeToUtf8Bytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Sends a request as it is, and holds the answer against the document.</summary>
    public async Task<Answer> SendAsync(string method, string path, HttpContent? content, string? key = null, string? idempotencyKey = null, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Origin + path)) { Content = content };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (idempotencyKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        }

        change?.Invoke(request);
        byte[] sent = content is ByteArrayContent ? await content.ReadAsByteArrayAsync() : [];
        using HttpResponseMessage response = await _http.SendAsync(request);
        var answer = new Answer((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), response.Headers, response.Content.Headers);
        Contract.Check(method, path, answer);
        if (content is ByteArrayContent && answer.Status is not (413 or 415) && Contract.Find(method, path) is { } operation && operation.TryGetProperty("tags", out _) && OpenApiContract.IsSigned(operation) && answer.Status < 500)
        {
            string signature = Assert.Single(answer.Headers.GetValues(AnswerSignature.Header));
            byte[] text = AnswerSignature.SignedBytes($"{method} {path}", sent, answer.Body, new Zeqond(answer.Long("zeqond")));
            Assert.True(SignedStamp.Verify(text, signature, Context.Keys.NodePublicKey), $"{method} {path}: the signature of the answer does not hold");
        }

        if (key is null)
        {
            PublicAnswers.Enqueue(answer.Text);
        }

        return answer;
    }

    /// <summary>A new account.</summary>
    public async Task<Account> RegisterAsync(object? body = null)
    {
        Answer answer = (await PostAsync("/api/identity/register", body ?? new { })).Expect(201);
        PublicAnswers.Clear();
        return new Account(answer.String("zid"), answer.String("api_key"), answer.String("slug"), answer.String("machine_key"));
    }

    /// <summary>Gives an account paid fuel.</summary>
    public async Task GrantAsync(string zid, long paid) =>
        (await PostAsync("/api/tally/credits/grant", new { zid, paid, reference = Guid.NewGuid().ToString() }, AdminKey)).Expect();

    /// <summary>Lets an account compute with paid fuel, which mints a coin that can move.</summary>
    public async Task<Coin> MintCoinAsync(Account account)
    {
        await GrantAsync(account.Zid, 20);
        int mass = Interlocked.Increment(ref _minted);
        Answer answer = (await PostAsync(
            "/api/zeq/compute",
            $$"""{"operators":["NM19"],"inputs":{"mass_kg":{{mass}},"acceleration_ms2":2},"funding_limit":["paid"]}""", account.ApiKey)).Expect();
        JsonElement coin = answer["envelopes"].EnumerateArray().Single();
        return new Coin(coin.GetProperty("token_id").GetString()!, coin.GetProperty("value_zqt").GetInt64(), answer.String("machine"));
    }

    /// <summary>Audits the store as it stands.</summary>
    public async Task<AuditReport> AuditAsync()
    {
        await using IHomeReader snapshot = await Home.Reader.SnapshotAsync();
        return await Auditor.RunAsync(snapshot);
    }

    /// <summary>Asserts that the store holds every invariant.</summary>
    public async Task AssertSoundAsync()
    {
        AuditReport report = await AuditAsync();
        Assert.True(report.Ok, string.Join("\n", report.Findings));
    }

    private static string RandomHex() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    private IHomeStore OpenStore(ZeqOptions options)
    {
        IHomeStore store = _setup.IsInMemory ? _memory ??= new MemoryHomeStore() : SqliteHomeStore.Open(DatabasePath);
        return _setup.WrapStore?.Invoke(store) ?? store;
    }
}
