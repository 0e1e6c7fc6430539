namespace Zeq.Protocol.Tests;

/// <summary>A clock that stands until it is moved; its wall and its monotonic half move together or apart.</summary>
internal sealed class ManualTime(long unixMs = ManualTime.StartUnixMs) : TimeProvider
{
    /// <summary>The first millisecond of a Zeqond, at noon UTC of a day in 2025, or close to it.</summary>
    public const long StartUnixMs = 1_750_000_000_000 / 777 * 777;

    private long _wallMs = unixMs;
    private long _monotonicMs = 5;

    public Zeqond Zeqond => Zeqond.FromUnixMs(Volatile.Read(ref _wallMs));

    public override long TimestampFrequency => 1000;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Volatile.Read(ref _wallMs));

    public override long GetTimestamp() => Volatile.Read(ref _monotonicMs);

    /// <summary>Time passes.</summary>
    public void Pass(long ms)
    {
        Interlocked.Add(ref _wallMs, ms);
        Interlocked.Add(ref _monotonicMs, ms);
    }

    /// <summary>So many Zeqonds pass.</summary>
    public void PassZeqonds(long count) => Pass(count * KernelConstants.ZeqondMs);

    /// <summary>Somebody sets the wall clock.</summary>
    public void StepWall(long ms) => Interlocked.Add(ref _wallMs, ms);
}
