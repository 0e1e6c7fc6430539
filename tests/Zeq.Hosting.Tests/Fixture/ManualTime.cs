using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>
/// A clock that stands where it is put. Its timers are the system's, so that a home's workers and timeouts still run; its wall and its
/// monotonic half move together or apart.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private long _wallMs = 1_750_000_000_000 / 777 * 777;
    private long _monotonicMs = 5;

    public override long TimestampFrequency => 1000;

    public Zeqond Zeqond => Zeqond.FromUnixMs(Volatile.Read(ref _wallMs));

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _wallMs));

    public override long GetTimestamp() => Volatile.Read(ref _monotonicMs);

    /// <summary>Time passes.</summary>
    public void Pass(TimeSpan time)
    {
        Interlocked.Add(ref _wallMs, (long)time.TotalMilliseconds);
        Interlocked.Add(ref _monotonicMs, (long)time.TotalMilliseconds);
    }

    /// <summary>So many Zeqonds pass.</summary>
    public void PassZeqonds(long count) => Pass(TimeSpan.FromMilliseconds(count * 777));

    /// <summary>Somebody sets the wall clock.</summary>
    public void StepWall(TimeSpan step) => Interlocked.Add(ref _wallMs, (long)step.TotalMilliseconds);
}
