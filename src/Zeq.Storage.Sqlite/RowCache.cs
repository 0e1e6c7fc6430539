using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// The rows that the writer loaded or wrote last, as they are committed: most batches touch what the batches before them touched. Valid
/// only while nobody else writes to the file, which the writer asks at the beginning of each batch. Rows with bytes are left out, since
/// bytes can be changed in place. Not thread-safe.
/// </summary>
internal sealed class RowCache(int capacity)
{
    private readonly Dictionary<Table, bool> _isCached = [];
    private Dictionary<RowKey, object> _young = [];
    private Dictionary<RowKey, object> _old = [];
    private Cell[] _cells = [];
    private long _version = -1;

    /// <summary>Forgets everything where the file's version is another than that of the batch before.</summary>
    public void Begin(long version)
    {
        if (version != _version)
        {
            Clear();
            _version = version;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _young.Clear();
        _old.Clear();
    }

    /// <summary>The row under a key, or null where it is not known here.</summary>
    public object? Find(RowKey key)
    {
        if (_young.TryGetValue(key, out object? row))
        {
            return row;
        }

        if (_old.Remove(key, out row))
        {
            Keep(key, row);
        }

        return row;
    }

    /// <summary>Keeps a row that is committed.</summary>
    public void Keep(RowKey key, object row)
    {
        if (capacity == 0 || !IsCached(key.Table))
        {
            return;
        }

        // Two generations stand in for an exact order of use: what was not used during a whole one goes.
        if (_young.Count >= capacity)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young[key] = row;
    }

    /// <summary>Follows a commit.</summary>
    public void Keep(in Change change)
    {
        var key = new RowKey(change.Table, change.Key);
        object? known = Find(key);
        if (change.After is not { } row)
        {
            _young.Remove(key);
        }
        else if (!change.Table.IsLog || (known is not null && NumberOf(change.Table, row) > NumberOf(change.Table, known)))
        {
            // A row of a stream that nobody loaded need not be its newest.
            Keep(key, row);
        }
    }

    private long NumberOf(Table log, object row)
    {
        if (_cells.Length < log.Columns.Count)
        {
            _cells = new Cell[log.Columns.Count];
        }

        log.Write(row, _cells);
        return _cells[log.KeyColumns.Count - 1].Integer;
    }

    private bool IsCached(Table table)
    {
        if (!_isCached.TryGetValue(table, out bool isCached))
        {
            isCached = table.Columns.All(column => column.Kind != ColumnKind.Blob);
            _isCached.Add(table, isCached);
        }

        return isCached;
    }
}
