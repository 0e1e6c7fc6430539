using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Zeq.Protocol;

/// <summary>
/// A home in memory, for tests and simulations only: nothing survives the process. Rows rest as cells, so that it behaves as the SQL
/// stores do: a row comes back as its columns say, keys are unique, immutable columns stay, logs only grow, and readers see one instant.
/// Thread-safe.
/// </summary>
public sealed class MemoryHomeStore : IHomeStore
{
    private readonly Lock _lock = new();
    private volatile ImmutableDictionary<Table, MemoryTable> _state = ImmutableDictionary<Table, MemoryTable>.Empty;

    /// <inheritdoc/>
    public string Description => "memory";

    /// <inheritdoc/>
    public ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        cancellationToken.ThrowIfCancellationRequested();
        var transaction = new Transaction(this, _state, new Workspace(keys));
        transaction.Load(transaction.Workspace.Keys);
        return new(transaction);
    }

    /// <inheritdoc/>
    public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class => Find(_state, table, key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
        where TRow : class => Run(_state, query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => new(new Snapshot(_state));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    /// <summary>A store of its own that begins as this one stands now: what a disk holds at that instant.</summary>
    internal MemoryHomeStore Fork() => new() { _state = _state };

    private static MemoryTable Of(ImmutableDictionary<Table, MemoryTable> state, Table table) => state.TryGetValue(table, out MemoryTable? rows) ? rows : new MemoryTable(table);

    private static ValueTask<TRow?> Find<TRow>(ImmutableDictionary<Table, MemoryTable> state, Table<TRow> table, string key, CancellationToken cancellationToken)
        where TRow : class
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new((TRow?)Of(state, table).Find(key));
    }

    private static async IAsyncEnumerable<TRow> Run<TRow>(
        ImmutableDictionary<Table, MemoryTable> state, Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRow : class
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (object row in Of(state, query.Table).Run(query))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (TRow)row;
        }
    }

    private static MemoryTable With(ImmutableDictionary<Table, MemoryTable>.Builder state, Change change)
    {
        try
        {
            return (state.TryGetValue(change.Table, out MemoryTable? rows) ? rows : new MemoryTable(change.Table)).With(change);
        }
        catch (Exception unwritable) when (unwritable is not StoreException)
        {
            throw new StoreException($"{change.Table.Name}: a row cannot be written.", unwritable);
        }
    }

    private sealed class Snapshot(ImmutableDictionary<Table, MemoryTable> state) : IHomeReader
    {
        public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
            where TRow : class => Find(state, table, key, cancellationToken);

        public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
            where TRow : class => Run(state, query, cancellationToken);

        public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => new(this);

        public ValueTask DisposeAsync() => default;
    }

    private void Commit(ImmutableDictionary<Table, MemoryTable> loaded, Workspace workspace)
    {
        lock (_lock)
        {
            if (_state != loaded)
            {
                throw new StoreException("Another commit came first; decide again.") { IsTransient = true, IsStale = true };
            }

            ImmutableDictionary<Table, MemoryTable>.Builder next = loaded.ToBuilder();
            foreach (Change change in workspace.Changes())
            {
                next[change.Table] = With(next, change);
            }

            _state = next.ToImmutable();
        }
    }

    private sealed class Transaction(MemoryHomeStore store, ImmutableDictionary<Table, MemoryTable> state, Workspace workspace) : HomeTransaction
    {
        private bool _isOver;

        public override Workspace Workspace => workspace;

        public override bool TakesMore => true;

        public override ValueTask LoadMoreAsync(KeySet keys, CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            Load(workspace.Name(keys));
            return default;
        }

        public void Load(IEnumerable<RowKey> keys)
        {
            foreach (RowKey key in keys)
            {
                if (Of(state, key.Table).Find(key.Key) is { } row)
                {
                    workspace.Load(key, row);
                }
            }
        }

        public override ValueTask CommitAsync(CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_isOver, this);
            _isOver = true;
            store.Commit(state, workspace);
            return default;
        }

        public override ValueTask DisposeAsync()
        {
            _isOver = true;
            return default;
        }
    }
}
