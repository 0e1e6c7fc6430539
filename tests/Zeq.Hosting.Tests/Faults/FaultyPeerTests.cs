using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>
/// Homes of strangers that are slow, dead or lying (spec 00, "Talking to another home"; spec 10 §10): 502, nothing half done, and settled
/// once they are back.
/// </summary>
[Collection(FaultsCollection.Name)]
public sealed class FaultyPeerTests
{
    private const int Speed = 10;

    public static TheoryData<string, bool> Faults()
    {
        var faults = new TheoryData<string, bool>();
        foreach (string fault in (string[])["slow", "redirect", "huge", "garbage", "html", "cut", "500", "429", "unsigned", "forged"])
        {
            // The coin's home may have moved the coin before it misbehaved, or not.
            faults.Add(fault, true);
            faults.Add(fault, false);
        }

        return faults;
    }

    // Seen red with ClaimService.EndAsync ending the step on an unknown outcome (the claim held again although the coin may have moved),
    // and with answers taken without their signature (html, unsigned, forged).
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_move_whose_outcome_is_unknown_stays_in_flight_until_it_is_known(string fault, bool acts)
    {
        var clock = new FastClock(Speed);
        await using BreakableHome a = await BreakableHome.StartAsync(clock);
        await using BreakableHome b = await BreakableHome.StartAsync(clock);
        Account alice = await a.Api.RegisterAsync(), carol = await a.Api.RegisterAsync(paid: 0), dan = await a.Api.RegisterAsync(paid: 0);
        Account bob = await b.Api.RegisterAsync(paid: 0);
        string token = await a.Api.MintAsync(alice);
        (await b.Api.ImportAsync(bob, await a.Api.SendAwayAsync(alice, token, bob, b.Origin))).Expect();

        a.Door = (http, next) => http.Request.Path.Value!.EndsWith("/transfer-claim", StringComparison.Ordinal) ? MisbehaveAsync(http, next, fault, acts, clock) : next(http);
        WireAnswer unknown = await b.Api.TransferClaimAsync(bob, token, carol.Zid);
        Assert.Equal((502, "PEER_UNREACHABLE"), (unknown.Status, unknown.Code));
        Assert.Equal("in_flight", (await b.Api.ClaimAsync(bob, token))!["status"]!.GetValue<string>());
        WireAnswer elsewhere = await b.Api.TransferClaimAsync(bob, token, dan.Zid);
        Assert.Equal((409, "IN_FLIGHT"), (elsewhere.Status, elsewhere.Code));

        a.Door = null;
        await b.SettledAsync();
        Assert.Equal("spent", (await b.Api.ClaimAsync(bob, token))!["status"]!.GetValue<string>());
        Assert.Equal(3, await a.Api.HeightAsync(token));
        (await a.Api.GetAsync("/api/tally/envelopes/" + token, carol.Key)).Expect();
        (await b.Api.TransferClaimAsync(bob, token, carol.Zid)).Expect();
        await b.StopAsync();
        await a.StopAsync();
        await a.AuditAsync();
        await b.AuditAsync();
    }

    // Seen red with a breaker that stayed open for minutes after a long outage, and a worker that waited 15 Zeqonds between its tries.
    [Fact]
    public async Task What_a_long_outage_left_is_settled_within_20_Zeqonds_of_its_end()
    {
        var clock = new ManualClock();
        await using BreakableHome a = await BreakableHome.StartAsync(clock);
        await using BreakableHome b = await BreakableHome.StartAsync(clock);
        Account alice = await a.Api.RegisterAsync(), carol = await a.Api.RegisterAsync(paid: 0), bob = await b.Api.RegisterAsync(paid: 0);
        string token = await a.Api.MintAsync(alice), waiting = await a.Api.MintAsync(alice);
        (await b.Api.ImportAsync(bob, await a.Api.SendAwayAsync(alice, token, bob, b.Origin))).Expect();
        JsonObject import = await a.Api.SendAwayAsync(alice, waiting, bob, b.Origin);
        await a.StopAsync();

        // Time passes while the call is under way, or its pauses would never end.
        Task<WireAnswer> move = b.Api.TransferClaimAsync(bob, token, carol.Zid);
        for (int zeqonds = 0; zeqonds < 250 || !move.IsCompleted; zeqonds++)
        {
            await ZeqondAsync(clock, 10);
        }

        Assert.Equal(502, (await move).Status);
        WireAnswer refused = await PassingAsync(clock, b.Api.ImportAsync(bob, import));
        Assert.Equal((502, "PEER_UNREACHABLE"), (refused.Status, refused.Code));
        Assert.Null(await b.Api.ClaimAsync(bob, waiting));
        Assert.Equal(1, await b.OpenStepsAsync());

        await a.StartAsync();
        int passed = 0;
        for (; passed <= 20 && await b.OpenStepsAsync() > 0; passed++)
        {
            await ZeqondAsync(clock, 200);
        }

        Assert.InRange(passed, 0, 20);
        Assert.Equal("spent", (await b.Api.ClaimAsync(bob, token))!["status"]!.GetValue<string>());
        (await PassingAsync(clock, b.Api.ImportAsync(bob, import))).Expect();
    }

