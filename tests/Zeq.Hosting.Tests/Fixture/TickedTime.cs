using System.Collections.Concurrent;

namespace Zeq.Hosting.Tests;

/// <summary>
/// A <see cref="ManualTime"/> whose timers of one length fire only when a test says so; every other timer is the system's.
/// </summary>
internal sealed class TickedTime(TimeSpan held) : TimeProvider
{
    private readonly ManualTime _time = new();
    private readonly ConcurrentDictionary<Held, bool> _held = new();

    public override long TimestampFrequency => _time.TimestampFrequency;

    /// <summary>How many such timers there are now.</summary>
    public int Count => _held.Count;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

    public override long GetTimestamp() => _time.GetTimestamp();

    public void PassZeqonds(long count) => _time.PassZeqonds(count);

    /// <summary>Fires each of them once.</summary>
    public void Tick()
    {
        foreach (Held timer in _held.Keys)
        {
            timer.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != held)
        {
            return System.CreateTimer(callback, state, dueTime, period);
        }

        var timer = new Held(this, callback, state);
        _held[timer] = true;
        return timer;
    }

    private sealed class Held(TickedTime time, TimerCallback callback, object? state) : ITimer
    {
        public void Fire() => ThreadPool.QueueUserWorkItem(_ => callback(state));

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => time._held.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
