using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

/// <summary>Who comes while the batch before is being committed shares the next commit, and is decided meanwhile.</summary>
public class GrowingBatchTests
{
    [Fact]
    public async Task Who_comes_during_a_commit_is_decided_meanwhile_and_shares_the_next_commit()
    {
        var store = new HeldStore(new MemoryHomeStore());
        await using var world = new World(store: store);
        Task<Executed<PeerKey>> first = world.Home.ExecuteAsync(Pin("https://one.example"));
        await store.Committing;
        Task<Executed<PeerKey>> second = world.Home.ExecuteAsync(Pin("https://two.example"));
        await store.UntilLoadedAsync(1);
        Task<Executed<PeerKey>> third = world.Home.ExecuteAsync(Pin("https://three.example"));
        await store.UntilLoadedAsync(2);
        Assert.Null(await store.FindAsync(PeerKey.Table, "https://one.example"));
        Assert.False(first.IsCompleted || second.IsCompleted || third.IsCompleted);
        store.Release();
        Assert.All(await Task.WhenAll(first, second, third), executed => Assert.IsType<Accepted<PeerKey>>(executed.Decision));
        Assert.Equal((await second).At.UnixMs, (await third).At.UnixMs);
        Assert.Equal(2, store.Commits);
    }

    [Fact]
    public async Task Who_comes_during_a_commit_is_decided_in_rounds_of_eight()
    {
        // All at once would keep the commit that ends meanwhile waiting for their decisions.
        var store = new HeldStore(new MemoryHomeStore());
        await using var world = new World(store: store);
        Task<Executed<PeerKey>> first = world.Home.ExecuteAsync(Pin("https://one.example"));
        await store.Committing;
        Task<Executed<PeerKey>> second = world.Home.ExecuteAsync(Pin("https://two.example"));
        await store.UntilLoadedAsync(1);
        Task<Executed<PeerKey>>[] others = [.. Enumerable.Range(0, 40).Select(n => world.Home.ExecuteAsync(Pin($"https://n{n}.example")))];
        await store.UntilRowsLoadedAsync(41);
        store.Release();
        Assert.InRange(store.MostLoaded, 1, 8);
        Assert.All(await Task.WhenAll([first, second, .. others]), executed => Assert.IsType<Accepted<PeerKey>>(executed.Decision));
        Assert.Equal(2, store.Commits);
    }

    [Fact]
    public async Task A_batch_never_grows_beyond_its_size()
    {
        var store = new HeldStore(new MemoryHomeStore());
        await using var world = new World(store: store, configure: options => options with { BatchSize = 3 });
        Task<Executed<PeerKey>> first = world.Home.ExecuteAsync(Pin("https://one.example"));
        await store.Committing;
        Task<Executed<PeerKey>>[] others = [.. Enumerable.Range(0, 5).Select(n => world.Home.ExecuteAsync(Pin($"https://n{n}.example")))];
        store.Release();
        Assert.All(await Task.WhenAll([first, .. others]), executed => Assert.IsType<Accepted<PeerKey>>(executed.Decision));
        Assert.InRange(store.Commits, 3, 4);
        Assert.True(store.MostRows <= 3, $"{store.MostRows} in one commit.");
    }

    [Fact]
    public async Task What_was_decided_on_a_commit_that_failed_is_decided_again()
    {
        var store = new HeldStore(new MemoryHomeStore()) { FailsFirst = true };
        await using var world = new World(store: store);
        Task<Executed<PeerKey>> first = world.Home.ExecuteAsync(Pin("https://one.example"));
        await store.Committing;

        // The same pin again: it has nothing to write where it stands on the first one.
        Task<Executed<PeerKey>> second = world.Home.ExecuteAsync(Pin("https://one.example"));
        await store.UntilLoadedAsync(1);
        store.Release();
        Assert.True((await Assert.ThrowsAsync<StoreException>(() => first)).IsTransient);
        Assert.IsType<Accepted<PeerKey>>((await second).Decision);
        Assert.NotNull(await store.FindAsync(PeerKey.Table, "https://one.example"));
    }

    [Fact]
    public void A_stream_named_late_shows_the_row_that_was_appended_before()
    {
        var workspace = new Workspace(new KeySet());
        Zid zid = Zid.FromNumber(1);
        var row = new CreditMove(zid, 1, new Zeqond(1), CreditReason.Grant, "r", 0, 0, 1);
        workspace.Append(CreditMove.Table, row);
        KeySet more = new KeySet().Add(CreditMove.Table, zid.Text);
        Assert.Single(workspace.Name(more));
        Assert.Empty(workspace.Name(more));
        Assert.Same(row, workspace.Find(CreditMove.Table, zid.Text));
    }

