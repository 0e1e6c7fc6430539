namespace Zeq.Protocol;

/// <summary>
/// Notices a wall clock that jumped (spec 05 rule 25). Once suspect it stays so until the admin confirms the time. Thread-safe.
/// </summary>
public sealed class ClockGuard
{
    /// <summary>How far the wall clock may move against the monotonic one, in Zeqonds.</summary>
    public const long ToleranceZeqonds = 128;

    /// <summary>How far a starting node may stand ahead of the newest row of its store, in Zeqonds.</summary>
    public const long StartToleranceZeqonds = 1_234_567;

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private long _wallMs;
    private long _monotonic;
    private long _aheadMs;
    private long _acceptedAheadMs;
    private string? _suspicion;

    /// <summary>Starts to watch.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="newestRow">The newest Zeqond in the store; null where the store is new.</param>
    public ClockGuard(TimeProvider time, Zeqond? newestRow)
    {
        _time = time;
        Rebase();
        if (newestRow is { } newest && Zeqond.FromUnixMs(_wallMs).Value - newest.Value > StartToleranceZeqonds)
        {
            _suspicion = "The clock stands far ahead of the newest row of the store.";
        }
    }

    /// <summary>Why the clock is suspect, or null where it is not.</summary>
    public string? Check()
    {
        lock (_lock)
        {
            if (_suspicion is null)
            {
                double monotonicMs = _time.GetElapsedTime(_monotonic).TotalMilliseconds;
                double drift = Math.Abs(_time.GetUtcNow().ToUnixTimeMilliseconds() - _wallMs - monotonicMs);
                if (drift > ToleranceZeqonds * KernelConstants.ZeqondMs)
                {
                    _suspicion = "The wall clock moved against the monotonic clock.";
                }
            }

            return _suspicion;
        }
    }

    /// <summary>
    /// Compares the wall clock with the store's own, which all nodes of a home share. It may stand behind that: rows then carry an earlier
    /// time, which harms nobody.
    /// </summary>
    /// <param name="wallMs">The wall clock before the store was asked, in ms since 1970: the way to the store and back does not count against it.</param>
    /// <param name="storeMs">What the store said, in ms since 1970.</param>
    public void Compare(long wallMs, long storeMs)
    {
        lock (_lock)
        {
            _aheadMs = wallMs - storeMs;
            if (_aheadMs - _acceptedAheadMs > ToleranceZeqonds * KernelConstants.ZeqondMs)
            {
                _suspicion ??= "The clock stands far ahead of the database's time.";
            }
        }
    }

    /// <summary>The admin says that the clock is right as it stands now.</summary>
    public void Confirm()
    {
        lock (_lock)
        {
            Rebase();
            _acceptedAheadMs = Math.Max(0, _aheadMs);
            _suspicion = null;
        }
    }

    private void Rebase() => (_wallMs, _monotonic) = (_time.GetUtcNow().ToUnixTimeMilliseconds(), _time.GetTimestamp());
}
