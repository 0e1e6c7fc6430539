namespace Zeq.Tunnel;

/// <summary>At most 8 inits in 60 s to an address that never answered (spec 06 rule 11): a tunnel is no means to flood a stranger. Not thread-safe.</summary>
internal sealed class InitLimiter
{
    private readonly Queue<long> _sentMs = new(TunnelTiming.UnansweredInits);
    private PeerAddress _answered;

    /// <summary>An authentic packet came from there.</summary>
    public void Answered(in PeerAddress address) => _answered = address;

    /// <summary>Counts an init, or says when the next one may go.</summary>
    public bool TrySend(in PeerAddress to, long nowMs, out long allowedAtMs)
    {
        allowedAtMs = nowMs;
        if (to == _answered)
        {
            return true;
        }

        while (_sentMs.TryPeek(out long first) && nowMs - first >= TunnelTiming.UnansweredInitsMs)
        {
            _sentMs.Dequeue();
        }

        if (_sentMs.Count >= TunnelTiming.UnansweredInits)
        {
            allowedAtMs = _sentMs.Peek() + TunnelTiming.UnansweredInitsMs;
            return false;
        }

        _sentMs.Enqueue(nowMs);
        return true;
    }
}
