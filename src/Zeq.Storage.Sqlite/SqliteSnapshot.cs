using System.Collections.Concurrent;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>A reader of one instant: a read transaction on a connection of its own. While it stands, the log cannot start again.</summary>
internal sealed class SqliteSnapshot : SqliteReader, IHomeReader
{
    private readonly Connection _connection;
    private readonly Action<Connection> _release;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly ConcurrentDictionary<IDisposable, bool> _pages = [];
    private bool _isDisposed;

    /// <summary>Fixes the instant.</summary>
    /// <exception cref="StoreException">The store cannot be read; the connection stays the caller's.</exception>
    public SqliteSnapshot(Connection connection, Action<Connection> release)
    {
        (_connection, _release) = (connection, release);
        connection.Execute("BEGIN");
        try
        {
            // The instant is that of the first read, not of BEGIN.
            connection.Ask("SELECT count(*) FROM schema_migrations");
        }
        catch
        {
            connection.RollBack();
            throw;
        }
    }

    ValueTask<TRow?> IHomeReader.FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken)
        where TRow : class => FindAsync(table, key, cancellationToken);

    IAsyncEnumerable<TRow> IHomeReader.QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken) => QueryAsync(query, cancellationToken);

    /// <summary>This reader is of one instant already.</summary>
    public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => new(new SharedSnapshot(this));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                try
                {
                    foreach (IDisposable page in _pages.Keys)
                    {
                        page.Dispose();
                    }

                    _connection.RollBack();
                }
                finally
                {
                    _release(_connection);
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    protected override async ValueTask<Connection> TakeAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_isDisposed)
        {
            _gate.Release();
            throw new ObjectDisposedException(nameof(SqliteSnapshot));
        }

        return _connection;
    }

    protected override void Return(Connection connection) => _gate.Release();

    protected override QueryPage<TRow> Open<TRow>(Query<TRow> query)
    {
        var page = new QueryPage<TRow>(query, isHeld: true);
        _pages.TryAdd(page, true);
        return page;
    }

    protected override async ValueTask CloseAsync(IDisposable page)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            _pages.TryRemove(page, out _);
            page.Dispose();
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>The same instant for a second owner, whose disposal leaves the first one's alone.</summary>
    private sealed class SharedSnapshot(IHomeReader inner) : IHomeReader
    {
        public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
            where TRow : class => inner.FindAsync(table, key, cancellationToken);

        public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
            where TRow : class => inner.QueryAsync(query, cancellationToken);

        public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => inner.SnapshotAsync(cancellationToken);

        public ValueTask DisposeAsync() => default;
    }
}
