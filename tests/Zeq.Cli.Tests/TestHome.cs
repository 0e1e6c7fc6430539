using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Zeq.Hosting;
using Zeq.Protocol;

namespace Zeq.Cli.Tests;

/// <summary>A real home on a loopback socket with a store of its own.</summary>
public sealed class TestHome : IAsyncDisposable
{
    public const string AdminKey = "admin-key-of-a-test-home-0123456789abcdef";

    private readonly WebApplication _app;
    private readonly DirectoryInfo _folder;

    private TestHome(WebApplication app, DirectoryInfo folder, string url) => (_app, _folder, Url) = (app, folder, url);

    public string Url { get; }

    public string StorePath => Path.Combine(_folder.FullName, "home.db");

    public static async Task<TestHome> StartAsync(bool isRegistrationOpen = true)
    {
        // Another process may take the port between the look and the start; then the next one is tried.
        for (int tries = 1; ; tries++)
        {
            DirectoryInfo folder = Directory.CreateTempSubdirectory("zeq-cli-home-");
            string url = $"http://127.0.0.1:{FreePort()}";
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls(url);
            builder.Services.AddZeq(options =>
            {
                options.Origin = Origin.Parse(url);
                options.DataFolder = folder.FullName;
                options.AllowLoopbackPeers = true;
                options.AdminKey = AdminKey;
                options.FreeCredits = 0;
                options.IsRegistrationOpen = isRegistrationOpen;
                foreach (string bucket in (string[])["Register", "Compute", "Tally", "ReceiptVerify", "TransferClaim", "ChainWrite", "ChainRead", "Claims", "Default"])
                {
                    options.RateLimits[bucket] = new RateLimit(0, 60);
                }
            }).UseSqlite(Path.Combine(folder.FullName, "home.db"));
            WebApplication app = builder.Build();
            app.MapZeq();
            try
            {
                await app.StartAsync();
                return new TestHome(app, folder, url);
            }
            catch (IOException) when (tries < 5)
            {
                await app.DisposeAsync();
                folder.Delete(recursive: true);
            }
        }
    }

    /// <summary>A loopback URL where nothing listens.</summary>
    public static string DeadUrl() => $"http://127.0.0.1:{FreePort()}";

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
