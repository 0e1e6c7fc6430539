namespace Zeq.Client;

/// <summary>
/// Leaves a peer alone that failed several times in a row (spec 00, "Talking to another home"; spec 05 rule 15). After
/// <see cref="PeerPolicy.BreakerFailures"/> failures it opens; when the time is over, one call is let through as a probe: its
/// success closes the breaker, its failure opens it for twice as long. Only failing peers take a place in the table, which is
/// bounded; the least recently used is forgotten first. Thread-safe.
/// </summary>
public sealed class CircuitBreaker
{
    private readonly PeerPolicy _policy;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byUse = new();     // the most recently used first

    /// <summary>Makes a breaker that knows no peer.</summary>
    /// <exception cref="ArgumentException">A value of the policy is outside its range.</exception>
    public CircuitBreaker(PeerPolicy policy, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        policy.Validate();
        _policy = policy;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>How many peers are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Lets one try through, or null where the peer is to be left alone. Report the outcome to the pass, then dispose it.</summary>
    public BreakerPass? TryEnter(string peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        lock (_lock)
        {
            if (Touch(peer) is not { IsOpen: true } entry)
            {
                return new BreakerPass(this, peer, null);
            }

            if (entry.Probe is not null || _time.GetElapsedTime(entry.OpenedAt) < entry.OpenFor)
            {
                return null;
            }

            return entry.Probe = new BreakerPass(this, peer, entry);
        }
    }

    internal void Report(BreakerPass pass, bool? succeeded)
    {
        lock (_lock)
        {
            var entry = Touch(pass.Peer);
            var isProbe = entry is not null && ReferenceEquals(entry, pass.Probed) && ReferenceEquals(entry.Probe, pass);
            if (isProbe)
            {
                entry!.Probe = null;
            }

            switch (succeeded)
            {
                case true when entry is not null:
                    _byUse.Remove(_entries[pass.Peer]);
                    _entries.Remove(pass.Peer);
                    break;
                case false when entry is null:
                    entry = Add(pass.Peer);
                    Fail(entry);
                    break;
                case false when isProbe:
                    var longer = entry!.OpenFor * 2;
                    Open(entry, longer < _policy.BreakerLongestOpen ? longer : _policy.BreakerLongestOpen);
                    break;
                case false when !entry!.IsOpen:     // a late failure of a call from before the opening says nothing new
                    Fail(entry);
                    break;
            }
        }
    }

    private void Fail(Entry entry)
    {
        if (++entry.Failures >= _policy.BreakerFailures)
        {
            Open(entry, _policy.BreakerFirstOpen);
        }
    }

    private void Open(Entry entry, TimeSpan time)
    {
        entry.IsOpen = true;
        entry.OpenFor = time;
        entry.OpenedAt = _time.GetTimestamp();
    }

    private Entry? Touch(string peer)
    {
        if (!_entries.TryGetValue(peer, out var node))
        {
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value;
    }

    private Entry Add(string peer)
    {
        if (_entries.Count >= _policy.BreakerTableSize)
        {
            _entries.Remove(_byUse.Last!.Value.Peer);
            _byUse.RemoveLast();
        }

        return (_entries[peer] = _byUse.AddFirst(new Entry(peer))).Value;
    }

    internal sealed class Entry(string peer)
    {
        public string Peer { get; } = peer;

        public int Failures { get; set; }

        public bool IsOpen { get; set; }

        public TimeSpan OpenFor { get; set; }

        public long OpenedAt { get; set; }

        public BreakerPass? Probe { get; set; }
    }
}

/// <summary>
/// Permission for one try. Disposing it without a report says nothing of the peer and lets another call be the probe.
/// Report once, from one thread.
/// </summary>
public sealed class BreakerPass : IDisposable
{
    private readonly CircuitBreaker _breaker;
    private bool _reported;

    internal BreakerPass(CircuitBreaker breaker, string peer, CircuitBreaker.Entry? probed)
    {
        _breaker = breaker;
        Peer = peer;
        Probed = probed;
    }

    /// <summary>True where this try decides whether the breaker closes.</summary>
    public bool IsProbe => Probed is not null;

    internal string Peer { get; }

    internal CircuitBreaker.Entry? Probed { get; }

    /// <summary>The peer answered, whatever it said.</summary>
    public void Succeeded() => Report(true);

    /// <summary>The peer could not be reached or answered nonsense.</summary>
    public void Failed() => Report(false);

    /// <inheritdoc/>
    public void Dispose() => Report(null);

    private void Report(bool? succeeded)
    {
        if (!_reported)
        {
            _reported = true;
            _breaker.Report(this, succeeded);
        }
    }
}
