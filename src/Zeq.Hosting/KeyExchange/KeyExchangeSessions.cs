using System.Diagnostics.CodeAnalysis;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// The sessions that this process answered as a responder (spec 30 §1 and §5, spec 06 rule 3), in memory alone: a restart ends them. An application takes a session by its id and runs a
/// <see cref="RecordStream"/> with it over a transport of its own. Thread-safe.
/// </summary>
/// <remarks>
/// A session without a record of the initiator within 100 Zeqonds is dropped, one that is 86,400 Zeqonds old ends; both erase its keys, also under a stream that runs. There are at most 1,024 of a machine, and
/// 16,384 in all: beyond that the oldest one without a record goes, and where every one has had a record the new one is refused.
/// </remarks>
public sealed class KeyExchangeSessions : IDisposable
{
    private const int MaxSessions = 16_384;
    private static readonly TimeSpan Unused = TimeSpan.FromMilliseconds(KeyExchange.UnusedSessionZeqonds * KernelConstants.ZeqondMs);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly TimeSpan _lifetime;
    private readonly ITimer _sweep;

    internal KeyExchangeSessions(TimeProvider time, long lifetimeZeqonds)
    {
        _time = time;
        _lifetime = TimeSpan.FromMilliseconds(lifetimeZeqonds * KernelConstants.ZeqondMs);
        _sweep = time.CreateTimer(static state => ((KeyExchangeSessions)state!).Sweep(), this, Unused / 10, Unused / 10);
    }

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byId.Count;
            }
        }
    }

    /// <summary>Takes a session, once. It still ends with its time, and when the initiator sends nothing.</summary>
    /// <param name="slug">The machine that it is of.</param>
    /// <param name="sessionId">Its id.</param>
    /// <param name="session">The session, where the answer is true; it is the caller's to dispose of, or its stream's.</param>
    public bool TryTake(Slug slug, string sessionId, [NotNullWhen(true)] out KeyExchangeSession? session)
    {
        ArgumentNullException.ThrowIfNull(sessionId);
        lock (_lock)
        {
            if (_byId.TryGetValue(sessionId, out Entry? entry) && entry.Session.Slug == slug && !entry.IsTaken && !IsOver(entry))
            {
                entry.IsTaken = true;
                session = entry.Session;
                return true;
            }

            session = null;
            return false;
        }
    }

    /// <summary>Erases all keys.</summary>
    public void Dispose()
    {
        _sweep.Dispose();
        lock (_lock)
        {
            foreach (Entry entry in _byId.Values)
            {
                entry.Session.Dispose();
            }

            _byId.Clear();
            _counts.Clear();
        }
    }

    /// <summary>Keeps a session; false, and its keys are erased, where there is no room.</summary>
    internal bool TryAdd(KeyExchangeSession session)
    {
        string slug = session.Slug.Text;
        lock (_lock)
        {
            if ((_counts.GetValueOrDefault(slug) < KeyExchange.MaxSessionsPerMachine || TryDropUnused(slug)) && (_byId.Count < MaxSessions || TryDropUnused(null)))
            {
                _byId.Add(session.SessionId, new Entry(session, _time.GetTimestamp()));
                _counts[slug] = _counts.GetValueOrDefault(slug) + 1;
                return true;
            }
        }

        session.Dispose();
        return false;
    }

    internal void Sweep()
    {
        lock (_lock)
        {
            foreach (Entry entry in _byId.Values.Where(IsOver).ToArray())
            {
                Drop(entry);
            }
        }
    }

    private bool IsOver(Entry entry)
    {
        TimeSpan age = _time.GetElapsedTime(entry.Began);
        return age >= _lifetime || (age >= Unused && !entry.HasRecord);
    }

    private bool TryDropUnused(string? slug)
    {
        Entry? oldest = null;
        foreach (Entry entry in _byId.Values)
        {
            if (!entry.HasRecord && (slug is null || entry.Session.Slug.Text == slug) && (oldest is null || entry.Began < oldest.Began))
            {
                oldest = entry;
            }
        }

        if (oldest is null)
        {
            return false;
        }

        Drop(oldest);
        return true;
    }

    private void Drop(Entry entry)
    {
        string slug = entry.Session.Slug.Text;
        _byId.Remove(entry.Session.SessionId);
        if (--_counts[slug] == 0)
        {
            _counts.Remove(slug);
        }

        entry.Session.Dispose();
    }

    private sealed class Entry(KeyExchangeSession session, long began)
    {
        public KeyExchangeSession Session { get; } = session;

        public long Began { get; } = began;

        public bool IsTaken { get; set; }

        /// <summary>Whether a record of the initiator has opened.</summary>
        public bool HasRecord => Session.Opener.Counter > 0;
    }
}
