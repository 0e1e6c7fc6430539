using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// What the next batch stands on: the rows of the commit that is under way, above the rows that were loaded or committed last. Each commit
/// that begins has a number; a batch may be committed only where no other began since the one it has seen. Thread-safe.
/// </summary>
internal sealed class WriterRows(int capacity)
{
    private readonly Lock _lock = new();
    private readonly RowCache _cache = new(capacity);
    private Dictionary<RowKey, object?> _written = [];
    private long _number;

    /// <summary>What a batch that begins now stands on.</summary>
    public View See()
    {
        lock (_lock)
        {
            return new View(_number, _written);
        }
    }

    /// <summary>Another connection's commit, of whatever process, changes the file's version: what is known here is then no longer what is stored.</summary>
    /// <returns>Whether the version is the one that was seen last.</returns>
    public bool IsVersion(long version)
    {
        lock (_lock)
        {
            if (_cache.IsVersion(version))
            {
                return true;
            }

            Forget();
            return false;
        }
    }

    /// <summary>A row as it was loaded or committed last; null where it is not known here.</summary>
    public object? Find(RowKey key)
    {
        lock (_lock)
        {
            return _cache.Find(key);
        }
    }

    /// <summary>Keeps a row that was read from the file, unless a commit began since.</summary>
    public void Keep(in View seen, RowKey key, object row)
    {
        lock (_lock)
        {
            if (seen.Number == _number)
            {
                _cache.Keep(key, row);
            }
        }
    }

    /// <summary>A commit begins: from now on batches stand on what it writes. False where another one began since the view.</summary>
    public bool TryBegin(in View seen, IEnumerable<Change> changes)
    {
        var written = new Dictionary<RowKey, object?>();
        foreach (Change change in changes)
        {
            // Of a stream the last appended row is its newest.
            written[new RowKey(change.Table, change.Key)] = change.After;
        }

        lock (_lock)
        {
            if (seen.Number != _number)
            {
                return false;
            }

            (_number, _written) = (_number + 1, written);
            return true;
        }
    }

    /// <summary>The commit is durable.</summary>
    public void Committed(IEnumerable<Change> changes)
    {
        lock (_lock)
        {
            foreach (Change change in changes)
            {
                _cache.Keep(change);
            }

            _written = [];
        }
    }

    /// <summary>The commit failed: whatever stood on it may not be committed.</summary>
    public void Failed()
    {
        lock (_lock)
        {
            Forget();
        }
    }

    private void Forget()
    {
        _number++;
        _written = [];
        _cache.Clear();
    }

    /// <summary>What a batch stands on.</summary>
    /// <param name="Number">The number of the last commit that began before it.</param>
    /// <param name="Written">What that commit writes, where it was still under way: the last word on those rows.</param>
    internal readonly record struct View(long Number, IReadOnlyDictionary<RowKey, object?> Written);
}
