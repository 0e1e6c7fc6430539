namespace Zeq.Tunnel.Tests;

/// <summary>Clocks that stand still until they are told to move. The wall clock may be moved against the monotonic one.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private long _ticks = TimeSpan.TicksPerHour;
    private DateTimeOffset _wall = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _ticks;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _wall;
        }
    }

    public void Advance(long milliseconds)
    {
        lock (_lock)
        {
            _ticks += milliseconds * TimeSpan.TicksPerMillisecond;
            _wall = _wall.AddMilliseconds(milliseconds);
        }
    }

    public void StepWall(long milliseconds)
    {
        lock (_lock)
        {
            _wall = _wall.AddMilliseconds(milliseconds);
        }
    }
}
