namespace Zeq.Hosting.Tests.Faults;

/// <summary>A clock that runs some times faster than the real one, wall and monotonic alike, timers too.</summary>
internal sealed class FastClock(int speed) : TimeProvider
{
    private readonly DateTimeOffset _wall = System.GetUtcNow();
    private readonly long _began = System.GetTimestamp();

    public override long TimestampFrequency => System.TimestampFrequency;

    public override long GetTimestamp() => _began + ((System.GetTimestamp() - _began) * speed);

    public override DateTimeOffset GetUtcNow() => _wall + (System.GetElapsedTime(_began) * speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Real(dueTime), Real(period)), Real);

    private TimeSpan Real(TimeSpan span) => span <= TimeSpan.Zero ? span : TimeSpan.FromMilliseconds(Math.Max(1, span.TotalMilliseconds / speed));

    private sealed class Timer(ITimer inner, Func<TimeSpan, TimeSpan> real) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(real(dueTime), real(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>A clock that a test turns: time passes, or the wall clock jumps while no time passes.</summary>
internal sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private DateTimeOffset _wall = System.GetUtcNow();
    private long _ticks = TimeSpan.TicksPerDay;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _wall;
        }
    }

    /// <summary>Time passes: both clocks move, due timers fire.</summary>
    public void Pass(TimeSpan time)
    {
        List<Timer> due;
        lock (_lock)
        {
            _wall += time;
            _ticks += time.Ticks;
            due = [.. _timers.Where(timer => timer.IsDue(_ticks))];
        }

        due.ForEach(timer => timer.Fire());
    }

    /// <summary>The wall clock is set: no time passes.</summary>
    public void Set(TimeSpan by)
    {
        lock (_lock)
        {
            _wall += by;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private long _dueTicks = long.MaxValue;
        private long _periodTicks;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                _periodTicks = period.Ticks;
                _dueTicks = dueTime < TimeSpan.Zero ? long.MaxValue : clock._ticks + dueTime.Ticks;
                if (dueTime != TimeSpan.Zero)
                {
                    return true;
                }
            }

            Fire();
            return true;
        }

        public bool IsDue(long now) => _dueTicks <= now;

        public void Fire()
        {
            lock (clock._lock)
            {
                _dueTicks = _periodTicks > 0 ? clock._ticks + _periodTicks : long.MaxValue;
            }

            ThreadPool.QueueUserWorkItem(_ => callback(state));
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
