namespace Zeq.Protocol.Tests;

public class HomeQueueTests
{
    private static readonly Zid Alice = Zid.FromNumber(1);

    [Fact]
    public async Task One_more_than_4096_that_wait_is_refused_as_busy()
    {
        await using var gate = await Gate.StartAsync();
        Task<Executed<int>>[] waiting = [.. Enumerable.Range(0, 4_095).Select(_ => gate.World.Home.ExecuteAsync(new ForgetAnswers([])))];
        Assert.Equal(4_096, gate.World.Home.Waiting);
        Task<Executed<int>> refused = gate.World.Home.ExecuteAsync(new ForgetAnswers([]));

        // At once: one that were taken would wait for the gate.
        Assert.True(refused.IsCompleted);
        Assert.Equal(RejectionCode.Busy, Assert.IsType<Rejected<int>>((await refused).Decision).Why.Code);
        Assert.Equal(4_096, gate.World.Home.Waiting);
        gate.Open();
        await Task.WhenAll(waiting);
        Assert.All(waiting, task => Assert.True(task.IsCompletedSuccessfully));
        await gate.World.AcceptedAsync(new ForgetAnswers([]));
    }

    [Fact]
    public async Task Disposing_answers_all_that_was_taken_and_takes_no_more()
    {
        var gate = await Gate.StartAsync();
        Task<Executed<FuelPool>>[] waiting = [.. Enumerable.Range(0, 600).Select(i => gate.World.Home.ExecuteAsync(new GrantFuel(Alice, 1, $"{i}")))];
        Task disposing = gate.World.Home.DisposeAsync().AsTask();
        Executed<FuelPool> late = await gate.World.Home.ExecuteAsync(new GrantFuel(Alice, 1, "late"));
        Assert.Equal(RejectionCode.Busy, Assert.IsType<Rejected<FuelPool>>(late.Decision).Why.Code);
        Assert.False(disposing.IsCompleted);
        gate.Open();
        await disposing;
        Assert.All(waiting, task => Assert.True(task.IsCompletedSuccessfully));
        Assert.Equal(600, gate.World.Pool(Alice).Paid);
        Assert.Equal(0, gate.World.Home.Waiting);
        await gate.DisposeAsync();
    }

    [Fact]
    public async Task What_is_cancelled_while_it_waits_is_withdrawn()
    {
        await using var gate = await Gate.StartAsync();
        using var cancel = new CancellationTokenSource();
        Task<Executed<FuelPool>> withdrawn = gate.World.Home.ExecuteAsync(new GrantFuel(Alice, 1, "1"), cancel.Token);
        Task<Executed<FuelPool>> kept = gate.World.Home.ExecuteAsync(new GrantFuel(Alice, 2, "2"), CancellationToken.None);
        await cancel.CancelAsync();
        gate.Open();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => withdrawn);
        await kept;
        Assert.Equal(2, gate.World.Pool(Alice).Paid);
    }

    [Fact]
    public async Task What_the_writer_has_taken_is_finished_whatever_the_token_says()
    {
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        using var cancel = new CancellationTokenSource();
        a.Store.OnCommit = async _ => await cancel.CancelAsync();
        Executed<FuelPool> done = await a.Home.ExecuteAsync(new GrantFuel(Alice, 1, "1"), cancel.Token);
        Assert.IsType<Accepted<FuelPool>>(done.Decision);
        Assert.Equal(1, a.Pool(Alice).Paid);
    }

    [Fact]
    public async Task A_refused_or_repeated_command_commits_nothing()
    {
        await using World a = await World.StartAsync();
        await a.RegisterAsync(1);
        await a.AcceptedAsync(new GrantFuel(Alice, 1, "1"));
        int commits = a.Store.Commits;
        await a.AcceptedAsync(new GrantFuel(Alice, 1, "1"));
        await a.RefusedAsync(new GrantFuel(Alice, 2, "1"));
        Assert.Equal(commits, a.Store.Commits);
    }

    [Fact]
    public void Sizes_below_one_are_misuse()
    {
        using var keys = new HomeKeys(new byte[32], Origin.Parse("https://a.example"));
        var context = new HomeContext(Origin.Parse("https://a.example"), Slug.Parse("a"), keys);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Home(new TestStore(), context, new HomeOptions { BatchSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Home(new TestStore(), context, new HomeOptions { QueueCapacity = 0 }));
    }
}