    private static PinPeer Pin(string origin) => new(Origin.Parse(origin), KeyOf(origin), ByAdmin: true);

    private static string KeyOf(string seed)
    {
        byte[] publicKey = new byte[Ed25519.PublicKeySizeBytes];
        Ed25519.GetPublicKey(Sha256.Hash(System.Text.Encoding.UTF8.GetBytes(seed)), publicKey);
        return Hex.Encode(publicKey);
    }

    /// <summary>Holds the first commit until it is released. What is loaded meanwhile stands on it.</summary>
    private sealed class HeldStore(MemoryHomeStore inner) : IHomeStore
    {
        private readonly TaskCompletionSource _committing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile Change[] _written = [];
        private int _loads;
        private int _rowsLoaded;

        public bool FailsFirst { get; init; }

        public Task Committing => _committing.Task;

        public int Commits { get; private set; }

        public int MostRows { get; private set; }

        /// <summary>The most pins that were loaded at once while the first commit was held.</summary>
        public int MostLoaded { get; private set; }

        public string Description => inner.Description;

        public async Task UntilRowsLoadedAsync(int rows)
        {
            while (Volatile.Read(ref _rowsLoaded) < rows)
            {
                await Task.Delay(1);
            }
        }

        public void Release() => _released.SetResult();

        public async Task UntilLoadedAsync(int loads)
        {
            while (Volatile.Read(ref _loads) < loads)
            {
                await Task.Delay(1);
            }
        }

        public ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
        {
            var transaction = new Transaction(this, new Workspace(keys));
            transaction.Load(transaction.Workspace.Keys);
            return new(transaction);
        }

        public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
            where TRow : class => inner.FindAsync(table, key, cancellationToken);

        public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
            where TRow : class => inner.QueryAsync(query, cancellationToken);

        public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => inner.SnapshotAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();

        private sealed class Transaction(HeldStore store, Workspace workspace) : HomeTransaction
        {
            public override Workspace Workspace => workspace;

            public override bool TakesMore => true;

            public void Load(IEnumerable<RowKey> keys)
            {
                Change[] written = store._written;
                int rows = 0;
                foreach (RowKey key in keys)
                {
                    rows += key.Table == PeerKey.Table ? 1 : 0;
                    object? row = written.LastOrDefault(change => new RowKey(change.Table, change.Key) == key).After
                        ?? (key.Table == PeerKey.Table ? store.FindAsync(PeerKey.Table, key.Key).AsTask().GetAwaiter().GetResult() : null);
                    if (row is not null)
                    {
                        workspace.Load(key, row);
                    }
                }

                if (written.Length > 0)
                {
                    store.MostLoaded = Math.Max(store.MostLoaded, rows);
                    Interlocked.Increment(ref store._loads);
                    Interlocked.Add(ref store._rowsLoaded, rows);
                }
            }

            public override ValueTask LoadMoreAsync(KeySet keys, CancellationToken cancellationToken)
            {
                Load(workspace.Name(keys));
                return default;
            }

            public override async ValueTask CommitAsync(CancellationToken cancellationToken)
            {
                Change[] changes = [.. workspace.Changes()];
                if (!store.Committing.IsCompleted)
                {
                    store._written = changes;
                    store._committing.SetResult();
                    await store._released.Task;
                    store._written = [];
                    if (store.FailsFirst)
                    {
                        throw new StoreException("The disk failed.") { IsTransient = true };
                    }
                }

                var keys = new KeySet();
                foreach (Change change in changes)
                {
                    keys.Add(change.Table, change.Key);
                }

                await using HomeTransaction real = await store.BeginInnerAsync(keys);
                foreach (Change change in changes.Where(change => change.Table == PeerKey.Table))
                {
                    real.Workspace.Put(PeerKey.Table, (PeerKey)change.After!);
                }

                await real.CommitAsync(cancellationToken);
                store.Commits++;
                store.MostRows = Math.Max(store.MostRows, changes.Count(change => change.Table == PeerKey.Table));
            }

            public override ValueTask DisposeAsync() => default;
        }

        private ValueTask<HomeTransaction> BeginInnerAsync(KeySet keys) => inner.BeginAsync(keys, default);
    }
}
