using Zeq.Hosting.Tests.Faults;

namespace Zeq.Nodes.Tests;

/// <summary>Scheduled work happens once, whichever node is killed or stands still.</summary>
public sealed class LeaderTests
{
    private const int Steps = 16;

    // Seen red with a worker that leads without asking.
    [Fact]
    public async Task Two_nodes_settle_each_step_once()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        await using PeerHome peer = await LeaveStepsAsync(home);
        peer.Takes = true;
        await NodesOnOneHome.Eventually(async () => await home.OpenStepsAsync() == 0);
        Assert.Equal(Steps, peer.Taken.Count);
        Assert.Equal(Steps, peer.Taken.Distinct().Count());
        Assert.Equal(1, await home.GenerationAsync());
        await home.AssertSoundAsync();
    }

    [Fact]
    public async Task After_the_leader_is_killed_the_other_settles_what_is_open()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        await using PeerHome peer = await LeaveStepsAsync(home);
        int leader = -1;
        await NodesOnOneHome.Eventually(async () => (leader = await home.LeaderAsync()) >= 0);
        await home.Nodes[leader].KillAsync();
        peer.Takes = true;
        await NodesOnOneHome.Eventually(async () => await home.OpenStepsAsync() == 0);
        Assert.Equal(1 - leader, await home.LeaderAsync());
        Assert.Equal(2, await home.GenerationAsync());
        Assert.Equal(Steps, peer.Taken.Distinct().Count());

        // It comes back, and follows.
        home.Nodes[leader].Dispose();
        await home.StartNodeAsync(leader);
        (await home.Apis[leader].GetAsync("/api/tally/supply")).Expect();
        await home.AssertSoundAsync();
    }

    // A leader that stands still in the middle of its steps: the other takes over, and what the first one wakes up with comes too late.
    [Fact]
    public async Task A_leader_that_stood_still_changes_nothing_when_it_wakes()
    {
        await using NodesOnOneHome home = await NodesOnOneHome.StartAsync();
        await using PeerHome peer = await LeaveStepsAsync(home);
        int leader = -1;
        await NodesOnOneHome.Eventually(async () => (leader = await home.LeaderAsync()) >= 0);
        var asked = new TaskCompletionSource();
        var answers = new TaskCompletionSource();
        peer.Hold = () =>
        {
            asked.TrySetResult();
            return answers.Task;
        };
        peer.Takes = true;
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        home.Nodes[leader].Pause();
        try
        {
            peer.Hold = null;
            await NodesOnOneHome.Eventually(async () => await home.LeaderAsync() == 1 - leader);
            await NodesOnOneHome.Eventually(async () => await home.OpenStepsAsync() == 0);
        }
        finally
        {
            home.Nodes[leader].Resume();
        }

        string settled = await home.SqlAsync("SELECT step_id, status, attempts, xmin FROM peer_steps ORDER BY 1");
        answers.SetResult();
        await Task.Delay(2_000);
        Assert.Equal(settled, await home.SqlAsync("SELECT step_id, status, attempts, xmin FROM peer_steps ORDER BY 1"));
        Assert.Equal(2, await home.GenerationAsync());
        (await home.Apis[leader].GetAsync("/api/tally/supply")).Expect();
        await home.AssertSoundAsync();
    }

    /// <summary>Imports whose outcome the coins' home leaves open.</summary>
    private static async Task<PeerHome> LeaveStepsAsync(NodesOnOneHome home)
    {
        PeerHome peer = await PeerHome.StartAsync();
        peer.HolderOrigin = home.Origin;
        Account[] holders = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => home.Apis[i % 2].RegisterAsync(paid: 0)));
        for (int i = 0; i < Steps; i++)
        {
            WireAnswer answer = await home.Apis[i % 2].ImportAsync(holders[i % 4], peer.Payment(i, holders[i % 4].Zid, home.Origin));
            Assert.Equal("PEER_UNREACHABLE", answer.Code);
        }

        Assert.Equal(Steps, await home.OpenStepsAsync());
        return peer;
    }
}
