namespace Zeq.Protocol.Tests;

public class HomeFaultTests
{
    private static readonly Zid Alice = Zid.FromNumber(1);

    [Fact]
    public async Task A_transient_failure_changes_nothing_and_the_writer_goes_on()
    {
        var seen = new List<StoreException>();
        await using World a = await StartAsync(o => o with { OnStoreFault = seen.Add });
        a.Store.OnCommit = _ => throw new StoreException("Away.") { IsTransient = true };
        string before = a.Store.Dump();
        StoreException failure = await Assert.ThrowsAsync<StoreException>(() => a.Home.ExecuteAsync(Grant("1")));
        Assert.True(failure.IsTransient && !failure.OutcomeUnknown);
        Assert.Equal(failure, Assert.Single(seen));
        Assert.Equal(before, a.Store.Dump());
        a.Store.OnCommit = null;
        await a.AcceptedAsync(Grant("1"));
        Assert.Equal(5, a.Pool(Alice).Paid);
    }

    [Fact]
    public async Task A_transient_failure_fails_the_whole_batch_and_tries_nobody_again()
    {
        await using var gate = await Gate.StartAsync();
        int commits = 0;
        gate.World.Store.OnCommit = _ => ++commits > 0 ? throw new StoreException("Away.") { IsTransient = true } : default;
        Task<Executed<FuelPool>>[] asked = [.. Enumerable.Range(0, 5).Select(i => gate.World.Home.ExecuteAsync(Grant($"{i}")))];
        gate.Open();
        foreach (Task<Executed<FuelPool>> task in asked)
        {
            Assert.True((await Assert.ThrowsAsync<StoreException>(() => task)).IsTransient);
        }

        Assert.Equal(1, commits);
    }

    [Fact]
    public async Task An_unknown_outcome_is_told_as_such_never_run_again_and_settled_by_the_same_request()
    {
        await using World a = await StartAsync();
        Caller alice = World.CallerOf(1);
        await a.RegisterAsync(2);
        Envelope coin = await a.MintAsync(alice);
        a.Store.OnCommitted = () => throw new StoreException("No answer.") { OutcomeUnknown = true };
        int begins = a.Store.Begins;
        var send = new TransferEnvelope(alice, coin.TokenId, Zid.FromNumber(2), null, true);
        Assert.True((await Assert.ThrowsAsync<StoreException>(() => a.Home.ExecuteAsync(send))).OutcomeUnknown);
        Assert.Equal(begins + 1, a.Store.Begins);
        a.Store.OnCommitted = null;
        Assert.Equal(1, (await a.UnchangedAsync(send)).Receipt.SpendSeq);
    }

    [Fact]
    public async Task A_stale_batch_is_decided_again_on_what_the_other_writer_left()
    {
        await using World a = await StartAsync();
        int tries = 0;
        a.Store.OnCommit = _ => ++tries < 3 ? throw new StoreException("Stale.") { IsStale = true } : default;
        await a.AcceptedAsync(Grant("1"));
        Assert.Equal((3, 5L, 1L), (tries, a.Pool(Alice).Paid, a.Pool(Alice).Moves));
        a.Store.OnCommit = _ => ++tries > 0 ? throw new StoreException("Stale.") { IsStale = true } : default;
        tries = 0;
        await Assert.ThrowsAsync<StoreException>(() => a.Home.ExecuteAsync(Grant("2")));
        Assert.Equal(5, tries);
        Assert.Equal(5, a.Pool(Alice).Paid);
    }

