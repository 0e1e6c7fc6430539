using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Zeq.Hosting.Tests;

/// <summary>The one-way valve through the doors (spec 10 §7 and §10).</summary>
public sealed class BurnTests
{
    private const string Path = "/api/tally/envelopes/burn";
    private static readonly string[] Newton = ["NM19"];

    [Fact]
    public async Task CoinsBecomeBurnCreditsWhichComputeAndMintNothing()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { FreeCredits = 0 });
        Account account = await home.RegisterAsync();
        string[] ids = [(await home.MintCoinAsync(account)).TokenId, (await home.MintCoinAsync(account)).TokenId];
        Answer paid = (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Expect();
        Answer burned = (await home.PostAsync(Path, new { ids }, account.ApiKey)).Expect();
        long sum = burned.Long("sum_value_zqt");
        Assert.Equal((2L, 10_000L, sum, 0L), (burned.Long("burned"), burned.Long("rate_bps"), burned.Long("credited"), burned.Long("destroyed")));
        string[] ordered = [.. ids.Order(StringComparer.Ordinal)];
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"zeq/burn/v1|{account.Zid}|{string.Join(',', ordered)}")));
        Assert.Equal("BT-" + hash[..32], burned.String("burn_tx"));
        Assert.Equal(ordered, burned["envelopes"].EnumerateArray().Select(coin => coin.GetProperty("token_id").GetString()!));
        Assert.Equal(sum, burned["envelopes"].EnumerateArray().Sum(coin => coin.GetProperty("value_zqt").GetInt64()));
        foreach (string id in ids)
        {
            Answer coin = (await home.GetAsync($"/api/tally/envelopes/{id}", account.ApiKey)).Expect();
            Assert.Equal(("burned", 1L), (coin.String("envelope.status"), coin.Long("envelope.spend_seq")));
            Assert.Equal("burned", (await home.GetAsync($"/api/tally/envelopes/{id}/authority")).Expect().String("status"));
        }

        // Burn credits are drawn before paid fuel, and what they pay for mints nothing, also where paid fuel pays the rest.
        Answer pools = (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Expect();
        Assert.Equal((sum, paid.Long("paid_credits")), (pools.Long("burn_credits"), pools.Long("paid_credits")));
        long left = sum;
        for (int mass = 100; left > 0; mass++)
        {
            Answer work = (await home.PostAsync(
                "/api/zeq/compute", new { operators = Newton, inputs = new { mass_kg = mass, acceleration_ms2 = 2 } }, account.ApiKey)).Expect();
            Assert.Empty(work["envelopes"].EnumerateArray());
            Assert.Equal(Math.Min(left, work.Long("cost")), work.Long("funding.burn"));
            left -= work.Long("funding.burn");
        }

        // Each coin's last move is in its holder's history, and its row on the chain.
        Answer history = (await home.GetAsync("/api/tally/history", account.ApiKey)).Expect();
        Assert.Equal(ordered, history["history"].EnumerateArray().Where(entry => entry.GetProperty("kind").GetString() == "burn")
            .Select(entry => entry.GetProperty("token_id").GetString()!).Order(StringComparer.Ordinal));
        Answer rows = (await home.GetAsync($"/api/chain/{account.Slug}/explore?type=envelope_burn", account.ApiKey)).Expect();
        JsonElement row = Assert.Single(rows["rows"].EnumerateArray());
        Assert.Equal(burned.String("burn_tx"), row.GetProperty("payload").GetProperty("burn_tx").GetString());
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task AReplayAnswersTheOriginalInWhateverOrder()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        string[] ids = [(await home.MintCoinAsync(account)).TokenId, (await home.MintCoinAsync(account)).TokenId, (await home.MintCoinAsync(account)).TokenId];
        Answer first = (await home.PostAsync(Path, new { ids }, account.ApiKey)).Expect();
        string after = await StoreDigest.OfAsync(home);
        foreach (string[] order in (string[][])[ids, [.. ids.Reverse()], [ids[1], ids[2], ids[0]]])
        {
            Assert.Equal(first.Text, (await home.PostAsync(Path, new { ids = order }, account.ApiKey)).Expect().Text);
        }

        Assert.Equal(after, await StoreDigest.OfAsync(home));

        // A part of a burned set is another burn, of coins that are not active.
        Answer part = (await home.PostAsync(Path, new { ids = ids[..2] }, account.ApiKey)).Refused(409, "NOT_ELIGIBLE");
        Assert.All(part["details"].EnumerateArray(), detail => Assert.Equal("NOT_ACTIVE", detail.GetProperty("code").GetString()));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task OneBadIdBurnsNothingAndEveryBadOneIsNamed()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account account, Account other) = (await home.RegisterAsync(), await home.RegisterAsync());
        Coin good = await home.MintCoinAsync(account), burned = await home.MintCoinAsync(account), staked = await home.MintCoinAsync(account), sold = await home.MintCoinAsync(account);
        Coin others = await home.MintCoinAsync(other);
        (await home.PostAsync(Path, new { ids = new[] { burned.TokenId } }, account.ApiKey)).Expect();
        (await home.PostAsync("/api/tally/envelopes/transfer", new { token_id = sold.TokenId, to = other.Zid }, account.ApiKey)).Expect();
        string vote = await VoteTests.OpenAsync(home, account);
        (await home.PostAsync($"/api/tally/votes/{vote}/ballots", new { option = "yes", token_ids = new[] { staked.TokenId } }, account.ApiKey)).Expect();
        string before = await StoreDigest.OfAsync(home);
        const string NoCoin = "ZT-zeq07000000001-1000-0123456789abcdef";
        Answer refused = (await home.PostAsync(
            Path, new { ids = new[] { good.TokenId, burned.TokenId, staked.TokenId, sold.TokenId, others.TokenId, NoCoin } }, account.ApiKey)).Refused(409, "NOT_ELIGIBLE");
        var named = refused["details"].EnumerateArray().ToDictionary(d => d.GetProperty("token_id").GetString()!, d => d.GetProperty("code").GetString()!);
        var expected = new Dictionary<string, string>
        {
            [burned.TokenId] = "NOT_ACTIVE", [staked.TokenId] = "STAKED", [sold.TokenId] = "TOKEN_NOT_FOUND", [others.TokenId] = "TOKEN_NOT_FOUND", [NoCoin] = "TOKEN_NOT_FOUND",
        };
        Assert.Equal(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), named.OrderBy(pair => pair.Key, StringComparer.Ordinal));

        // Twice the same, no ids, too many, no token ids: 400, and named.
        Answer twice = (await home.PostAsync(Path, new { ids = new[] { good.TokenId, good.TokenId } }, account.ApiKey)).Refused(400, "INVALID_REQUEST");
        Assert.Equal(good.TokenId, Assert.Single(twice["details"].EnumerateArray()).GetProperty("subject").GetString());
        Answer malformed = (await home.PostAsync(Path, new { ids = new[] { good.TokenId, "x", "ZT-" } }, account.ApiKey)).Refused(400, "INVALID_TOKEN_ID");
        Assert.Equal(["x", "ZT-"], malformed["details"].EnumerateArray().Select(detail => detail.GetProperty("subject").GetString()!));
        (await home.PostAsync(Path, new { ids = Array.Empty<string>() }, account.ApiKey)).Refused(400, "INVALID_REQUEST");
        string[] tooMany = [.. Enumerable.Range(0, 1001).Select(n => $"ZT-x-{n}-0123456789abcdef")];
        (await home.PostAsync(Path, new { ids = tooMany }, account.ApiKey)).Refused(400, "INVALID_REQUEST");
        Assert.Equal(1000, (await home.PostAsync(Path, new { ids = tooMany[1..] }, account.ApiKey)).Refused(409, "NOT_ELIGIBLE")["details"].GetArrayLength());

        // A key that may not move value does not burn it.
        (await home.PostAsync(Path, new { ids = new[] { good.TokenId } }, account.MachineKey)).Refused(403, "FORBIDDEN");
        (await home.PostAsync(Path, new { ids = new[] { good.TokenId } })).Refused(401, "UNAUTHORIZED");
        Assert.Equal(before, await StoreDigest.OfAsync(home));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task ACoinIsBurnedOrSentOrStakedNeverTwo()
    {
        await using TestHome home = await TestHome.StartAsync();
        (Account account, Account friend) = (await home.RegisterAsync(), await home.RegisterAsync());
        string vote = await VoteTests.OpenAsync(home, account);
        for (int round = 0; round < 6; round++)
        {
            Coin shared = await home.MintCoinAsync(account);
            string[] companions = [.. (await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => home.MintCoinAsync(account)))).Select(coin => coin.TokenId)];
            Task<Answer>[] racers =
            [
                .. companions.Select(companion => home.PostAsync(Path, new { ids = new[] { shared.TokenId, companion } }, account.ApiKey)),
                home.PostAsync("/api/tally/envelopes/transfer", new { token_id = shared.TokenId, to = friend.Zid }, account.ApiKey),
                home.PostAsync($"/api/tally/votes/{vote}/ballots", new { option = "no", token_ids = new[] { shared.TokenId } }, account.ApiKey),
            ];
            Answer[] answers = await Task.WhenAll(racers);
            Assert.Single(answers, answer => answer.Status == 200);
            Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.True(
                answer.Code is "NOT_ELIGIBLE" or "NOT_ACTIVE" or "STAKED" or "TOKEN_NOT_FOUND" or "NOT_OWNER", answer.Text));
        }

        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task TheSameBurnAskedForByManyAtOnceIsOne()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        string[] ids = [(await home.MintCoinAsync(account)).TokenId, (await home.MintCoinAsync(account)).TokenId];
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => home.PostAsync(Path, new { ids }, account.ApiKey)));
        Assert.Single(answers.Select(answer => answer.Expect().Text).Distinct());
        Answer pools = (await home.GetAsync($"/api/tally/credits/{account.Zid}", account.ApiKey)).Expect();
        Assert.Equal(answers[0].Long("credited"), pools.Long("burn_credits"));
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task TheLimitCountsIdsNotRequests()
    {
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { RateLimits = new Dictionary<string, RateLimit> { ["Tally"] = new RateLimit(1_000, 60) } });
        Account account = await home.RegisterAsync();
        string[] none = [.. Enumerable.Range(1, 999).Select(n => $"ZT-x-{n}-0123456789abcdef")];
        (await home.PostAsync(Path, new { ids = none }, account.ApiKey)).Refused(409, "NOT_ELIGIBLE");
        (await home.PostAsync(Path, new { ids = none[..1] }, account.ApiKey)).Refused(409, "NOT_ELIGIBLE");
        (await home.PostAsync(Path, new { ids = none[..1] }, account.ApiKey)).Refused(429, "RATE_LIMITED");
    }

    [Fact]
    public async Task TheSupplyShowsWhatWasBurned()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account account = await home.RegisterAsync();
        Coin kept = await home.MintCoinAsync(account), gone = await home.MintCoinAsync(account);
        (await home.PostAsync(Path, new { ids = new[] { gone.TokenId } }, account.ApiKey)).Expect();
        time.PassZeqonds(64);
        Answer supply = (await home.GetAsync("/api/tally/supply")).Expect();
        Assert.Equal(
            (kept.ValueZqt + gone.ValueZqt, gone.ValueZqt, kept.ValueZqt, kept.ValueZqt, 0L, 0L, 0L),
            (supply.Long("minted"), supply.Long("burned"), supply.Long("in_circulation"), supply.Long("active"), supply.Long("bearer"), supply.Long("migrated_out"), supply.Long("migrated_in")));
    }
}
