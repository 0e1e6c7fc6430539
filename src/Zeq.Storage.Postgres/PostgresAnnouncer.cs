using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// Tells the other nodes which chains have grown: what several commits wrote in one message, on a connection of its own, after the commits.
/// Inside of them it would make them end one by one, since the server keeps the order of what is told. Thread-safe.
/// </summary>
internal sealed class PostgresAnnouncer : IAsyncDisposable
{
    private const int GatherMs = 40;
    private const int MaxStreams = 4_096;
    private const int ReconnectAfterMs = 500;

    private readonly PostgresConnections _connections;
    private readonly string _node;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _telling;
    private Dictionary<string, (long First, long Last)> _grown = new(StringComparer.Ordinal);
    private bool _isAny;

    public PostgresAnnouncer(PostgresConnections connections, string node)
    {
        (_connections, _node) = (connections, node);
        _telling = Task.Run(TellAsync);
    }

    public void Add(IReadOnlyList<Change> changes)
    {
        lock (_lock)
        {
            int before = _grown.Count;
            foreach (Change change in changes)
            {
                if (ReferenceEquals(change.Table, ChainRow.Table) && change.After is { } row)
                {
                    long number = ChainRow.Table.NumberOf(row);
                    (long first, long last) = _grown.GetValueOrDefault(change.Key, (number, number));
                    _grown[change.Key] = (Math.Min(first, number), Math.Max(last, number));
                }
            }

            if (_grown.Count > MaxStreams)
            {
                _isAny = true;
                _grown.Clear();
            }

            // The other end takes all that is there: one wake is enough until it has.
            if ((_grown.Count > before || _isAny) && _wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _telling.ConfigureAwait(false);
        _stopping.Dispose();
        _wake.Dispose();
    }

    private async Task TellAsync()
    {
        CancellationToken stopping = _stopping.Token;
        NodeSession? session = null;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await _wake.WaitAsync(stopping).ConfigureAwait(false);
                await Task.Delay(GatherMs, stopping).ConfigureAwait(false);

                // Nothing rests on these few bytes: they need not be on disk before the server lets the next one tell.
                session ??= await NodeSession.OpenAsync(_connections, "-c synchronous_commit=off", stopping).ConfigureAwait(false);
                await session.AskAsync(
                    "SELECT count(pg_notify($1, p)::text) FROM unnest($2) p", stopping, NodeSession.Text(session.Channel), NodeSession.Texts(Take())).ConfigureAwait(false);
            }
            catch (Exception ended) when (ended is OperationCanceledException or StoreException or ObjectDisposedException || PostgresFault.IsOurs(ended))
            {
                if (session is not null)
                {
                    await session.DisposeAsync().ConfigureAwait(false);
                    session = null;
                }

                if (!stopping.IsCancellationRequested)
                {
                    await Task.Delay(ReconnectAfterMs, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    Again();
                }
            }
        }

        if (session is not null)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private string[] Take()
    {
        lock (_lock)
        {
            string[] messages = NodeMessage.Grown(_node, ChainRow.Table.Name, _isAny ? null : _grown);
            (_grown, _isAny) = (new(StringComparer.Ordinal), false);
            return messages;
        }
    }

    /// <summary>What was not told is not known any more: all streams may have grown.</summary>
    private void Again()
    {
        lock (_lock)
        {
            _isAny = true;
            if (_wake.CurrentCount == 0)
            {
                _wake.Release();
            }
        }
    }
}
