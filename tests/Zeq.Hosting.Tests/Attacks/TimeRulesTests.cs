using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>A moved clock and a restored backup: rules 25 and 26 of spec 05.</summary>
public sealed class TimeRulesTests
{
    [Fact]
    public async Task Rule25_AMovedClockStopsMutationsUntilTheAdminConfirms()
    {
        foreach (int sign in (int[])[1, -1])
        {
            var time = new ManualTime();
            await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
            Account account = await home.RegisterAsync();
            time.StepWall(TimeSpan.FromMilliseconds(sign * 127 * 777));
            Coin coin = await home.MintCoinAsync(account);
            time.StepWall(TimeSpan.FromMilliseconds(sign * 3 * 777));
            string before = await StoreDigest.OfAsync(home);
            foreach ((string path, object? body, string? key) in ((string, object?, string?)[])
                [
                    ("/api/identity/register", new { }, null), ("/api/tally/credits/grant", new { zid = account.Zid, paid = 5, reference = "r" }, home.AdminKey),
                    ("/api/tally/envelopes/transfer", new { token_id = coin.TokenId, to = "ZEQ07000000001" }, account.ApiKey), ("/api/identity/keys", new { }, account.ApiKey),
                    ($"/api/chain/{account.Slug}/event", new { payload = 1 }, account.ApiKey), ("/api/admin/home/restored", null, home.AdminKey),
                ])
            {
                Answer refused = (await home.PostAsync(path, body, key)).Refused(503, "CLOCK_SUSPECT");
                Assert.True(refused.Headers.Contains("Retry-After"));
            }

            Assert.Equal(before, await StoreDigest.OfAsync(home));
            (await home.GetAsync("/api/tally/envelopes", account.ApiKey)).Expect();

            // A clock that is back is still suspect: only a person says which was right.
            time.StepWall(TimeSpan.FromMilliseconds(sign * -3 * 777));
            (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Refused(503, "CLOCK_SUSPECT");
            (await home.PostAsync("/api/admin/clock/confirm", null, home.AdminKey)).Expect();
            (await home.PostAsync($"/api/chain/{account.Slug}/event", new { payload = 1 }, account.ApiKey)).Expect(201);
            Assert.True((await home.GetAsync($"/api/chain/{account.Slug}/pohc/validate", account.ApiKey)).Expect().Bool("valid"));
            await home.AssertSoundAsync();
        }
    }

    [Fact]
    public async Task Rule25_AClockFarAheadOfTheNewestRowIsSuspectFromTheStart()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account account = await home.RegisterAsync();
        (await home.PostAsync($"/api/chain/{account.Slug}/event", new { payload = 1 }, account.ApiKey)).Expect(201);
        await home.StopAsync();
        time.PassZeqonds(1_234_560);
        await home.StartAgainAsync();
        (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Expect(201);
        await home.StopAsync();
        time.PassZeqonds(10);
        await home.StartAgainAsync();
        (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Refused(503, "CLOCK_SUSPECT");
        (await home.PostAsync("/api/admin/clock/confirm", null, home.AdminKey)).Expect();
        (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Expect(201);
    }

    [Fact]
    public async Task Rule26_AfterARestoreNoHeightIsIssuedTwiceAndHomesGetFreshTickets()
    {
        await using TwoHomes homes = await TwoHomes.StartAsync();
        (TestHome a, TestHome b) = (homes.A, homes.B);
        (Account local, Account holder, Account heir) = (await a.RegisterAsync(), await b.RegisterAsync(), await a.RegisterAsync());
        (Coin stays, Coin away, Coin open) = (await a.MintCoinAsync(local), await a.MintCoinAsync(local), await a.MintCoinAsync(local));
        await homes.PayAsync(local, away, holder);
        Answer sent = (await homes.SendAsync(local, open, holder.Zid)).Expect();
        Answer restored = (await a.PostAsync("/api/admin/home/restored", null, a.AdminKey)).Expect();
        Assert.Equal(3, restored.Long("raised"));
        Assert.Equal(0, (await a.PostAsync("/api/admin/home/restored", new { restore_id = restored.String("restore_id") }, a.AdminKey)).Expect().Long("raised"));
        Assert.Equal("restored", (await a.GetAsync("/api/chain/zeq-sys/explore?type=restored", a.AdminKey)).Expect()["rows"][0].GetProperty("type").GetString());
        Assert.Equal(1_000_000, (await a.GetAsync($"/api/tally/envelopes/{stays.TokenId}/authority")).Long("spend_seq"));
        Assert.Equal(1_000_002, (await a.GetAsync($"/api/tally/envelopes/{away.TokenId}/authority")).Long("spend_seq"));

        // Old tickets are dead; the home that accepted gets a fresh one and moves the coin.
        (await b.PostAsync("/api/tally/claims/import", TwoHomes.ImportOf(sent), holder.ApiKey)).Refused(409, "SUPERSEDED");
        Answer fresh = (await b.PostAsync($"/api/tally/claims/{away.TokenId}/refresh", null, holder.ApiKey)).Expect();
        Assert.Equal(("held", 1_000_002L), (fresh.String("claim.status"), fresh.Long("claim.spend_seq")));
        (await b.PostAsync("/api/tally/claims/transfer", new { token_id = away.TokenId, to = heir.Zid }, holder.ApiKey)).Expect();

        // A payment that nobody accepted still comes back.
        (await a.PostAsync($"/api/tally/envelopes/{open.TokenId}/recall", null, local.ApiKey)).Expect();
        (await a.PostAsync("/api/tally/envelopes/transfer", new { token_id = stays.TokenId, to = heir.Zid }, local.ApiKey)).Expect();
        await homes.AssertSoundAsync();
    }
}
