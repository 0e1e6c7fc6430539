using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>A reader of one instant: a transaction of its own that repeats its reads.</summary>
internal sealed class PostgresSnapshot : PostgresReader, IHomeReader
{
    private readonly NpgsqlConnection _connection;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private bool _isDisposed;

    private PostgresSnapshot(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Fixes the instant.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static async ValueTask<PostgresSnapshot> OpenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            // The instant is that of the first read, not of BEGIN.
            var batch = new NpgsqlBatch(connection);
            await using (batch.ConfigureAwait(false))
            {
                batch.BatchCommands.Add(new NpgsqlBatchCommand("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
                batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT count(*) FROM schema_migrations"));
                await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }

            return new PostgresSnapshot(connection);
        }
        catch (Exception failed)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (PostgresFault.IsOurs(failed))
            {
                throw PostgresFault.Of(failed, "snapshot");
            }

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
                // The pool rolls back what is open.
                _isDisposed = true;
                await _connection.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    protected override async ValueTask<NpgsqlConnection> TakeAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_isDisposed)
        {
            _gate.Release();
            throw new ObjectDisposedException(nameof(PostgresSnapshot));
        }

        return _connection;
    }

    protected override ValueTask ReturnAsync(NpgsqlConnection connection)
    {
        _gate.Release();
        return default;
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
