using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>
/// A home on Kestrel that says whatever a test wants: the home of a coin that it made up, or the home of a holder. By default it speaks
/// as an honest one would, with its own key.
/// </summary>
internal sealed class FakeHome : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeHome(WebApplication app, string origin)
    {
        (_app, Origin) = (app, origin);
        Card = () => new JsonObject { ["ok"] = true, ["protocol"] = "ZeqIdentity", ["alg"] = "ed25519", ["origin"] = Origin, ["public_key"] = Key.PublicKey, ["zeqond"] = Now, ["phase"] = 0, ["software"] = "x", ["version"] = "0" };
        Reply = Honest;
        Sign = (route, request, body) => Key.Sign(AnswerSignature.SignedBytes(route, request, body, new Zeqond(Now)));
    }

    public string Origin { get; }

    public TestKey Key { get; set; } = new();

    /// <summary>The time that its answers show.</summary>
    public long Now { get; } = Zeqond.FromUnixMs(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).Value;

    /// <summary>What it answers to <c>GET /api/identity</c>.</summary>
    public Func<JsonObject> Card { get; set; }

    /// <summary>What it answers to a route: status and body.</summary>
    public Func<string, JsonObject, (int Status, JsonObject Body)> Reply { get; set; }

    /// <summary>How it signs: route, request, body; null leaves the header out.</summary>
    public Func<string, byte[], byte[], string?> Sign { get; set; }

    /// <summary>Writes an answer of its own; true where it has.</summary>
    public Func<HttpContext, Task<bool>>? Raw { get; set; }

    /// <summary>The routes that were called.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    public static async Task<FakeHome> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        string origin = $"http://127.0.0.1:{TestHome.FreePort()}";
        builder.WebHost.UseUrls(origin);
        WebApplication app = builder.Build();
        var home = new FakeHome(app, origin);
        app.Run(home.AnswerAsync);
        await app.StartAsync();
        return home;
    }

    /// <summary>A payment of a coin that this home made up, as an import takes it.</summary>
    public JsonObject Payment(string tokenId, string to, TestHome at, long spendSeq = 1, string from = "ZEQ07000000001") => new()
    {
        ["token_id"] = tokenId, ["from"] = from, ["to"] = to, ["to_origin"] = at.Origin, ["spend_seq"] = spendSeq, ["zeqond"] = Now, ["home_origin"] = Origin,
        ["mac"] = new string('a', 64), ["claim_ticket"] = new string('b', 64),
    };

    /// <summary>What an honest home would say to each route.</summary>
    public (int Status, JsonObject Body) Honest(string path, JsonObject request)
    {
        string token = (string?)request["token_id"] ?? "";
        switch (path)
        {
            case "/api/tally/receipt/verify":
                return (200, new JsonObject
                {
                    ["ok"] = true, ["valid"] = true, ["current"] = true, ["ticket_valid"] = true, ["spend_seq"] = (long)request["spend_seq"]!, ["value_zqt"] = 6, ["zeqond"] = Now, ["phase"] = 0.5,
                });
            case "/api/tally/envelopes/accept-claim":
                return (200, new JsonObject
                {
                    ["ok"] = true, ["receipt"] = Receipt(token, (string)request["holder_zid"]!, (string)request["holder_zid"]!, HolderOrigin!, 2),
                    ["claim_ticket"] = new string('c', 64), ["value_zqt"] = 6, ["zeqond"] = Now, ["phase"] = 0.5,
                });
            default:
                return (404, Error("NOT_FOUND"));
        }
    }

    /// <summary>The home of the holder, for an honest acceptance.</summary>
    public string? HolderOrigin { get; set; }

    public JsonObject Error(string code) => new() { ["ok"] = false, ["error"] = "No.", ["code"] = code, ["zeqond"] = Now, ["phase"] = 0.5 };

    public JsonObject Receipt(string token, string from, string to, string toOrigin, long spendSeq) => new()
    {
        ["token_id"] = token, ["from"] = from, ["to"] = to, ["to_origin"] = toOrigin, ["spend_seq"] = spendSeq, ["zeqond"] = Now, ["home_origin"] = Origin, ["mac"] = new string('d', 64),
    };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationTokenSource(500).Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        string path = http.Request.Path.Value!;
        Calls.Enqueue(path);
        using var memory = new MemoryStream();
        await http.Request.Body.CopyToAsync(memory);
        byte[] request = memory.ToArray();
        http.Request.Body = new MemoryStream(request);
        if (Raw is not null && await Raw(http))
        {
            return;
        }

        (int status, JsonObject answer) = path == "/api/identity" ? (200, Card()) : Reply(path, request.Length == 0 ? [] : JsonNode.Parse(request)!.AsObject());
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(answer);
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        if (Sign($"{http.Request.Method} {path}", request, body) is { } signature)
        {
            http.Response.Headers[AnswerSignature.Header] = signature;
        }

        await http.Response.Body.WriteAsync(body);
    }
}
