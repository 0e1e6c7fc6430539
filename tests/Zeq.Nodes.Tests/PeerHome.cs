using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Zeq.Crypto;
using Zeq.Hosting.Tests.Faults;
using Zeq.Protocol;

namespace Zeq.Nodes.Tests;

/// <summary>The home of coins that it makes up: it confirms every receipt, takes acceptances when it is told to, and counts them.</summary>
internal sealed class PeerHome : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(32);
    private readonly byte[] _publicKey = new byte[32];

    private PeerHome(WebApplication app, string origin)
    {
        (_app, Origin) = (app, origin);
        Ed25519.GetPublicKey(_seed, _publicKey);
    }

    public string Origin { get; }

    /// <summary>Whether it takes acceptances; while it does not, it answers what makes no sense, and the outcome stays open.</summary>
    public volatile bool Takes;

    /// <summary>Held by an acceptance before it is answered.</summary>
    public Func<Task>? Hold { get; set; }

    /// <summary>Acceptances that were taken, by coin.</summary>
    public ConcurrentQueue<string> Taken { get; } = new();

    public static async Task<PeerHome> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        string origin = $"http://127.0.0.1:{Ports.Free()}";
        builder.WebHost.UseUrls(origin);
        WebApplication app = builder.Build();
        var home = new PeerHome(app, origin);
        app.Run(home.AnswerAsync);
        await app.StartAsync();
        return home;
    }

    /// <summary>A coin of this home as its recipient at another home imports it.</summary>
    public JsonObject Payment(int number, string to, string toOrigin) => new()
    {
        ["token_id"] = string.Create(CultureInfo.InvariantCulture, $"ZT-zeq07000000001-{1_000 + number}-0123456789abcdef"), ["from"] = "ZEQ07000000001", ["to"] = to,
        ["to_origin"] = toOrigin, ["spend_seq"] = 1, ["zeqond"] = Now, ["home_origin"] = Origin, ["mac"] = new string('a', 64), ["claim_ticket"] = new string('b', 64),
    };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationTokenSource(500).Token);
        await _app.DisposeAsync();
    }

    private static long Now => Zeqond.FromUnixMs(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).Value;

    private async Task AnswerAsync(HttpContext http)
    {
        string path = http.Request.Path.Value!;
        using var memory = new MemoryStream();
        await http.Request.Body.CopyToAsync(memory);
        byte[] request = memory.ToArray();
        long now = Now;
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(await AnswerAsync(path, request.Length == 0 ? [] : JsonNode.Parse(request)!.AsObject(), now));
        byte[] signature = new byte[64];
        Ed25519.Sign(AnswerSignature.SignedBytes($"{http.Request.Method} {path}", request, body, new Zeqond(now)), _seed, signature);
        http.Response.ContentType = "application/json";
        http.Response.Headers[AnswerSignature.Header] = Convert.ToHexStringLower(signature);
        await http.Response.Body.WriteAsync(body);
    }

    private async Task<JsonObject> AnswerAsync(string path, JsonObject request, long now)
    {
        if (path == "/api/identity")
        {
            return new JsonObject
            {
                ["ok"] = true, ["protocol"] = "ZeqIdentity", ["alg"] = "ed25519", ["origin"] = Origin, ["public_key"] = Convert.ToHexStringLower(_publicKey), ["zeqond"] = now, ["phase"] = 0,
                ["software"] = "x", ["version"] = "0",
            };
        }

        if (path.EndsWith("/verify", StringComparison.Ordinal))
        {
            return new JsonObject { ["ok"] = true, ["valid"] = true, ["current"] = true, ["ticket_valid"] = true, ["spend_seq"] = 1, ["value_zqt"] = 6, ["zeqond"] = now, ["phase"] = 0.5 };
        }

        string token = (string)request["token_id"]!;
        string holder = (string)request["holder_zid"]!;
        bool takes = Takes;
        if (takes)
        {
            Taken.Enqueue(token);
            if (Hold is { } hold)
            {
                await hold();
            }
        }

        return new JsonObject
        {
            ["ok"] = true,
            ["receipt"] = new JsonObject
            {
                ["token_id"] = token, ["from"] = holder, ["to"] = holder, ["to_origin"] = HolderOrigin, ["spend_seq"] = 2, ["zeqond"] = now, ["home_origin"] = Origin, ["mac"] = new string('d', 64),
            },
            ["claim_ticket"] = new string('c', 64), ["value_zqt"] = takes ? 6 : 41, ["zeqond"] = now, ["phase"] = 0.5,
        };
    }

    /// <summary>The home of those who accept.</summary>
    public string HolderOrigin { get; set; } = "";
}
