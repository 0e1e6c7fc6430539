using System.Net;
using System.Text.Json.Nodes;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Load as a weapon: rules 15, 23 and 27 of spec 05.</summary>
public sealed class FairUseTests
{
    private const string Missing = "ZT-zeq07000000001-1000-0123456789abcdef";

    [Fact]
    public async Task Rule15_ImportsAndMovesOfClaimsAreTenAMinuteForAZid()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time, KeepsDefaultLimits = true });
        await using FakeHome peer = await FakeHome.StartAsync();
        (Account one, Account two) = (await home.RegisterAsync(), await home.RegisterAsync());
        peer.Reply = (_, _) => (409, peer.Error("NO"));
        JsonObject import = peer.Payment(Missing, one.Zid, home);
        for (int i = 0; i < 6; i++)
        {
            (await home.PostAsync("/api/tally/claims/import", import, one.ApiKey)).Refused(403, "RECEIPT_REJECTED");
        }

        // Repeats count, moves count in the same bucket, another key of the ZID is no other client.
        for (int i = 0; i < 4; i++)
        {
            (await home.PostAsync("/api/tally/claims/transfer", new { token_id = Missing, to = two.Zid }, one.ApiKey)).Refused(404, "CLAIM_NOT_FOUND");
        }

        string another = (await home.PostAsync("/api/identity/keys", new { }, one.ApiKey)).Expect(201).String("api_key");
        int calls = peer.Calls.Count;
        Answer limited = (await home.PostAsync("/api/tally/claims/import", import, another)).Refused(429, "RATE_LIMITED");
        Assert.InRange(int.Parse(Assert.Single(limited.Headers.GetValues("Retry-After")), System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal(calls, peer.Calls.Count);
        (await home.PostAsync("/api/tally/claims/transfer", new { token_id = Missing, to = two.Zid }, two.ApiKey)).Refused(404, "CLAIM_NOT_FOUND");
        time.Pass(TimeSpan.FromSeconds(61));
        (await home.PostAsync("/api/tally/claims/import", import, one.ApiKey)).Refused(403, "RECEIPT_REJECTED");
    }

    [Fact]
    public async Task Rule15_StrangersAreLimitedByAddressAndHomesByHome()
    {
        var time = new ManualTime();
        await using TestHome a = await TestHome.StartAsync(new HomeSetup
        {
            Time = time,
            RateLimits = new Dictionary<string, RateLimit> { [RateLimits.TransferClaim] = new(3, 60), [RateLimits.PeerHome] = new(4, 60), [RateLimits.ReceiptVerify] = new(120, 60), [RateLimits.Register] = new(2, 60) },
        });
        await using TestHome b = await TestHome.StartAsync(new HomeSetup { Time = time });
        (Account sender, Account other, Account holder) = (await a.RegisterAsync(), await a.RegisterAsync(), await b.RegisterAsync());
        (await a.PostAsync("/api/identity/register", new { })).Refused(429, "RATE_LIMITED");

        // Four signed acceptances of one home pass a bucket of three per address; the fifth is over the home's own.
        for (int i = 1; i <= 5; i++)
        {
            Coin coin = await a.MintCoinAsync(sender);
            Answer sent = (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = holder.Zid, to_origin = b.Origin }, sender.ApiKey)).Expect();
            Answer import = await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey);
            Assert.True(i <= 4 ? import.Status == 200 : import.Status == 502, import.Text);
        }

        // Unsigned ones use up the address.
        object guess = new { token_id = Missing, holder_zid = holder.Zid, to = other.Zid, claim_ticket = new string('0', 64) };
        time.Pass(TimeSpan.FromSeconds(61));
        for (int i = 0; i < 3; i++)
        {
            (await a.PostAsync("/api/tally/envelopes/transfer-claim", guess)).Refused(404, "TOKEN_NOT_FOUND");
        }

        (await a.PostAsync("/api/tally/envelopes/transfer-claim", guess)).Refused(429, "RATE_LIMITED");
        var receipt = new
        {
            token_id = Missing, from = sender.Zid, to = holder.Zid, to_origin = b.Origin, spend_seq = 1, zeqond = 1, home_origin = a.Origin, mac = new string('0', 64),
        };
        for (int i = 0; i < 120; i++)
        {
            (await a.PostAsync("/api/tally/receipt/verify", receipt)).Expect();
        }

        (await a.PostAsync("/api/tally/receipt/verify", receipt)).Refused(429, "RATE_LIMITED");
    }

    [Fact]
    public async Task Rule27_NamesOfCoinsCannotBeTriedOut()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time, RateLimits = new Dictionary<string, RateLimit> { [RateLimits.Default] = new(100, 60) } });
        Account account = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(account);
        time.Pass(TimeSpan.FromSeconds(61));
        for (int i = 0; i < 10; i++)
        {
            (await home.GetAsync($"/api/tally/envelopes/{Missing}/{(i % 2 == 0 ? "authority" : "proof")}")).Refused(404, "TOKEN_NOT_FOUND");
        }

        (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Refused(429, "RATE_LIMITED");
        time.Pass(TimeSpan.FromSeconds(61));
        for (int i = 0; i < 100; i++)
        {
            (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Expect();
        }

        (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Refused(429, "RATE_LIMITED");

        // So cannot keys.
        time.Pass(TimeSpan.FromSeconds(61));
        for (int i = 0; i < 100; i++)
        {
            (await home.GetAsync("/api/identity/whoami", "zeq_ak_" + new string('A', 43))).Refused(401, "UNAUTHORIZED");
        }

        (await home.GetAsync("/api/identity/whoami", "zeq_ak_" + new string('A', 43))).Refused(429, "RATE_LIMITED");
        (await home.GetAsync("/api/tally/envelopes", account.ApiKey)).Expect();
    }

    [Fact]
    public void Rule15_AnIpv6ClientIsItsNetwork()
    {
        static string Of(string address) => RateLimits.ClientOf(IPAddress.Parse(address));
        Assert.Equal(Of("2001:db8:1:2::1"), Of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
        Assert.NotEqual(Of("2001:db8:1:2::1"), Of("2001:db8:1:3::1"));
        Assert.Equal(Of("192.0.2.1"), Of("::ffff:192.0.2.1"));
        Assert.NotEqual(Of("192.0.2.1"), Of("192.0.2.2"));
    }

    [Fact]
    public async Task Rule27_AnothersCoinIsNoCoinAndTheSupplyTellsNoSingleMint()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        (Account holder, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin coin = await home.MintCoinAsync(holder);
        foreach (string token in (string[])[coin.TokenId, Missing])
        {
            Answer show = (await home.GetAsync($"/api/tally/envelopes/{token}", other.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
            Answer recall = (await home.PostAsync($"/api/tally/envelopes/{token}/recall", null, other.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
            Answer move = (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = token, to = holder.Zid }, other.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
            Assert.All([show, recall, move], answer => Assert.DoesNotContain(holder.Zid, answer.Text, StringComparison.Ordinal));
        }

        // A former holder is a stranger too.
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = other.Zid }, holder.ApiKey)).Expect();
        (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}", holder.ApiKey)).Refused(404, "TOKEN_NOT_FOUND");
        Answer supply = (await home.GetAsync("/api/tally/supply")).Expect();
        Assert.Equal(0, supply.Long("as_of_zeqond") % 64);
        time.PassZeqonds(64);
        long shown = (await home.GetAsync("/api/tally/supply")).Expect().Long("minted");
        Assert.Equal(coin.ValueZqt, shown);
        await home.MintCoinAsync(holder);
        Assert.Equal(shown, (await home.GetAsync("/api/tally/supply")).Expect().Long("minted"));
        (await home.GetAsync($"/api/tally/credits/{holder.Zid}", other.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.GetAsync("/api/tally/credits/ZEQ07999999999", other.ApiKey)).Refused(403, "FORBIDDEN");
        (await home.GetAsync($"/api/tally/credits/{holder.Zid}")).Refused(401, "UNAUTHORIZED");
        (await home.GetAsync($"/api/tally/claims/{holder.Zid}", other.ApiKey)).Refused(403, "FORBIDDEN");
    }

    [Fact]
    public async Task Rule27_StreamsAreEightForAnAddress()
    {
        await using TestHome home = await TestHome.StartAsync();
        using var raw = new HttpClient { BaseAddress = new Uri(home.Origin) };
        var open = new List<HttpResponseMessage>();
        try
        {
            for (int i = 0; i < 9; i++)
            {
                open.Add(await raw.GetAsync(new Uri("/api/zeq/pulse/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead));
            }

            Assert.Equal([200, 200, 200, 200, 200, 200, 200, 200, 503], open.Select(response => (int)response.StatusCode));
        }
        finally
        {
            open.ForEach(response => response.Dispose());
        }
    }

    // Seen red with room for 2,048.
    [Fact]
    public async Task Rule27_StreamsAreAThousandAndTwentyFourInAll()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux calls from every address of 127.0.0.0/8 by itself.");
        await using TestHome home = await TestHome.StartAsync();
        byte number = 1;
        using var raw = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse($"127.0.1.{number}"), 0));
                await socket.ConnectAsync(IPAddress.Loopback, home.Port, cancellation);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });
        var open = new List<HttpResponseMessage>();
        try
        {
            for (int i = 0; i < 1_025; i++)
            {
                number = (byte)(1 + (i / 8));
                open.Add(await raw.GetAsync(new Uri(home.Origin + "/api/zeq/pulse/stream"), HttpCompletionOption.ResponseHeadersRead));
            }

            Assert.All(open[..1_024], response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, open[1_024].StatusCode);
        }
        finally
        {
            open.ForEach(response => response.Dispose());
        }
    }

    [Fact]
    public async Task Rule23_NoWorkIsDoneForWhoCannotPay()
    {
        var kernel = new CountingKernel();
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { FreeCredits = 20, Time = time, KeepsDefaultLimits = true, Configure = o => o.Kernel = kernel });
        Account account = await home.RegisterAsync();
        string With(string operators, string inputs, string more = "") => $$"""{"operators":["{{operators}}"],"inputs":{{inputs}}{{more}}}""";
        const string Force = """{"mass_kg":1,"acceleration_ms2":1}""";
        (await home.PostAsync("/api/zeq/compute", With("NM19", Force, ",\"funding_limit\":[\"paid\"]"), account.ApiKey)).Refused(402, "INSUFFICIENT_BALANCE");
        (await home.PostAsync("/api/zeq/compute", With("NM19", Force, ",\"funding_limit\":[]"), account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.PostAsync("/api/zeq/compute", With("NM19", Force, ",\"funding_limit\":[\"paid\",\"paid\"]"), account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.PostAsync("/api/zeq/compute", With("NM19", Force, ",\"funding_limit\":[\"gold\"]"), account.ApiKey)).Refused(400, "INVALID_REQUEST");
        (await home.PostAsync("/api/zeq/compute", With("XX1", Force), account.ApiKey)).Refused(400, "INVALID_OPERATOR");
        (await home.PostAsync("/api/zeq/compute", With("NM19\",\"NM19", Force), account.ApiKey)).Refused(400, "INVALID_OPERATOR");
        Assert.Equal(0, kernel.Runs);

        // A free compute leaves the user no coin.
        Answer free = (await home.PostAsync("/api/zeq/compute", With("NM19", Force), account.ApiKey)).Expect();
        Assert.Equal("ZEQ-FOUNDATION", free["envelopes"][0].GetProperty("issued_to").GetString());
        Assert.Equal(0, (await home.GetAsync("/api/tally/envelopes", account.ApiKey)).Expect()["envelopes"].GetArrayLength());

        // What the kernel ran for nothing is limited by ZID and key; nothing of it was charged.
        long balance = (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Long("balance");
        kernel.Next = new ComputeOutcome.Computed(1, "N", 0.01);
        for (int i = 0; i < 10; i++)
        {
            (await home.PostAsync("/api/zeq/compute", With("NM19", Force), account.ApiKey)).Refused(422, "PRECISION_BOUND");
        }

        int runs = kernel.Runs;
        (await home.PostAsync("/api/zeq/compute", With("NM19", Force), account.ApiKey)).Refused(429, "RATE_LIMITED");
        Assert.Equal(runs, kernel.Runs);
        (await home.PostAsync("/api/zeq/compute", With("NM19", Force), account.MachineKey)).Refused(422, "PRECISION_BOUND");
        Assert.Equal(balance, (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Long("balance"));
        time.Pass(TimeSpan.FromSeconds(61));
        foreach (double nonsense in (double[])[double.NaN, double.PositiveInfinity, -1])
        {
            kernel.Next = new ComputeOutcome.Computed(1, "N", nonsense);
            Assert.Equal(422, (await home.PostAsync("/api/zeq/compute", With("NM19", Force), account.ApiKey)).Status);
            kernel.Next = new ComputeOutcome.Computed(nonsense == -1 ? double.NegativeInfinity : nonsense, "N", 0);
            Assert.Equal(422, (await home.PostAsync("/api/zeq/compute", With("NM19", Force), account.ApiKey)).Status);
        }

        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task Rule23_StepsHaveTheirLimit()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { FreeCredits = 1_000 });
        Account account = await home.RegisterAsync();
        Answer table = (await home.GetAsync("/api/zeq/operators")).Expect();
        int integrators = 0;
        foreach (System.Text.Json.JsonElement op in table["operators"].EnumerateArray())
        {
            if (!op.GetProperty("inputs").EnumerateArray().Any(input => input.GetProperty("is_step_count").GetBoolean()))
            {
                continue;
            }

            integrators++;
            foreach (string steps in (string[])["0", "-1", "100001", "1.5", "1e9", "9223372036854775807", "1e300", "\"5\"", "null", "true"])
            {
                string inputs = string.Join(",", op.GetProperty("inputs").EnumerateArray().Select(input =>
                    $"\"{input.GetProperty("name").GetString()}\":{(input.GetProperty("is_step_count").GetBoolean() ? steps : "1")}"));
                Answer answer = await home.PostAsync("/api/zeq/compute", $$$"""{"operators":["{{{op.GetProperty("operator").GetString()}}}"],"inputs":{{{{inputs}}}}}""", account.ApiKey);
                answer.Refused(400, "INVALID_INPUTS");
            }
        }

        Assert.True(integrators >= 3);
    }

    private sealed class CountingKernel : IComputeKernel
    {
        private readonly ReferenceKernel _inner = new();

        public int Runs { get; private set; }

        public ComputeOutcome? Next { get; set; }

        public IReadOnlyList<OperatorInfo> Operators => _inner.Operators;

        public ComputeOutcome Evaluate(IReadOnlyList<string> operators, System.Text.Json.JsonElement inputs, CancellationToken cancellationToken)
        {
            Runs++;
            return Next ?? _inner.Evaluate(operators, inputs, cancellationToken);
        }
    }
}
