using Zeq.Postgres.Cluster;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres.Tests;

/// <summary>Two nodes on one database: whoever comes too late is told so, nothing is lost, and nobody is answered on what is no longer stored.</summary>
public sealed class NodesTests : IAsyncLifetime
{
    private static readonly KeySet Keys = new KeySet().Add(HomeMeta.Table, "a").Add(HomeMeta.Table, "b");
    private PostgresDatabase? _database;
    private PostgresHomeStore _one = null!;
    private PostgresHomeStore _two = null!;

    private PostgresDatabase Database => _database!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestStore.CreateDatabaseAsync();
        _one = await PostgresHomeStore.OpenAsync(TestStore.OptionsOf(_database));
        _two = await PostgresHomeStore.OpenAsync(TestStore.OptionsOf(_database));
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _one.DisposeAsync();
            await _two.DisposeAsync();
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_row_that_was_only_read_is_checked_too()
    {
        await TestStore.PutAsync(_one, "a", "ours");
        await using HomeTransaction transaction = await _one.BeginAsync(Keys, default);
        transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("b", "decided on " + transaction.Workspace.Find(HomeMeta.Table, "a")!.Value));
        await TestStore.PutAsync(_two, "a", "theirs");
        await ThrowsStaleAsync(transaction);
        await using HomeTransaction again = await _one.BeginAsync(Keys, default);
        Assert.Equal("theirs", again.Workspace.Find(HomeMeta.Table, "a")!.Value);
        Assert.Null(again.Workspace.Find(HomeMeta.Table, "b"));
    }

    [Fact]
    public async Task A_row_that_was_absent_and_is_there_now()
    {
        await using (HomeTransaction reading = await _one.BeginAsync(Keys, default))
        {
            reading.Workspace.Put(HomeMeta.Table, new HomeMeta("b", "decided without a"));
            await TestStore.PutAsync(_two, "a", "theirs");
            await ThrowsStaleAsync(reading);
        }

        await using HomeTransaction writing = await _one.BeginAsync(Keys, default);
        writing.Workspace.Put(HomeMeta.Table, new HomeMeta("b", "ours"));
        await TestStore.PutAsync(_two, "b", "theirs");
        await ThrowsStaleAsync(writing);
        Assert.Equal("theirs", (await _one.FindAsync(HomeMeta.Table, "b"))!.Value);
    }

    [Fact]
    public async Task A_stream_that_has_grown_since()
    {
        Zid zid = Zid.FromNumber(1);
        KeySet keys = new KeySet().Add(CreditMove.Table, zid.Text).Add(HomeMeta.Table, "a");
        await using (HomeTransaction reading = await _one.BeginAsync(keys, default))
        {
            reading.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "no moves yet"));
            await AppendAsync(_two, zid, 1);
            await ThrowsStaleAsync(reading);
        }

        await using (HomeTransaction jumping = await _one.BeginAsync(keys, default))
        {
            jumping.Workspace.Append(CreditMove.Table, MoveOf(zid, 1_000));
            await AppendAsync(_two, zid, 2);
            await ThrowsStaleAsync(jumping);
        }

        await using HomeTransaction next = await _one.BeginAsync(keys, default);
        Assert.Equal(2, next.Workspace.Find(CreditMove.Table, zid.Text)!.Seq);
    }

    [Fact]
    public async Task A_refusal_on_rows_from_memory_is_checked()
    {
        await TestStore.PutAsync(_one, "a", "ours");
        await using (HomeTransaction known = await _one.BeginAsync(Keys, default))
        {
            Assert.Equal("ours", known.Workspace.Find(HomeMeta.Table, "a")!.Value);
            await known.ConfirmAsync(default);
        }

        await TestStore.PutAsync(_two, "a", "theirs");
        await using (HomeTransaction refusing = await _one.BeginAsync(Keys, default))
        {
            StoreException stale = await Assert.ThrowsAsync<StoreException>(async () => await refusing.ConfirmAsync(default));
            Assert.True(stale.IsStale);
        }

        await using HomeTransaction again = await _one.BeginAsync(Keys, default);
        Assert.Equal("theirs", again.Workspace.Find(HomeMeta.Table, "a")!.Value);
    }

    [Fact]
    public async Task After_two_times_too_late_the_rows_are_held()
    {
        await TestStore.PutAsync(_one, "a", "0");
        for (int i = 0; i < 2; i++)
        {
            await using HomeTransaction late = await _one.BeginAsync(Keys, default);
            late.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "late"));
            await TestStore.PutAsync(_two, "a", $"{i}");
            await ThrowsStaleAsync(late);
        }

        await using (HomeTransaction holding = await _one.BeginAsync(Keys, default))
        {
            holding.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "in time"));
            Task other = TestStore.PutAsync(_two, "a", "after");
            await holding.CommitAsync(default);
            await Task.WhenAny(other);
            if (other.IsFaulted)
            {
                Assert.True((await Assert.ThrowsAsync<StoreException>(() => other)).IsStale);
            }
        }

        await using HomeTransaction next = await _two.BeginAsync(Keys, default);
        Assert.Contains(next.Workspace.Find(HomeMeta.Table, "a")!.Value, (string[])["in time", "after"]);
    }

    [Fact]
    public async Task What_was_decided_on_a_commit_that_fails_is_never_committed()
    {
        await TestStore.PutAsync(_one, "a", "before");
        await using HomeTransaction failing = await _one.BeginAsync(Keys, default);
        failing.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "too late"));
        await TestStore.PutAsync(_two, "a", "between");
        Task committing = failing.CommitAsync(default).AsTask();
        await using HomeTransaction next = await _one.BeginAsync(Keys, default);
        string seen = next.Workspace.Find(HomeMeta.Table, "a")!.Value;
        next.Workspace.Put(HomeMeta.Table, new HomeMeta("b", seen));
        Assert.True((await Assert.ThrowsAsync<StoreException>(() => committing)).IsStale);
        if (seen == "too late")
        {
            await ThrowsStaleAsync(next);
            Assert.Null(await _one.FindAsync(HomeMeta.Table, "b"));
        }
    }

    [Fact]
    public async Task Both_write_all_the_time_and_no_change_is_lost()
    {
        const int Each = 150;
        await Task.WhenAll(((PostgresHomeStore[])[_one, _two, _one, _two]).Select((store, lane) => Task.Run(async () =>
        {
            for (int i = 0; i < Each; i++)
            {
                while (!await TryAddAsync(store, lane % 2 == 0 ? ["a", "b"] : ["b", "c"]))
                {
                    await Task.Yield();
                }
            }
        })));
        Assert.Equal([$"{2 * Each}", $"{4 * Each}", $"{2 * Each}"], (await Task.WhenAll(((string[])["a", "b", "c"]).Select(async name => await _one.FindAsync(HomeMeta.Table, name)))).Select(row => row!.Value));
        Assert.Equal($"{4 * Each}", await Database.ExecuteAsync("SELECT count(*) FROM credit_moves"));

        static async Task<bool> TryAddAsync(PostgresHomeStore store, string[] names)
        {
            Zid zid = Zid.FromNumber(7);
            KeySet keys = new KeySet().Add(CreditMove.Table, zid.Text);
            foreach (string name in names)
            {
                keys.Add(HomeMeta.Table, name);
            }

            await using HomeTransaction transaction = await store.BeginAsync(keys, default);
            foreach (string name in names)
            {
                int count = int.Parse(transaction.Workspace.Find(HomeMeta.Table, name)?.Value ?? "0", System.Globalization.CultureInfo.InvariantCulture);
                transaction.Workspace.Put(HomeMeta.Table, new HomeMeta(name, $"{count + 1}"));
            }

            transaction.Workspace.Append(CreditMove.Table, MoveOf(zid, (transaction.Workspace.Find(CreditMove.Table, zid.Text)?.Seq ?? 0) + 1));
            try
            {
                await transaction.CommitAsync(default);
                return true;
            }
            catch (StoreException stale) when (stale.IsStale)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(1_000, 1)]
    public async Task A_batch_is_two_round_trips_and_one_where_its_rows_are_known(int cachedRows, int turns)
    {
        await using var way = new TurnCounter(Database.Cluster.Port);
        await using PostgresHomeStore store = await PostgresHomeStore.OpenAsync(
            new PostgresOptions { ConnectionString = Database.Over("127.0.0.1", way.Port, Database.NodeRole), MigrateAtStart = false, CachedRows = cachedRows });
        Zid zid = Zid.FromNumber(1);
        int before = 0;
        for (int i = 1; i <= 10; i++)
        {
            before = way.Turns;
            await using HomeTransaction transaction = await store.BeginAsync(new KeySet().Add(HomeMeta.Table, "a").Add(CreditMove.Table, zid.Text).Add(PeerKey.Table, "https://a.example"), default);
            transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("a", $"{i}"));
            transaction.Workspace.Put(PeerKey.Table, new PeerKey(Origin.Parse("https://a.example"), new Zeqond(1), $"{i}"));
            transaction.Workspace.Append(CreditMove.Table, MoveOf(zid, i));
            await transaction.CommitAsync(default);
        }

        Assert.Equal(turns, way.Turns - before);
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_of_unknown_outcome()
    {
        await using var way = new TurnCounter(Database.Cluster.Port);
        await using PostgresHomeStore store = await PostgresHomeStore.OpenAsync(
            new PostgresOptions { ConnectionString = Database.Over("127.0.0.1", way.Port, Database.NodeRole), MigrateAtStart = false, CachedRows = 0 });
        await TestStore.PutAsync(store, "a", "before");
        await using (HomeTransaction transaction = await store.BeginAsync(Keys, default))
        {
            transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "perhaps"));
            way.CutsAnswers = true;
            StoreException unknown = await Assert.ThrowsAsync<StoreException>(async () => await transaction.CommitAsync(default));
            Assert.True(unknown.OutcomeUnknown);
            Assert.False(unknown.IsTransient);
        }

        StoreException load = await Assert.ThrowsAsync<StoreException>(async () => await store.BeginAsync(Keys, default));
        Assert.True(load.IsTransient);
        Assert.False(load.OutcomeUnknown);
        way.CutsAnswers = false;
        await TestStore.PutAsync(store, "b", "goes on");
        Assert.Contains((await _two.FindAsync(HomeMeta.Table, "a"))!.Value, (string[])["before", "perhaps"]);
    }

    [Fact]
    public async Task Rows_that_somebody_holds_for_too_long_are_a_passing_failure()
    {
        await TestStore.PutAsync(_one, "a", "1");
        await using PostgresHomeStore store = await PostgresHomeStore.OpenAsync(TestStore.OptionsOf(Database) with { LockTimeoutMs = 50, MigrateAtStart = false });
        await using var holder = new Npgsql.NpgsqlConnection(Database.OwnerConnectionString + ";Pooling=false");
        await holder.OpenAsync();
        await using Npgsql.NpgsqlTransaction held = await holder.BeginTransactionAsync();
        await using (var command = new Npgsql.NpgsqlCommand("SELECT 1 FROM home_meta FOR UPDATE", holder))
        {
            await command.ExecuteNonQueryAsync();
        }

        StoreException passing = await Assert.ThrowsAsync<StoreException>(() => TestStore.PutAsync(store, "a", "2"));
        Assert.True(passing.IsTransient);
        Assert.False(passing.IsStale || passing.OutcomeUnknown);
        await held.RollbackAsync();
        await TestStore.PutAsync(store, "a", "2");
    }

    private static CreditMove MoveOf(Zid zid, long seq) => new(zid, seq, new Zeqond(seq), CreditReason.Grant, null, 1, 0, 0);

    private static async Task AppendAsync(PostgresHomeStore store, Zid zid, long seq)
    {
        await using HomeTransaction transaction = await store.BeginAsync(new KeySet(), default);
        transaction.Workspace.Append(CreditMove.Table, MoveOf(zid, seq));
        await transaction.CommitAsync(default);
    }

    private static async Task ThrowsStaleAsync(HomeTransaction transaction)
    {
        StoreException stale = await Assert.ThrowsAsync<StoreException>(() => transaction.CommitAsync(default).AsTask());
        Assert.True(stale.IsStale);
        Assert.False(stale.OutcomeUnknown);
    }
}
