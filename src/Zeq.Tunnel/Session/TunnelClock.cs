using Zeq.Protocol;

namespace Zeq.Tunnel;

/// <summary>
/// The clocks of a tunnel, read once a batch. It notices when the machine was stopped, restored from a snapshot, or had its clock set: the wall clock then
/// moves against the monotonic one by more than two Zeqonds between two readings, or the machine's generation changes. Every session made before is over at that
/// instant, in every thread, before another packet is sealed (spec 06 rule 8). Thread-safe.
/// </summary>
public sealed class TunnelClock
{
    /// <summary>How far the wall clock may move against the monotonic one between two readings, in milliseconds.</summary>
    public const long MaxDriftMs = 2 * KernelConstants.ZeqondMs;

    // Reading two clocks takes nanoseconds; a thread that was stopped in between tries again, or it would take its own pause for a jump.
    private const long ReadingMs = 100;
    private const int Readings = 4;

    private readonly TimeProvider _time;
    private readonly Func<long>? _generation;
    private readonly long _start;
    private readonly Lock _lock = new();
    private long _nowMs;
    private long _unixMs;
    private long _offsetMs;
    private long _lastGeneration;
    private int _era;

    /// <summary>Reads the clocks for the first time.</summary>
    /// <param name="time">The machine's clocks.</param>
    /// <param name="generation">A number that changes when a virtual machine is restored or cloned, where the machine tells; it is asked at every reading.</param>
    public TunnelClock(TimeProvider time, Func<long>? generation = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _generation = generation;
        _start = time.GetTimestamp();
        (_nowMs, _unixMs) = Read();
        _offsetMs = _unixMs - _nowMs;
        _lastGeneration = generation?.Invoke() ?? 0;
    }

    /// <summary>Monotonic milliseconds since this clock was made, as of the last reading.</summary>
    public long NowMs => Volatile.Read(ref _nowMs);

    /// <summary>Milliseconds since the Unix epoch, as of the last reading.</summary>
    public long UnixMs => Volatile.Read(ref _unixMs);

    /// <summary>How many jumps were noticed: a session of an earlier era is over.</summary>
    public int Era => Volatile.Read(ref _era);

    /// <summary>Reads the clocks. The loop calls this before each batch, and so does everyone who seals packets by hand.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            (long now, long unix) = Read();
            long generation = _generation?.Invoke() ?? 0;
            if (Math.Abs(unix - now - _offsetMs) > MaxDriftMs || generation != _lastGeneration)
            {
                Volatile.Write(ref _era, _era + 1);
            }

            _offsetMs = unix - now;
            _lastGeneration = generation;
            Volatile.Write(ref _unixMs, unix);
            Volatile.Write(ref _nowMs, Math.Max(now, _nowMs));
        }
    }

    private (long NowMs, long UnixMs) Read()
    {
        for (int tries = 1; ; tries++)
        {
            long before = Elapsed();
            long unix = _time.GetUtcNow().ToUnixTimeMilliseconds();
            if (tries == Readings || Elapsed() - before <= ReadingMs)
            {
                return (before, unix);
            }
        }
    }

    private long Elapsed() => _time.GetElapsedTime(_start).Ticks / TimeSpan.TicksPerMillisecond;
}