    [Fact]
    public async Task A_stale_batch_makes_none_of_those_after_it_stale()
    {
        await using World a = await StartAsync();
        int commits = 0;
        a.Store.OnCommit = _ => ++commits == 1 ? throw new StoreException("Stale.") { IsStale = true } : default;
        await a.AcceptedAsync(Grant("0"));
        Assert.Equal(2, commits);
        for (int i = 1; i <= 6; i++)
        {
            // Loaded once, decided once, committed once: it stands on what is stored, and the stale one is forgotten.
            (int begins, int before) = (a.Store.Begins, commits);
            await a.AcceptedAsync(Grant($"{i}"));
            Assert.Equal((begins + 1, before + 1), (a.Store.Begins, commits));
        }

        Assert.Equal(35, a.Pool(Alice).Paid);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_that_cannot_be_stored_spoils_nobody_elses(bool atBegin)
    {
        await using var gate = await Gate.StartAsync();
        Task<Executed<FuelPool>>[] asked = [.. Enumerable.Range(0, 5).Select(i => gate.World.Home.ExecuteAsync(Grant(i == 2 ? "poison" : $"{i}")))];
        gate.Open();
        int begins = 0;
        if (atBegin)
        {
            // The whole batch, again once nothing else is under way, and then the third alone, do not even load.
            gate.World.Store.OnBegin = _ => ++begins is 1 or 2 or 5 ? throw new InvalidOperationException("Cannot load.") : default;
        }
        else
        {
            gate.World.Store.OnCommit = changes => changes.Any(c => c.Key == "poison") ? throw new StoreException("Cannot be stored.") : default;
        }

        for (int i = 0; i < asked.Length; i++)
        {
            if (i == 2)
            {
                StoreException failure = await Assert.ThrowsAsync<StoreException>(() => asked[i]);
                Assert.False(failure.IsTransient || failure.OutcomeUnknown);
            }
            else
            {
                Assert.IsType<Accepted<FuelPool>>((await asked[i]).Decision);
            }
        }

        Assert.Equal((20L, 4L), (gate.World.Pool(Alice).Paid, gate.World.Pool(Alice).Moves));
        Script.CheckInvariants(gate.World);
    }

    [Fact]
    public async Task A_commit_that_ends_in_an_unexpected_way_counts_as_unknown_and_is_not_run_again()
    {
        await using var gate = await Gate.StartAsync();
        gate.World.Store.OnCommitted = () => throw new TimeoutException("Who knows.");
        int before = gate.World.Store.Commits;
        Task<Executed<ChainRow>>[] asked = [.. Enumerable.Range(0, 3).Select(_ => gate.World.Home.ExecuteAsync(new WriteEvent(World.CallerOf(1), Alice.OwnMachine, "event", "{}", null, false)))];
        gate.Open();
        foreach (Task<Executed<ChainRow>> task in asked)
        {
            Assert.True((await Assert.ThrowsAsync<StoreException>(() => task)).OutcomeUnknown);
        }

        Assert.Equal(before + 1, gate.World.Store.Commits);
        Assert.Equal(3, gate.World.Store.Find(ChainHead.Table, Alice.OwnMachine.Text)!.Seq);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_fails_after_a_commit_takes_nothing_back_and_runs_nothing_again(bool listener)
    {
        var seen = new List<StoreException>();
        bool armed = false;
        await using var gate = await Gate.StartAsync(o => o with
        {
            OnStoreFault = seen.Add,
            OnCommitted = _ => FailIf(listener && armed),
        });
        armed = true;
        Task<Executed<ChainRow>>[] asked = [.. Enumerable.Range(0, 3).Select(_ => gate.World.Home.ExecuteAsync(new WriteEvent(World.CallerOf(1), Alice.OwnMachine, "event", "{}", null, false)))];
        gate.World.Store.OnCommitted = () => gate.World.Store.OnDispose = () => FailIf(!listener);
        gate.Open();
        foreach (Task<Executed<ChainRow>> task in asked)
        {
            Assert.IsType<Accepted<ChainRow>>((await task).Decision);
        }

        Assert.Equal(3, gate.World.Store.Find(ChainHead.Table, Alice.OwnMachine.Text)!.Seq);
        Assert.Single(seen);
        gate.World.Store.OnDispose = null;
    }

    private static async Task<World> StartAsync(Func<HomeOptions, HomeOptions>? configure = null)
    {
        World world = await World.StartAsync(configure: configure);
        await world.RegisterAsync(1);
        return world;
    }

    private static void FailIf(bool fails)
    {
        if (fails)
        {
            throw new InvalidOperationException("A bug, or a broken connection.");
        }
    }

    private static GrantFuel Grant(string reference) => new(Alice, 5, reference);
}
