using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>Long chains as a weapon (spec 05 rule 20).</summary>
public sealed class ValidateLimitTests
{
    private const int Rows = 100_001;

    // Seen red with a limit of 200,000 rows.
    [Fact]
    public async Task Rule20_AStrangerValidatesAHundredThousandRowsACall()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { IsInMemory = true });
        Account owner = await home.RegisterAsync();
        Slug slug = Slug.Parse(owner.Slug);
        var caller = new Caller(Zid.Parse(owner.Zid), owner.ApiKey[..12], IsAccountKey: true, IsWallet: true, null, MachineRole.Owner);
        (await home.SendAsync("PATCH", $"/api/chain/state-machines/{owner.Slug}", TestHome.Json(new { is_public = true }), owner.ApiKey)).Expect();
        for (int written = 0; written < Rows; written += 2_000)
        {
            Executed<ChainRow>[] rows = await Task.WhenAll(
                Enumerable.Range(0, Math.Min(2_000, Rows - written)).Select(_ => home.Home.ExecuteAsync(new WriteEvent(caller, slug, "note", "1", null, false))));
            Assert.All(rows, row => Assert.IsType<Accepted<ChainRow>>(row.Decision));
        }

        string validate = $"/api/chain/{owner.Slug}/pohc/validate";
        Answer first = (await home.GetAsync(validate)).Expect();
        Assert.Equal((true, 100_000L, 100_000L), (first.Bool("valid"), first.Long("count"), first.Long("next_after")));
        Answer rest = (await home.GetAsync($"{validate}?after=100000")).Expect();
        Assert.Equal((true, (long)Rows - 100_000), (rest.Bool("valid"), rest.Long("count")));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, rest["next_after"].ValueKind);

        // Another account is a stranger as well; who reads the machine validates it whole.
        Account other = await home.RegisterAsync();
        Assert.Equal(100_000, (await home.GetAsync(validate, other.ApiKey)).Expect().Long("count"));
        Answer whole = (await home.GetAsync(validate, owner.ApiKey)).Expect();
        Assert.Equal((true, (long)Rows), (whole.Bool("valid"), whole.Long("count")));
    }

    // Seen red with two seats for an address, and with a stranger's seat by account.
    [Fact]
    public async Task Rule20_AStrangerValidatesOneChainAtATime()
    {
        using var gate = new ManualResetEventSlim(initialState: true);
        using var entered = new SemaphoreSlim(0);
        await using TestHome home = await TestHome.StartAsync(new HomeSetup
        {
            WrapStore = store => new TamperedStore(store, row =>
            {
                if (row is ChainRow && !gate.IsSet)
                {
                    entered.Release();
                    gate.Wait();
                }

                return row;
            }),
        });
        (Account owner, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        foreach (Account account in (Account[])[owner, other])
        {
            (await home.PostAsync($"/api/chain/{account.Slug}/event", new { payload = 1 }, account.ApiKey)).Expect(201);
            (await home.SendAsync("PATCH", $"/api/chain/state-machines/{account.Slug}", TestHome.Json(new { is_public = true }), account.ApiKey)).Expect();
        }

        gate.Reset();
        string validate = $"/api/chain/{owner.Slug}/pohc/validate";
        Task<Answer> first = home.GetAsync(validate);
        try
        {
            Assert.True(await entered.WaitAsync(TimeSpan.FromSeconds(30)));

            // The same chain again, another's, and with an account: one address.
            Task another = entered.WaitAsync();
            foreach ((string path, string? key) in ((string, string?)[])[(validate, null), ($"/api/chain/{other.Slug}/pohc/validate", null), (validate, other.ApiKey)])
            {
                Task<Answer> second = home.GetAsync(path, key);
                Assert.Same(second, await Task.WhenAny(second, another));
                Assert.True((await second).Refused(429, "RATE_LIMITED").Headers.Contains("Retry-After"));
            }
        }
        finally
        {
            gate.Set();
        }

        Assert.True((await first).Expect().Bool("valid"));
        Assert.True((await home.GetAsync(validate)).Expect().Bool("valid"));
    }
}
