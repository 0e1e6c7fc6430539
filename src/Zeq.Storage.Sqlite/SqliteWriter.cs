using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// The one connection that writes. A commit runs on a thread of its own, so that the next batch is loaded and decided meanwhile; commits
/// follow one another. Thread-safe.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private readonly Connection _connection;
    private readonly Checkpointer _checkpointer;
    private readonly CommitThread _thread = new();
    private readonly int _busyTimeoutMs;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _rollback;
    private readonly Statement _version;
    private bool _isDisposed;

    public SqliteWriter(Connection connection, Checkpointer checkpointer, SqliteOptions options)
    {
        (_connection, _checkpointer, _busyTimeoutMs) = (connection, checkpointer, options.BusyTimeoutMs);
        Known = new WriterRows(options.CachedRows / 2);
        _begin = connection.Prepare("BEGIN IMMEDIATE", "begin");
        _commit = connection.Prepare("COMMIT", "commit");
        _rollback = connection.Prepare("ROLLBACK", "rollback");
        _version = connection.Prepare("PRAGMA data_version", "begin");
    }

    /// <summary>What the next batch stands on.</summary>
    public WriterRows Known { get; }

    /// <summary>What a batch that begins now stands on, whatever another process wrote.</summary>
    public WriterRows.View See()
    {
        // While a commit is under way nobody else can write, and it asked itself.
        if (_gate.Wait(0))
        {
            try
            {
                ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteHomeStore));
                Known.IsVersion(Version());
            }
            finally
            {
                _gate.Release();
            }
        }

        return Known.See();
    }

    /// <summary>Writes a batch and makes it durable. Before this has returned its task, later batches stand on it.</summary>
    /// <exception cref="StoreException">Nothing was written, unless the outcome is unknown.</exception>
    public async ValueTask CommitAsync(WriterRows.View seen, IReadOnlyList<Change> changes, CancellationToken cancellationToken)
    {
        if (!await _gate.WaitAsync(_busyTimeoutMs, cancellationToken).ConfigureAwait(false))
        {
            throw new StoreException("The store is held by another batch.") { IsTransient = true };
        }

        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteHomeStore));
            if (!Known.TryBegin(seen, changes))
            {
                throw Stale();
            }

            await _thread.RunAsync(() => Write(changes)).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Waits for the batch that is being written, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            _thread.Dispose();
            await _checkpointer.DisposeAsync().ConfigureAwait(false);
            _begin.Dispose();
            _commit.Dispose();
            _rollback.Dispose();
            _version.Dispose();
            _connection.Dispose();
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Write(IReadOnlyList<Change> changes)
    {
        try
        {
            _begin.Run();
            if (!Known.IsVersion(Version()))
            {
                throw Stale();
            }

            foreach (Change change in changes)
            {
                Write(change);
            }

            _commit.Run(isCommit: true);
        }
        catch
        {
            Known.Failed();
            if (_connection.IsInTransaction)
            {
                _rollback.Run();
            }

            throw;
        }

        Known.Committed(changes);
        _checkpointer.Follow(_connection);
    }

    private void Write(in Change change)
    {
        try
        {
            _connection.StatementsOf(change.Table).Write(change);
        }
        catch (Exception unwritable) when (unwritable is not StoreException)
        {
            // Before COMMIT, whatever happens has changed nothing, and is said so.
            throw new StoreException($"{change.Table.Name}: a row cannot be written.", unwritable);
        }
    }

    private long Version()
    {
        try
        {
            _version.Step();
            return _version.Read(0).Integer;
        }
        finally
        {
            _version.Reset();
        }
    }

    private static StoreException Stale() => new("Another commit came first; decide again.") { IsTransient = true, IsStale = true };
}
