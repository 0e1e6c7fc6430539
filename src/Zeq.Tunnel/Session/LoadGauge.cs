namespace Zeq.Tunnel;

/// <summary>How many inits ask for work: above a rate the endpoint is under load and asks for cookies (spec 51 §6 step 5). Thread-safe.</summary>
internal sealed class LoadGauge(int initsPerSecond)
{
    private const long WindowMs = 1_000;
    private readonly Lock _lock = new();
    private long _windowStartMs = long.MinValue / 2;
    private int _count;
    private bool _wasHigh;

    /// <summary>Counts an init that is authentic and fresh. A second after a busy one counts as busy too, or the attacker's first ones were always free.</summary>
    public bool IsHigh(long nowMs)
    {
        lock (_lock)
        {
            if (nowMs - _windowStartMs >= WindowMs)
            {
                _wasHigh = _count > initsPerSecond && nowMs - _windowStartMs < 2 * WindowMs;
                _windowStartMs = nowMs;
                _count = 0;
            }

            _count++;
            return _wasHigh || _count > initsPerSecond;
        }
    }
}
