using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Zeq.Crypto;
using Zeq.Hosting;
using Zeq.Node;
using Zeq.Protocol;

if (args is ["--help" or "-h" or "help", ..])
{
    Console.WriteLine(NodeHelp.Text);
    return 0;
}

try
{
    if (args is ["migrate", ..])
    {
        return await MigrateCommand.RunAsync(args[1..]);
    }

    WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
    builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.AspNetCore", LogLevel.Error).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
    string url = builder.Configuration["urls"] ?? "http://127.0.0.1:8777";
    builder.WebHost.UseUrls(url);
    builder.Services.AddZeq(options =>
    {
        options.Read(builder.Configuration);
        if (options.Origin is null && Origin.TryParse(url.Split(';')[0], out Origin local) && new Uri(local.Text).IsLoopback)
        {
            // Without ZEQ_ORIGIN this is a node to try out on one's own machine.
            options.Origin = local;
            options.AllowLoopbackPeers = true;
        }
    });

    using var metrics = new PrometheusText();
    await using WebApplication app = builder.Build();
    app.MapZeq();
    app.MapZeqMetrics(metrics);
    await StartAsync(app, url);

    string listening = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    NodeBanner.Write(app.Services.GetRequiredService<ZeqHome>(), listening, CryptoProvider.Describe());
    await app.WaitForShutdownAsync();
    return 0;
}
catch (ZeqStartException refusal)
{
    await Console.Error.WriteLineAsync("error: " + refusal.Message);
    return 1;
}

static async Task StartAsync(WebApplication app, string url)
{
    try
    {
        await app.StartAsync();
    }
    catch (Exception failure) when (failure is IOException or SocketException or FormatException or ArgumentOutOfRangeException)
    {
        // What the web server throws over an address: in use, not this machine's, not allowed, no address at all.
        throw new ZeqStartException($"The node cannot listen on {url}: {failure.Message.Split('\n')[0].TrimEnd('.')}.", failure);
    }
}
