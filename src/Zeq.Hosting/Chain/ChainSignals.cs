using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Wakes whoever waits for rows of a chain. It holds no row: a stream reads the store, waits for a signal or at most a second, and reads
/// again, so a signal that is lost costs a second and nothing else. Fed by this node's commits, and where several nodes serve a home by
/// what the others tell. Thread-safe; nothing here blocks or throws.
/// </summary>
internal sealed class ChainSignals
{
    /// <summary>How many of the newest rows are known by name: a feed that falls further behind is told of a gap.</summary>
    public const int RecentRows = 8_192;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bell> _bells = new(StringComparer.Ordinal);
    private readonly (string Slug, long Seq)[] _recent = new (string, long)[RecentRows];
    private TaskCompletionSource _any = NewSource();
    private long _position;
    private long _firstValid;

    /// <summary>The place behind the newest row that is known.</summary>
    public long Position
    {
        get
        {
            lock (_lock)
            {
                return _position;
            }
        }
    }

    /// <summary>Done once a further row of any chain has landed.</summary>
    public Task NextOfAny
    {
        get
        {
            lock (_lock)
            {
                return _any.Task;
            }
        }
    }

    /// <summary>What a commit of this node changed.</summary>
    public void Committed(IReadOnlyList<Change> changes)
    {
        lock (_lock)
        {
            bool hasRows = false;
            foreach (Change change in changes)
            {
                if (change.After is ChainRow row)
                {
                    Note(row.Slug.Text, row.Seq);
                    hasRows = true;
                }
            }

            RingAny(hasRows);
        }
    }

    /// <summary>A row has landed that another node wrote.</summary>
    public void Landed(string slug, long seq)
    {
        lock (_lock)
        {
            Note(slug, seq);
            RingAny(true);
        }
    }

    /// <summary>Rows may have landed unheard of, say while the line to the database was down: everybody looks, and every feed has a gap.</summary>
    public void Missed()
    {
        lock (_lock)
        {
            _firstValid = ++_position;
            foreach (Bell bell in _bells.Values)
            {
                bell.Ring();
            }

            RingAny(true);
        }
    }

    /// <summary>Listens to one chain; dispose it to stop.</summary>
    public Listener Listen(Slug slug)
    {
        lock (_lock)
        {
            if (!_bells.TryGetValue(slug.Text, out Bell? bell))
            {
                _bells[slug.Text] = bell = new Bell();
            }

            bell.Listeners++;
            return new Listener(this, slug.Text, bell);
        }
    }

    /// <summary>The rows that landed after a place, oldest first, and the new place; null where some of them are not known any more.</summary>
    public (IReadOnlyList<(string Slug, long Seq)> Rows, long Position)? After(long position, int most)
    {
        lock (_lock)
        {
            if (position < _firstValid || _position - position > RecentRows)
            {
                return null;
            }

            var rows = new List<(string, long)>();
            for (; position < _position && rows.Count < most; position++)
            {
                rows.Add(_recent[position % RecentRows]);
            }

            return (rows, position);
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Note(string slug, long seq)
    {
        _recent[_position++ % RecentRows] = (slug, seq);
        if (_bells.TryGetValue(slug, out Bell? bell))
        {
            bell.Ring();
        }
    }

    private void RingAny(bool rings)
    {
        if (rings)
        {
            _any.TrySetResult();
            _any = NewSource();
        }
    }

    private void Leave(string slug, Bell bell)
    {
        lock (_lock)
        {
            if (--bell.Listeners == 0)
            {
                _bells.Remove(slug);
            }
        }
    }

    private Task NextOf(Bell bell)
    {
        lock (_lock)
        {
            return bell.Next.Task;
        }
    }

    /// <summary>Whoever waits for one chain.</summary>
    public sealed class Listener : IDisposable
    {
        private readonly string _slug;
        private readonly Bell _bell;
        private ChainSignals? _signals;

        internal Listener(ChainSignals signals, string slug, Bell bell) => (_signals, _slug, _bell) = (signals, slug, bell);

        /// <summary>Done once a further row has landed. Taken before the store is read, so that nothing lands in between.</summary>
        public Task Next => _signals?.NextOf(_bell) ?? Task.CompletedTask;

        public void Dispose() => Interlocked.Exchange(ref _signals, null)?.Leave(_slug, _bell);
    }

    internal sealed class Bell
    {
        public TaskCompletionSource Next { get; private set; } = NewSource();

        public int Listeners { get; set; }

        public void Ring()
        {
            Next.TrySetResult();
            Next = NewSource();
        }
    }
}
