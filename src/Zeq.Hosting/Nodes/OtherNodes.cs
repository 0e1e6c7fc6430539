using Microsoft.Extensions.Logging;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Keeps right what this node holds in memory while other nodes of the home write: keys, the confirmed clock, streams. Where the store is
/// not shared there are no other nodes, and nothing to do. Thread-safe.
/// </summary>
internal sealed class OtherNodes : IAsyncDisposable
{
    private readonly ISharedHomeStore? _store;
    private readonly ClockGuard _clock;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Action<SharedChange>[] _followers;
    private readonly SharedWatch? _watch;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private string? _confirmed;
    private bool _isReading;
    private bool _readsAgain;
    private Task _reading = Task.CompletedTask;

    /// <summary>Begins to listen.</summary>
    /// <param name="store">The store.</param>
    /// <param name="clock">Confirmed here where another node's is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told what fails.</param>
    /// <param name="confirmed">What is noted of the clock at the start: it says nothing of a jump after it.</param>
    /// <param name="followers">Told of every change; must not throw or block.</param>
    public OtherNodes(IHomeStore store, ClockGuard clock, TimeProvider time, ILogger log, string? confirmed, params Action<SharedChange>[] followers)
    {
        (_store, _clock, _time, _log, _confirmed, _followers) = (store as ISharedHomeStore, clock, time, log, confirmed, followers);
        _watch = _store?.Watch(Changed);
    }

    /// <summary>Whether several nodes share the store.</summary>
    public bool IsShared => _store is not null;

    /// <summary>Whether all that others changed has been told here, but for the last moment; while it has not, nothing in memory may be trusted.</summary>
    public bool IsCurrent => _watch is null || _watch.IsCurrent;

    /// <summary>What a commit of this node changed: the others are told.</summary>
    public void Committed(IReadOnlyList<Change> changes) => _store?.Announce(changes);

    /// <summary>Tries to lead a piece of scheduled work: see <see cref="ISharedHomeStore.TryLeadAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">The store is not shared: its one node leads always.</exception>
    public ValueTask<HomeLease?> TryLeadAsync(string work, CancellationToken cancellationToken) =>
        (_store ?? throw new InvalidOperationException("The store has one node.")).TryLeadAsync(work, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_watch is not null)
        {
            await _watch.DisposeAsync().ConfigureAwait(false);
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        Task reading;
        lock (_lock)
        {
            reading = _reading;
        }

        await reading.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private void Changed(SharedChange change)
    {
        foreach (Action<SharedChange> follower in _followers)
        {
            follower(change);
        }

        if (change.MayBeOf(HomeMeta.Table) && (change.Key is null || change.Key == NoteClock.Pin))
        {
            lock (_lock)
            {
                _readsAgain = true;
                if (!_isReading)
                {
                    _isReading = true;
                    _reading = Task.Run(ReadClockAsync);
                }
            }
        }
    }

    private async Task ReadClockAsync()
    {
        while (true)
        {
            lock (_lock)
            {
                if (!_readsAgain)
                {
                    _isReading = false;
                    return;
                }

                _readsAgain = false;
            }

            try
            {
                string? noted = (await _store!.FindAsync(HomeMeta.Table, NoteClock.Pin, _stopping.Token).ConfigureAwait(false))?.Value;
                if (noted is not null && noted != _confirmed && NoteClock.Confirms(noted, _time.GetUtcNow().ToUnixTimeMilliseconds()))
                {
                    _clock.Confirm();
                }

                _confirmed = noted;
            }
            catch (Exception failed) when (failed is StoreException or OperationCanceledException or ObjectDisposedException)
            {
                // The store is away: after its return everything is looked at again. Until then the clock stays as suspect as it is.
                if (failed is StoreException)
                {
                    HostLog.WorkerFault(_log, failed);
                }
            }
        }
    }
}