    // Seen red with PeerHttp counting a 429 as a failure of the peer.
    [Fact]
    public async Task A_home_that_says_no_is_asked_again()
    {
        await using BreakableHome a = await BreakableHome.StartAsync();
        await using BreakableHome b = await BreakableHome.StartAsync();
        Account alice = await a.Api.RegisterAsync(), bob = await b.Api.RegisterAsync(paid: 0);
        string token = await a.Api.MintAsync(alice);
        JsonObject import = await a.Api.SendAwayAsync(alice, token, bob, b.Origin);
        int asked = 0;
        a.Door = (http, next) =>
        {
            if (!http.Request.Path.Value!.EndsWith("/receipt/verify", StringComparison.Ordinal))
            {
                return next(http);
            }

            Interlocked.Increment(ref asked);
            return MisbehaveAsync(http, next, "429", acts: false, TimeProvider.System);
        };
        for (int i = 1; i <= 12; i++)
        {
            WireAnswer busy = await b.Api.ImportAsync(bob, import);
            Assert.Equal((502, i), (busy.Status, asked));
        }

        a.Door = null;
        for (int i = 0; i < 12; i++)
        {
            var forged = (JsonObject)import.DeepClone();
            forged["mac"] = new string('0', 64);
            WireAnswer rejected = await b.Api.ImportAsync(bob, forged);
            Assert.Equal((403, "RECEIPT_REJECTED"), (rejected.Status, rejected.Code));
        }

        (await b.Api.ImportAsync(bob, import)).Expect();
    }

