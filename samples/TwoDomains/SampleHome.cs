using System.Net;
using System.Net.Sockets;
using Zeq.Client;
using Zeq.Hosting;
using Zeq.Protocol;

namespace TwoDomains;

/// <summary>One home of the sample: real Kestrel on a free port of this machine, its own SQLite file and its own secrets.</summary>
internal sealed class SampleHome : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private SampleHome(WebApplication app, string folder, Origin origin) => (_app, _folder, Origin) = (app, folder, origin);

    public Origin Origin { get; }

    public string StoreFile => Path.Combine(_folder, "home.db");

    public static async Task<SampleHome> StartAsync(string folder)
    {
        Origin origin = Origin.Parse($"http://127.0.0.1:{FreePort()}");
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseUrls(origin.Text);
        builder.Services.AddZeq(options =>
        {
            options.Origin = origin;
            options.DataFolder = folder;
            options.AllowLoopbackPeers = true;

            // Free fuel is spent first and its envelopes go to the Foundation; here every coin is paid for.
            options.FreeCredits = 0;
        }).UseSqlite(Path.Combine(folder, "home.db"));
        WebApplication app = builder.Build();
        app.MapZeq();
        await app.StartAsync();
        return new SampleHome(app, folder, origin);
    }

    /// <summary>A client of this home; without a key a stranger's.</summary>
    public ZeqClient Client(string? key = null) => ZeqClient.Create(new ZeqClientOptions { Origin = Origin, Key = key, AllowHttp = true });

    /// <summary>A client with the admin key, which the start made.</summary>
    public ZeqClient Admin() => Client(File.ReadAllText(Path.Combine(_folder, "admin-key")).Trim());

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
