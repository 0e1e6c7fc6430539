namespace Zeq.Simulation;

/// <summary>The clocks of one life of a node: a wall clock that may be set, a monotonic one that may not, timers that die with it.</summary>
internal sealed class NodeTime(Timeline timeline, Life life) : TimeProvider
{
    /// <summary>Where every wall clock begins.</summary>
    public const long StartUnixMs = 1_750_000_000_000;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => timeline.NowUs;

    public override DateTimeOffset GetUtcNow() =>
        DateTimeOffset.FromUnixTimeMilliseconds(StartUnixMs).AddTicks((timeline.NowUs + life.Node.WallOffsetUs) * TimeSpan.TicksPerMicrosecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(timeline, life, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(Timeline timeline, Life life, TimerCallback callback, object? state) : ITimer
    {
        private long _generation;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _generation++;
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Arm(dueTime);
            }

            return true;
        }

        public void Dispose() => _generation++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }

        private void Arm(TimeSpan after)
        {
            long generation = _generation;
            timeline.In(after.Ticks / TimeSpan.TicksPerMicrosecond, () =>
            {
                if (generation != _generation || life.IsOver)
                {
                    return;
                }

                if (_period != Timeout.InfiniteTimeSpan && _period > TimeSpan.Zero)
                {
                    Arm(_period);
                }

                callback(state);
            });
        }
    }
}
