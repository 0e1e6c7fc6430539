using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Zeq.Hosting;
using Zeq.Protocol;

namespace Zeq.House.Tests;

/// <summary>The first program of the README, line by line; a test compares the two, and runs it.</summary>
internal static class ReadmeProgram
{
    public static void Run(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.WebHost.UseUrls("http://127.0.0.1:8778");
        builder.Services.AddZeq(options =>
        {
            options.Origin = Origin.Parse("http://127.0.0.1:8778");
            options.AllowLoopbackPeers = true;      // development only: http and loopback homes
        }).UseSqlite("first-home.db");

        var app = builder.Build();
        app.MapZeq();
        app.Run();
    }
}
