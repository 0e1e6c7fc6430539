using System.Collections.Concurrent;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// The rows that this node loaded or wrote last, and who wrote them. Never the last word: every batch checks at the server that the rows
/// it took from here are still those, before anybody is answered. While other nodes write the same rows nothing is kept, since batches
/// would come too late too often. Rows with bytes are left out: bytes can be changed in place. Thread-safe.
/// </summary>
internal sealed class RowCache(int capacity)
{
    /// <summary>After a batch came too late, so many batches load all their rows.</summary>
    private const int BatchesWithout = 256;

    private static readonly ConcurrentDictionary<Table, bool> Fixed = [];
    private readonly Lock _lock = new();
    private Dictionary<RowKey, Known> _young = [];
    private Dictionary<RowKey, Known> _old = [];
    private int _without;

    /// <summary>A row, the transaction that wrote it, and in a stream its number.</summary>
    internal readonly record struct Known(object Row, uint Transaction, long Number);

    /// <summary>A batch begins.</summary>
    /// <returns>Whether it may take rows from here.</returns>
    public bool Begin()
    {
        lock (_lock)
        {
            if (_without > 0)
            {
                _without--;
                return false;
            }

            return capacity > 0;
        }
    }

    /// <summary>Looks up the rows of a batch; what is not known comes back, in the same order.</summary>
    public List<RowKey> Take(List<RowKey> keys, Action<RowKey, Known> take)
    {
        var rest = new List<RowKey>();
        lock (_lock)
        {
            foreach (RowKey key in keys)
            {
                if (Find(key) is { } known)
                {
                    take(key, known);
                }
                else
                {
                    rest.Add(key);
                }
            }
        }

        return rest;
    }

    /// <summary>Keeps a row that was loaded, unless a later one is known.</summary>
    public void Keep(RowKey key, Known known)
    {
        lock (_lock)
        {
            if (_without == 0 && IsFixed(key.Table) && Find(key) is null)
            {
                Put(key, known);
            }
        }
    }

    /// <summary>Follows a commit.</summary>
    /// <param name="changes">What it wrote.</param>
    /// <param name="transaction">Its number.</param>
    /// <param name="named">The rows that it named: of other streams nobody knows whether its row is the newest.</param>
    public void Keep(Change[] changes, uint transaction, HashSet<RowKey> named)
    {
        lock (_lock)
        {
            foreach (Change change in changes)
            {
                var key = new RowKey(change.Table, change.Key);
                if (change.After is { } row && _without == 0 && IsFixed(change.Table) && named.Contains(key))
                {
                    Put(key, new Known(row, transaction, change.Table.IsLog ? change.Table.NumberOf(row) : 0));
                }
                else
                {
                    _young.Remove(key);
                    _old.Remove(key);
                }
            }
        }
    }

    /// <summary>A batch came too late: others write too.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _without = BatchesWithout;
            _young.Clear();
            _old.Clear();
        }
    }

    private static bool IsFixed(Table table) => Fixed.GetOrAdd(table, static table => table.Columns.All(column => column.Kind != ColumnKind.Blob));

    private Known? Find(RowKey key)
    {
        if (_young.TryGetValue(key, out Known known))
        {
            return known;
        }

        if (!_old.Remove(key, out known))
        {
            return null;
        }

        Put(key, known);
        return known;
    }

    private void Put(RowKey key, Known known)
    {
        // Two generations stand in for an exact order of use: what was not used during a whole one goes.
        if (_young.Count >= capacity)
        {
            (_young, _old) = (_old, _young);
            _young.Clear();
        }

        _young[key] = known;
    }
}
