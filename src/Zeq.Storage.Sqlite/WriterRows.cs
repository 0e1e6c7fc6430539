using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// What the next batch stands on: the rows of the commit that is under way, above those that are durable in the journal and not yet in the
/// file, above the rows that were loaded or committed last. Each commit that begins has a number; a batch may be committed only where no
/// other began since the one it has seen. Thread-safe.
/// </summary>
internal sealed class WriterRows(int capacity)
{
    private readonly Lock _lock = new();
    private readonly RowCache _cache = new(capacity);
    private readonly Dictionary<RowKey, object?> _ahead = [];
    private readonly HashSet<Table> _tablesAhead = [];
    private readonly Dictionary<RowKey, object?> _underWay = [];
    private int _begun;
    private long _number;
    private long _failures;

    /// <summary>The number of the last commit that began: what a batch that begins now stands on.</summary>
    public long Number
    {
        get
        {
            lock (_lock)
            {
                return _number;
            }
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

            ForgetAll();
            return false;
        }
    }

    /// <summary>Looks a row up for a batch.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="row">The row, or null where it is not known here or known to be absent. Of a stream that nobody named, a row that may be its newest.</param>
    /// <returns>Whether this is the last word; if not, the file is asked after this.</returns>
    public bool TryFind(RowKey key, out object? row)
    {
        lock (_lock)
        {
            bool isWritten = _underWay.TryGetValue(key, out row) || _ahead.TryGetValue(key, out row);
            if (key.Table.IsLog)
            {
                row = Newer(key.Table, row, _underWay.ContainsKey(key) ? _ahead.GetValueOrDefault(key) : null);
            }
            else if (isWritten)
            {
                return true;
            }

            object? known = _cache.Find(key);
            row = Newer(key.Table, known, row);
            return known is not null;
        }
    }

    /// <summary>Keeps a row that was read from the file, unless a commit began since.</summary>
    public void Keep(long seen, RowKey key, object row)
    {
        lock (_lock)
        {
            if (seen == _number)
            {
                _cache.Keep(key, row);
            }
        }
    }

    /// <summary>The row of a stream that has the higher number; of rows without numbers the first that is one.</summary>
    public static object? Newer(Table table, object? row, object? other) =>
        row is null || (other is not null && table.IsLog && table.NumberOf(other) > table.NumberOf(row)) ? other : row;

    /// <summary>Looks for a committed row that the file does not have yet.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="row">The row; null where it was deleted.</param>
    /// <returns>Whether the row is known here; null where it is ahead of the file and only the file can answer, once it has it.</returns>
    public bool? TryFindAhead(RowKey key, out object? row)
    {
        lock (_lock)
        {
            if (!_ahead.TryGetValue(key, out row))
            {
                return false;
            }

            // Bytes can be changed in place, and of a stream there may be a newer row in the file.
            return key.Table.IsLog || !RowCache.IsFixed(key.Table) ? null : true;
        }
    }

    /// <summary>Whether committed rows of a table, or of any, are not in the file yet.</summary>
    public bool IsAhead(Table? table = null)
    {
        lock (_lock)
        {
            return table is null ? _tablesAhead.Count > 0 : _tablesAhead.Contains(table);
        }
    }

    /// <summary>A commit begins: from now on batches stand on what it writes, and it stands on those that began before it.</summary>
    /// <returns>What <see cref="IsStanding"/> asks for; null where another one began since.</returns>
    public long? TryBegin(long seen, IReadOnlyList<Change> changes)
    {
        lock (_lock)
        {
            if (seen != _number)
            {
                return null;
            }

            _number++;
            _begun++;
            foreach (Change change in changes)
            {
                Put(_underWay, change);
            }

            return _failures;
        }
    }

    /// <summary>Whether no commit failed since one began.</summary>
    public bool IsStanding(long begun)
    {
        lock (_lock)
        {
            return begun == _failures;
        }
    }

    /// <summary>The commit is durable: in the journal, or in the file with all that was there before it.</summary>
    public void Committed(long begun, IReadOnlyList<Change> changes, bool isInFile)
    {
        lock (_lock)
        {
            foreach (Change change in changes)
            {
                _cache.Keep(change);
                if (!isInFile)
                {
                    Put(_ahead, change);
                    _tablesAhead.Add(change.Table);
                }
            }

            // Who began meanwhile is still under way; the rows below its own are committed now, and the same.
            if (begun != _failures)
            {
                // Another one that waited behind it failed meanwhile: who began since has not seen these rows.
                _number++;
            }
            else if (--_begun == 0)
            {
                _underWay.Clear();
            }
        }
    }

    /// <summary>The file has all that the journal had.</summary>
    public void Settled()
    {
        lock (_lock)
        {
            _ahead.Clear();
            _tablesAhead.Clear();
        }
    }

    /// <summary>The commit failed: whatever stood on it may not be committed.</summary>
    public void Failed()
    {
        lock (_lock)
        {
            ForgetUnderWay();
        }
    }

    /// <summary>What is stored is no longer what was known here.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            ForgetAll();
        }
    }

    private static void Put(Dictionary<RowKey, object?> rows, in Change change)
    {
        var key = new RowKey(change.Table, change.Key);
        rows[key] = change.Table.IsLog ? Newer(change.Table, change.After, rows.GetValueOrDefault(key)) : change.After;
    }

    private void ForgetUnderWay()
    {
        _number++;
        _failures++;
        _begun = 0;
        _underWay.Clear();
        _cache.Clear();
    }

    private void ForgetAll()
    {
        ForgetUnderWay();
        _ahead.Clear();
        _tablesAhead.Clear();
    }
}
