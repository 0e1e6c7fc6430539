using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>The admin's mutations repeated: rules 25 and 26 of spec 05, spec 00, "Answers".</summary>
public sealed class AdminRetryTests
{
    // Seen red with a route on which the Idempotency-Key does not count: the repetition confirms the second jump.
    [Fact]
    public async Task Rule25_AConfirmationRepeatedConfirmsNoLaterJump()
    {
        var time = new ManualTime();
        await using TestHome home = await TestHome.StartAsync(new HomeSetup { Time = time });
        Account account = await home.RegisterAsync();
        time.StepWall(TimeSpan.FromMilliseconds(200 * 777));
        (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Refused(503, "CLOCK_SUSPECT");
        Answer first = (await home.PostAsync("/api/admin/clock/confirm", null, home.AdminKey, "first")).Expect();
        (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Expect(201);

        time.StepWall(TimeSpan.FromMilliseconds(5_000 * 777));
        Assert.Equal(first.Text, (await home.PostAsync("/api/admin/clock/confirm", null, home.AdminKey, "first")).Expect().Text);
        (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Refused(503, "CLOCK_SUSPECT");
        (await home.PostAsync("/api/admin/clock/confirm", null, home.AdminKey, "second")).Expect();
        (await home.PostAsync("/api/identity/keys", new { }, account.ApiKey)).Expect(201);
    }

    // Seen red with a route on which the Idempotency-Key does not count: every height is raised again.
    [Fact]
    public async Task Rule26_ARestoreRepeatedRaisesNoHeightTwice()
    {
        await using TestHome home = await TestHome.StartAsync();
        Account account = await home.RegisterAsync();
        Coin coin = await home.MintCoinAsync(account);
        Answer first = (await home.PostAsync("/api/admin/home/restored", null, home.AdminKey, "restore")).Expect();
        Assert.Equal(1, first.Long("raised"));
        Assert.Equal(first.Text, (await home.PostAsync("/api/admin/home/restored", null, home.AdminKey, "restore")).Expect().Text);
        Assert.Equal(1_000_000, (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Long("spend_seq"));

        // Several at once are one; another key is another restore.
        Answer[] many = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => home.PostAsync("/api/admin/home/restored", null, home.AdminKey, "second")));
        Assert.Single(many.Select(answer => answer.Expect().Text).Distinct());
        Assert.Equal(2_000_000, (await home.GetAsync($"/api/tally/envelopes/{coin.TokenId}/authority")).Long("spend_seq"));
        (await home.PostAsync("/api/admin/home/restored", new { restore_id = new string('1', 64) }, home.AdminKey, "second")).Refused(422, "IDEMPOTENCY_MISMATCH");
        await home.AssertSoundAsync();
    }
}