    // Seen red with PeerDialer dialling whatever a name or a literal says.
    [Fact]
    public async Task An_origin_inside_is_never_connected_to()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        int port = ((IPEndPoint)inside.LocalEndpoint).Port;
        int seen = 0;
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using TcpClient client = await inside.AcceptTcpClientAsync();
                Interlocked.Increment(ref seen);
            }
        });
        await using BreakableHome b = await BreakableHome.StartAsync(configure: options => options.AllowLoopbackPeers = false, origin: "https://b.example");
        Account bob = await b.Api.RegisterAsync();
        string token = await b.Api.MintAsync(bob);
        foreach (string origin in (string[])
        [
            $"https://127.0.0.1:{port}", $"https://localhost:{port}", $"https://127.1.2.3:{port}", $"https://[::1]:{port}", $"https://[::ffff:127.0.0.1]:{port}",
            $"https://0.0.0.0:{port}", "https://10.0.0.1", "https://192.168.1.1", "https://169.254.169.254", "https://172.16.0.1", "https://[fe80::1]", "https://[fd00::1]",
        ])
        {
            var import = new JsonObject
            {
                ["token_id"] = "ZT-zeq07000000001-1-0123456789abcdef", ["from"] = "ZEQ07000000001", ["to"] = bob.Zid, ["to_origin"] = b.Origin, ["spend_seq"] = 1,
                ["zeqond"] = 1, ["home_origin"] = origin, ["mac"] = new string('0', 64), ["claim_ticket"] = new string('0', 64),
            };
            WireAnswer answer = await b.Api.ImportAsync(bob, import);
            Assert.True(answer is { Status: 502, Code: "PEER_UNREACHABLE" } or { Status: 400, Code: "INVALID_ORIGIN" }, origin + ": " + answer);
        }

        Assert.Equal(0, seen);

        // The other way in: a coin that its holder sent to such an origin, and its own ticket.
        var inner = new Account("ZEQ07000000001", "");
        JsonObject sent = await b.Api.SendAwayAsync(bob, token, inner, $"https://localhost:{port}");
        WireAnswer accept = await b.Api.PostAsync("/api/tally/envelopes/accept-claim", null, new JsonObject
        {
            ["token_id"] = token, ["holder_zid"] = inner.Zid, ["claim_ticket"] = sent["claim_ticket"]!.GetValue<string>(), ["acceptance"] = new string('1', 64),
            ["home_sig"] = new string('2', 128),
        });
        Assert.Equal((502, "PEER_UNREACHABLE"), (accept.Status, accept.Code));
        Assert.Equal(1, await b.Api.HeightAsync(token));
        Assert.Equal(0, seen);

        // The listener would have seen a connection.
        using var check = new TcpClient();
        await check.ConnectAsync(IPAddress.Loopback, port);
        for (int waits = 0; Volatile.Read(ref seen) == 0 && waits < 500; waits++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(1, seen);
    }

    // Seen red with AcceptAsync leaving a step where it was when the answer was for something else: always due first, such steps take
    // the places of a round.
    [Fact]
    public async Task Homes_that_answer_nonsense_hold_up_nobody_elses_steps()
    {
        var clock = new FastClock(Speed);
        await using BreakableHome liar = await BreakableHome.StartAsync(clock);
        await using BreakableHome accomplice = await BreakableHome.StartAsync(clock);
        await using BreakableHome a = await BreakableHome.StartAsync(clock);
        await using BreakableHome b = await BreakableHome.StartAsync(clock);
        Account alice = await a.Api.RegisterAsync(), bob = await b.Api.RegisterAsync(paid: 0);
        Account[] victims = await Task.WhenAll(Enumerable.Range(0, 18).Select(_ => b.Api.RegisterAsync(paid: 0)));

        // The lie is signed: each acceptance is answered with another height than it has.
        int asked = 0;
        foreach (BreakableHome home in new[] { liar, accomplice })
        {
            Account eve = await home.Api.RegisterAsync();
            home.Door = async (http, next) =>
            {
                if (!http.Request.Path.Value!.EndsWith("/accept-claim", StringComparison.Ordinal))
                {
                    await next(http);
                    return;
                }

                Interlocked.Increment(ref asked);
                await LieAsync(http, next, home);
            };
            foreach (Account victim in victims)
            {
                string token = await home.Api.MintAsync(eve);
                WireAnswer answer = await b.Api.ImportAsync(victim, await home.Api.SendAwayAsync(eve, token, victim, b.Origin));
                Assert.Equal((502, "PEER_UNREACHABLE"), (answer.Status, answer.Code));
            }
        }

        // Each of them has made room; all of them are due again by now, and longer than what comes next.
        List<PeerStep> lies = (await b.RowsAsync(new Query<PeerStep>(PeerStep.Table))).FindAll(step => step.Status == PeerStepStatus.Open);
        Assert.Equal(2 * victims.Length, lies.Count);
        Assert.All(lies, step => Assert.True(step.Attempts > 0));
        long due = lies.Max(step => step.NextTry.Value);
        while (Zeqond.FromUnixMs(clock.GetUtcNow().ToUnixTimeMilliseconds()).Value <= due)
        {
            await Task.Delay(20);
        }

        // An honest home's step, open because that home was down for a moment.
        string honest = await a.Api.MintAsync(alice);
        JsonObject import = await a.Api.SendAwayAsync(alice, honest, bob, b.Origin);
        a.Door = (http, next) => http.Request.Path.Value!.EndsWith("/accept-claim", StringComparison.Ordinal)
            ? MisbehaveAsync(http, next, "cut", acts: false, clock)
            : next(http);
        Assert.Equal(502, (await b.Api.ImportAsync(bob, import)).Status);
        a.Door = null;
        for (int waits = 0; await b.Api.ClaimAsync(bob, honest) is null; waits++)
        {
            Assert.True(waits < 500, $"The honest step was never settled; the liars were asked {asked} times.");
            await Task.Delay(20);
        }
    }

    /// <summary>Answers what another route's true answer would be, well signed, but not what was asked.</summary>
    private static async Task LieAsync(HttpContext http, RequestDelegate next, BreakableHome liar)
    {
        Stream wire = http.Response.Body;
        using var said = new MemoryStream();
        http.Request.EnableBuffering();
        using var asked = new MemoryStream();
        await http.Request.Body.CopyToAsync(asked);
        http.Request.Body.Position = 0;
        http.Response.Body = said;
        await next(http);
        JsonNode answer = JsonNode.Parse(said.ToArray())!;
        if (answer["receipt"] is { } receipt)
        {
            receipt["spend_seq"] = receipt["spend_seq"]!.GetValue<long>() + 7;
        }

        byte[] lie = Encoding.UTF8.GetBytes(answer.ToJsonString());
        byte[] text = AnswerSignature.SignedBytes("POST " + http.Request.Path.Value, asked.ToArray(), lie, new Zeqond(answer["zeqond"]!.GetValue<long>()));
        http.Response.Headers[AnswerSignature.Header] = liar.Home.Context.Keys.Sign(text);
        http.Response.Body = wire;
        http.Response.ContentLength = lie.Length;
        await wire.WriteAsync(lie);
    }

    /// <summary>Answers badly, after having acted on the request or instead of it.</summary>
    private static async Task MisbehaveAsync(HttpContext http, RequestDelegate next, string fault, bool acts, TimeProvider clock)
    {
        Stream wire = http.Response.Body;
        using var said = new MemoryStream();
        if (acts)
        {
            http.Response.Body = said;
            await next(http);
            http.Response.Body = wire;
        }

        byte[] truth = said.ToArray();
        bool wasSigned = http.Response.Headers.Remove(AnswerSignature.Header, out Microsoft.Extensions.Primitives.StringValues signature);
        http.Response.ContentLength = null;
        (int status, string type, byte[] body) = fault switch
        {
            "redirect" => (307, "application/json", "{}"u8.ToArray()),
            "huge" => (200, "application/json", Encoding.ASCII.GetBytes("{\"ok\":\"" + new string('x', 10 << 20) + "\"}")),
            "garbage" => (200, "application/json", [0xFF, 0x00, 0x7B]),
            "html" => (200, "text/html", truth.Length > 0 ? truth : "<html>"u8.ToArray()),
            "500" => (500, "application/json", "{\"ok\":false}"u8.ToArray()),
            "429" => (429, "application/json", "{\"ok\":false,\"error\":\"later\",\"code\":\"RATE_LIMITED\"}"u8.ToArray()),
            "unsigned" => (200, "application/json", truth.Length > 0 ? truth : "{\"ok\":true,\"zeqond\":1}"u8.ToArray()),
            _ => (200, "application/json", truth.Length > 0 ? truth : "{\"ok\":true,\"zeqond\":1}"u8.ToArray()),
        };
        switch (fault)
        {
            case "slow":
                await Task.Delay(TimeSpan.FromSeconds(10), clock);
                break;
            case "redirect":
                http.Response.Headers.Location = "/api/zeq/pulse";
                break;
            case "cut":
                http.Response.ContentLength = body.Length + 100;
                http.Response.ContentType = type;
                await wire.WriteAsync(body);
                await wire.FlushAsync();
                http.Abort();
                return;
            case "forged":
                http.Response.Headers[AnswerSignature.Header] = new string('a', 128);
                break;
            case "slow" or "huge" or "html" or "500" when wasSigned:
                http.Response.Headers[AnswerSignature.Header] = signature;
                break;
        }

        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        try
        {
            await wire.WriteAsync(body);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // The caller has gone, as it should.
        }
    }

    private static async Task ZeqondAsync(ManualClock clock, int realMs)
    {
        clock.Pass(TimeSpan.FromMilliseconds(KernelConstants.ZeqondMs));
        await Task.Delay(realMs);
    }

    private static async Task<T> PassingAsync<T>(ManualClock clock, Task<T> work)
    {
        for (int zeqonds = 0; !work.IsCompleted && zeqonds < 200; zeqonds++)
        {
            await Task.WhenAny(work, Task.Delay(50));
            clock.Pass(TimeSpan.FromMilliseconds(100));
        }

        return await work;
    }
}
