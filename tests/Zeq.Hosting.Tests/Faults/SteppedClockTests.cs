using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>A wall clock that jumps (spec 05 rule 25): no mutation until the admin confirms, and no chain's time ever goes down.</summary>
[Collection(FaultsCollection.Name)]
public sealed class SteppedClockTests
{
    // Seen red with ClockGuard.Check never suspicious, and with the latch left out of ChainAppend.
    [Theory]
    [InlineData(-3_600)]
    [InlineData(3_600)]
    public async Task After_a_jump_mutations_wait_for_the_admin_and_chains_do_not_go_back(int seconds)
    {
        var clock = new ManualClock();
        await using BreakableHome home = await BreakableHome.StartAsync(clock);
        Account owner = await home.Api.RegisterAsync(), other = await home.Api.RegisterAsync(paid: 0);
        string token = await home.Api.MintAsync(owner), second = await home.Api.MintAsync(owner);
        (await home.Api.TransferAsync(owner, second, other.Zid)).Expect();
        clock.Pass(TimeSpan.FromHours(2));
        (await home.Api.TransferAsync(other, second, owner.Zid)).Expect();

        clock.Set(TimeSpan.FromSeconds(seconds));
        for (int i = 0; i < 3; i++)
        {
            WireAnswer refused = await home.Api.TransferAsync(owner, token, other.Zid);
            Assert.Equal((503, "CLOCK_SUSPECT"), (refused.Status, refused.Code));
            Assert.True(refused.Headers.Contains("Retry-After"));
        }

        Assert.Equal(503, (await home.Api.PostAsync("/api/identity/register", null, new System.Text.Json.Nodes.JsonObject())).Status);
        Assert.Equal(0, await home.Api.HeightAsync(token));
        (await home.Api.GetAsync("/api/tally/envelopes/" + token, owner.Key)).Expect();
        Assert.Equal(503, (await home.Api.GetAsync("/readyz")).Status);
        Assert.Equal(200, (await home.Api.GetAsync("/healthz")).Status);

        // Set back by itself, it stays suspect: what happened meanwhile nobody knows.
        clock.Set(TimeSpan.FromSeconds(-seconds));
        Assert.Equal("CLOCK_SUSPECT", (await home.Api.TransferAsync(owner, token, other.Zid)).Code);
        clock.Set(TimeSpan.FromSeconds(seconds));

        Assert.Equal(403, (await home.Api.SendAsync("POST", "/api/admin/clock/confirm", owner.Key)).Status);
        (await home.Api.SendAsync("POST", "/api/admin/clock/confirm", Api.AdminKey)).Expect();
        (await home.Api.TransferAsync(owner, token, other.Zid)).Expect();
        (await home.Api.TransferAsync(other, token, owner.Zid)).Expect();
        await home.Api.MintAsync(owner);
        Assert.Equal(200, (await home.Api.GetAsync("/readyz")).Status);

        long rows = 0;
        foreach (IGrouping<string, ChainRow> chain in (await home.RowsAsync(new Query<ChainRow>(ChainRow.Table))).GroupBy(row => row.Slug.Text))
        {
            long last = 0;
            foreach (ChainRow row in chain.OrderBy(row => row.Seq))
            {
                Assert.True(row.Zeqond.Value >= last, $"{chain.Key} {row.Seq} goes from {last} to {row.Zeqond.Value}.");
                last = row.Zeqond.Value;
                rows++;
            }
        }

        Assert.True(rows >= 8);
        await home.StopAsync();
        await home.AuditAsync();
    }

    // Seen red with the newest row not read at the start.
    [Fact]
    public async Task A_start_far_ahead_of_the_newest_row_is_suspect_and_one_not_so_far_is_not()
    {
        var clock = new ManualClock();
        await using BreakableHome home = await BreakableHome.StartAsync(clock);
        Account owner = await home.Api.RegisterAsync();
        await home.StopAsync();
        clock.Pass(TimeSpan.FromMilliseconds((ClockGuard.StartToleranceZeqonds - 1_000) * KernelConstants.ZeqondMs));
        await home.StartAsync();
        await home.Api.MintAsync(owner);

        await home.StopAsync();
        clock.Pass(TimeSpan.FromMilliseconds((ClockGuard.StartToleranceZeqonds + 1_000) * KernelConstants.ZeqondMs));
        await home.StartAsync();
        Assert.Equal("CLOCK_SUSPECT", (await home.Api.PostAsync("/api/zeq/compute", owner.Key, Api.Compute())).Code);
        (await home.Api.SendAsync("POST", "/api/admin/clock/confirm", Api.AdminKey)).Expect();
        await home.Api.MintAsync(owner);
        await home.StopAsync();
        await home.AuditAsync();
    }
}
