namespace Zeq.Tunnel.Tests;

/// <summary>Timers that fire when they are told to, and not before.</summary>
internal sealed class ManualTimer : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];

    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Count;
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var waiter = new Waiter(this, callback, state);
        lock (_lock)
        {
            _waiters.Add(waiter);
        }

        return waiter;
    }

    public void FireAll()
    {
        Waiter[] all;
        lock (_lock)
        {
            all = [.. _waiters];
        }

        Array.ForEach(all, waiter => waiter.Fire());
    }

    private sealed class Waiter(ManualTimer owner, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._waiters.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
