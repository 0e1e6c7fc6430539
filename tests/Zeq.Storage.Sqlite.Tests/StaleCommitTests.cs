using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>No row is locked while a batch is decided: the commit finds out whether what was loaded is still what is stored.</summary>
public sealed class StaleCommitTests : IAsyncLifetime
{
    private static readonly KeySet Keys = new KeySet().Add(HomeMeta.Table, "a").Add(HomeMeta.Table, "b");
    private readonly TempFolder _folder = new();
    private SqliteHomeStore _store = null!;

    public ValueTask InitializeAsync()
    {
        _store = SqliteHomeStore.Open(_folder.File("home.db"));
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_another_process_wrote_since_the_load_makes_the_batch_stale()
    {
        await PutAsync("a", "ours");
        await using HomeTransaction transaction = await _store.BeginAsync(Keys, default);
        transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("b", "decided on ours"));
        using (Connection other = Connection.Open(_store.FilePath, _store.FilePath, raw.SQLITE_OPEN_READWRITE, 1000))
        {
            other.Execute("UPDATE home_meta SET value = 'theirs' WHERE name = 'a'");
        }

        await ThrowsStaleAsync(transaction);
        await using HomeTransaction again = await _store.BeginAsync(Keys, default);
        Assert.Equal("theirs", again.Workspace.Find(HomeMeta.Table, "a")!.Value);
        Assert.Null(again.Workspace.Find(HomeMeta.Table, "b"));
    }

    [Fact]
    public async Task Of_two_batches_that_began_together_one_is_stale()
    {
        await using HomeTransaction first = await _store.BeginAsync(Keys, default);
        await using HomeTransaction second = await _store.BeginAsync(Keys, default);
        first.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "first"));
        second.Workspace.Put(HomeMeta.Table, new HomeMeta("b", "second"));
        await first.CommitAsync(default);
        await ThrowsStaleAsync(second);
        Assert.Null(await _store.FindAsync(HomeMeta.Table, "b"));
    }

    [Fact]
    public async Task What_was_decided_on_a_commit_that_fails_is_never_committed()
    {
        await PutAsync("a", "before");
        await using HomeTransaction failing = await _store.BeginAsync(Keys, default);
        failing.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "no text of a store: \0"));
        Task committing = failing.CommitAsync(default).AsTask();
        await using HomeTransaction next = await _store.BeginAsync(Keys, default);
        next.Workspace.Put(HomeMeta.Table, new HomeMeta("b", next.Workspace.Find(HomeMeta.Table, "a")!.Value));
        Assert.False((await Assert.ThrowsAsync<StoreException>(() => committing)).IsStale);
        if (next.Workspace.Find(HomeMeta.Table, "b")!.Value != "before")
        {
            await ThrowsStaleAsync(next);
        }

        Assert.Equal("before", (await _store.FindAsync(HomeMeta.Table, "a"))!.Value);
        await using HomeTransaction again = await _store.BeginAsync(Keys, default);
        Assert.Equal("before", again.Workspace.Find(HomeMeta.Table, "a")!.Value);
    }

    [Fact]
    public async Task A_deleted_row_is_gone_for_the_batch_that_begins_meanwhile()
    {
        KeySet keys = new KeySet().Add(KeptAnswer.Table, "s");
        await using (HomeTransaction transaction = await _store.BeginAsync(keys, default))
        {
            transaction.Workspace.Put(KeptAnswer.Table, new KeptAnswer("s", "h", 200, [1], new Zeqond(1)));
            await transaction.CommitAsync(default);
        }

        await using HomeTransaction deleting = await _store.BeginAsync(keys, default);
        deleting.Workspace.Delete(KeptAnswer.Table, "s");
        Task committing = deleting.CommitAsync(default).AsTask();
        await using (HomeTransaction next = await _store.BeginAsync(keys, default))
        {
            Assert.Null(next.Workspace.Find(KeptAnswer.Table, "s"));
        }

        await committing;
    }

    [Fact]
    public async Task A_stream_that_was_written_without_being_named_shows_its_newest_row()
    {
        Zid zid = Zid.FromNumber(1);
        KeySet stream = new KeySet().Add(CreditMove.Table, zid.Text);
        for (int i = 1; i <= 20; i++)
        {
            await using HomeTransaction unnamed = await _store.BeginAsync(new KeySet(), default);
            unnamed.Workspace.Append(CreditMove.Table, new CreditMove(zid, i, new Zeqond(i), CreditReason.Claim, null, 1, 0, 0));
            Task committing = unnamed.CommitAsync(default).AsTask();
            await using HomeTransaction next = await _store.BeginAsync(stream, default);
            Assert.Equal(i, next.Workspace.Find(CreditMove.Table, zid.Text)!.Seq);
            await committing;
        }
    }

    private static async Task ThrowsStaleAsync(HomeTransaction transaction)
    {
        StoreException stale = await Assert.ThrowsAsync<StoreException>(() => transaction.CommitAsync(default).AsTask());
        Assert.True(stale.IsStale);
        Assert.False(stale.OutcomeUnknown);
    }

    private async Task PutAsync(string name, string value)
    {
        await using HomeTransaction transaction = await _store.BeginAsync(Keys, default);
        transaction.Workspace.Put(HomeMeta.Table, new HomeMeta(name, value));
        await transaction.CommitAsync(default);
    }
}
