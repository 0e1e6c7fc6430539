using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// Listens on a connection of its own. A question every few tens of milliseconds shows that the line holds: the server hands out what it has
/// to tell before it answers, so an answer proves that all commits before the question have been told.
/// </summary>
internal sealed class PostgresWatch : SharedWatch
{
    private const int AskEveryMs = 150;
    private const int ReconnectAfterMs = 200;
    private const int HelloTimeoutMs = 5_000;

    private readonly PostgresConnections _connections;
    private readonly string _node;
    private readonly Action<SharedChange> _onChange;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _listening;
    private long _heardUpTo = long.MinValue;
    private string _hello = "";
    private bool _isHeard;

    public PostgresWatch(PostgresConnections connections, string node, Action<SharedChange> onChange)
    {
        (_connections, _node, _onChange) = (connections, node, onChange);
        _listening = Task.Run(ListenAsync);
    }

    /// <inheritdoc/>
    public override bool IsCurrent => Volatile.Read(ref _heardUpTo) is var at and not long.MinValue && Stopwatch.GetElapsedTime(at).TotalMilliseconds < MaxLagMs;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _listening.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task ListenAsync()
    {
        CancellationToken stopping = _stopping.Token;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                NodeSession session = await NodeSession.OpenAsync(_connections, NodeSession.Setting("idle_session_timeout", 0), stopping).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    await HearAsync(session, stopping).ConfigureAwait(false);
                }
            }
            catch (Exception ended) when (ended is OperationCanceledException or StoreException or ObjectDisposedException || PostgresFault.IsOurs(ended))
            {
                // Whatever is lost meanwhile is made up for after the reconnect; until then nothing is current.
            }

            Volatile.Write(ref _heardUpTo, long.MinValue);
            await Task.Delay(ReconnectAfterMs, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task HearAsync(NodeSession session, CancellationToken stopping)
    {
        session.Connection.Notification += Take;
        await session.AskAsync("LISTEN " + TableSql.Quote(session.Channel), stopping).ConfigureAwait(false);
        await SayHelloAsync(session, stopping).ConfigureAwait(false);
        _onChange(SharedChange.Everything);
        while (true)
        {
            long asked = Stopwatch.GetTimestamp();
            using (var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping))
            {
                limit.CancelAfter(2 * MaxLagMs);
                await session.AskAsync("SELECT 1", limit.Token).ConfigureAwait(false);
            }

            Volatile.Write(ref _heardUpTo, asked);
            while (Stopwatch.GetElapsedTime(asked).TotalMilliseconds is var passed and < AskEveryMs)
            {
                await session.Connection.WaitAsync(Math.Max(1, AskEveryMs - (int)passed), stopping).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// A word to oneself over another connection. Behind a pooler that gives a session no connection of its own it never comes back, and
    /// this node keeps nothing in memory then.
    /// </summary>
    private async Task SayHelloAsync(NodeSession session, CancellationToken stopping)
    {
        (_hello, _isHeard) = (NodeMessage.Hello(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))), false);
        NodeSession other = await NodeSession.OpenAsync(_connections, "", stopping).ConfigureAwait(false);
        await using (other.ConfigureAwait(false))
        {
            await other.AskAsync("SELECT pg_notify($1, $2)::text", stopping, NodeSession.Text(session.Channel), NodeSession.Text(_hello)).ConfigureAwait(false);
        }

        long said = Stopwatch.GetTimestamp();
        while (!_isHeard)
        {
            int left = HelloTimeoutMs - (int)Stopwatch.GetElapsedTime(said).TotalMilliseconds;
            if (left <= 0)
            {
                throw new StoreException("nodes: this connection does not hear what is told on it.") { IsTransient = true };
            }

            await session.Connection.WaitAsync(left, stopping).ConfigureAwait(false);
        }
    }

    // Called while the connection reads, before the answer to a question is given out.
    private void Take(object? sender, NpgsqlNotificationEventArgs told)
    {
        if (told.Payload == _hello)
        {
            _isHeard = true;
            return;
        }

        foreach (SharedChange change in NodeMessage.Read(told.Payload, _node))
        {
            _onChange(change);
        }
    }
}
