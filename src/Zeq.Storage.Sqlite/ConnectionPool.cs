using System.Collections.Concurrent;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>A bounded set of connections for reads, opened when first needed. Thread-safe.</summary>
internal sealed class ConnectionPool(Func<Connection> open, int capacity, int timeoutMs) : IDisposable
{
    private readonly ConcurrentBag<Connection> _idle = [];
    private readonly SemaphoreSlim _room = new(capacity, capacity);
    private volatile bool _isDisposed;

    /// <summary>Takes a connection, which is given back by <see cref="Return"/>.</summary>
    /// <exception cref="StoreException">All were busy for too long, or none could be opened.</exception>
    public async ValueTask<Connection> TakeAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, typeof(SqliteHomeStore));
        if (!await _room.WaitAsync(timeoutMs, cancellationToken).ConfigureAwait(false))
        {
            throw new StoreException("All connections of the store are busy.") { IsTransient = true };
        }

        try
        {
            return _idle.TryTake(out Connection? connection) ? connection : open();
        }
        catch
        {
            _room.Release();
            throw;
        }
    }

    /// <summary>Gives a connection back. One with an open transaction is closed instead.</summary>
    public void Return(Connection connection)
    {
        if (_isDisposed || connection.IsInTransaction)
        {
            connection.Dispose();
        }
        else
        {
            _idle.Add(connection);
        }

        _room.Release();
        if (_isDisposed)
        {
            Drain();
        }
    }

    /// <summary>Closes the idle connections; those that are out close when they come back.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        Drain();
    }

    private void Drain()
    {
        while (_idle.TryTake(out Connection? connection))
        {
            connection.Dispose();
        }
    }
}
