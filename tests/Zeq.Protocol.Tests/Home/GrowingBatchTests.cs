using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

/// <summary>Who comes while a batch is loaded and decided shares its commit.</summary>
public class GrowingBatchTests
{
    [Fact]
    public async Task A_command_that_comes_while_rows_are_loaded_joins_the_batch()
    {
        var store = new JoinedStore(new MemoryHomeStore());
        await using var world = new World(store: store);
        Task<Executed<PeerKey>>? second = null;
        store.OnBegin = () => second ??= world.Home.ExecuteAsync(Pin("https://two.example"));
        Executed<PeerKey> first = await world.Home.ExecuteAsync(Pin("https://one.example"));
        Executed<PeerKey> joined = await second!;
        Assert.IsType<Accepted<PeerKey>>(first.Decision);
        Assert.IsType<Accepted<PeerKey>>(joined.Decision);
        Assert.Equal(first.At.UnixMs, joined.At.UnixMs);
        Assert.Equal(1, store.Begun);
        Assert.NotNull(await store.FindAsync(PeerKey.Table, "https://two.example"));
    }

    [Fact]
    public async Task A_batch_never_grows_beyond_its_size()
    {
        var store = new JoinedStore(new MemoryHomeStore());
        await using var world = new World(store: store, configure: options => options with { BatchSize = 3 });
        Task<Executed<PeerKey>>[] others = [];
        store.OnBegin = () =>
        {
            if (others.Length == 0)
            {
                others = [.. Enumerable.Range(0, 5).Select(n => world.Home.ExecuteAsync(Pin($"https://n{n}.example")))];
            }
        };
        await world.Home.ExecuteAsync(Pin("https://one.example"));
        Assert.All(await Task.WhenAll(others), executed => Assert.IsType<Accepted<PeerKey>>(executed.Decision));
        Assert.Equal(2, store.Begun);
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

    private sealed class JoinedStore(MemoryHomeStore inner) : IHomeStore
    {
        public Action? OnBegin { get; set; }

        public int Begun { get; private set; }

        public string Description => inner.Description;

        public async ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
        {
            Begun++;
            HomeTransaction transaction = await inner.BeginAsync(keys, cancellationToken);
            OnBegin?.Invoke();
            return transaction;
        }

        public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
            where TRow : class => inner.FindAsync(table, key, cancellationToken);

        public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
            where TRow : class => inner.QueryAsync(query, cancellationToken);

        public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => inner.SnapshotAsync(cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
