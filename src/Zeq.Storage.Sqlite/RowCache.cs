using System.Collections.Concurrent;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// The rows that the writer loaded or wrote last, as they are committed: most batches touch what the batches before them touched. Valid
/// only while nobody else writes to the file, which the writer asks before each commit. Rows with bytes are left out, since
/// bytes can be changed in place. Not thread-safe.
/// </summary>
internal sealed class RowCache(int capacity)
{
    private static readonly ConcurrentDictionary<Table, bool> Fixed = [];
    private Dictionary<RowKey, object> _young = [];
    private Dictionary<RowKey, object> _old = [];
    private long _version = -1;

    /// <summary>Whether nobody can change a table's rows in place: none has bytes.</summary>
    public static bool IsFixed(Table table) => Fixed.GetOrAdd(table, static table => table.Columns.All(column => column.Kind != ColumnKind.Blob));

    /// <summary>Whether the file's version is the one that was last seen. From now on it is.</summary>
    public bool IsVersion(long version)
    {
        bool isKnown = version == _version;
        _version = version;
        return isKnown;
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
        if (capacity == 0 || !IsFixed(key.Table))
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
        else if (!change.Table.IsLog || (known is not null && change.Table.NumberOf(row) > change.Table.NumberOf(known)))
        {
            // A row of a stream that nobody loaded need not be its newest.
            Keep(key, row);
        }
    }
}
