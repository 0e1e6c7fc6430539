namespace Zeq.Protocol;

/// <summary>The name of one row that a command may read or change, or of the newest row of a log's stream.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">The key as text, its parts joined by <c>|</c>; of a log the stream.</param>
public readonly record struct RowKey(Table Table, string Key);

/// <summary>
/// Every row that the commands of a batch may read or change. Stores load and lock them in the order of (table name, key), so that two
/// nodes never wait for each other in a ring.
/// </summary>
/// <param name="context">The home whose rows these are; commands that hash its origin into a key ask for it.</param>
public sealed class KeySet(HomeContext? context = null)
{
    private readonly HashSet<RowKey> _keys = [];

    /// <summary>The home whose rows these are.</summary>
    public HomeContext Context => context ?? throw new InvalidOperationException("The keys belong to no home.");

    /// <summary>How many rows are named.</summary>
    public int Count => _keys.Count;

    /// <summary>Names the row of a key (of a log: the newest row of the stream).</summary>
    public KeySet Add(Table table, string key)
    {
        _keys.Add(new RowKey(table, key));
        return this;
    }

    /// <summary>Names the head of a machine's chain.</summary>
    public KeySet AddChain(Slug machine) => Add(ChainHead.Table, machine.Text);

    /// <summary>Whether this row was named.</summary>
    public bool Contains(RowKey key) => _keys.Contains(key);

    /// <summary>The rows in the order in which they are locked.</summary>
    public IReadOnlyList<RowKey> InLockOrder()
    {
        RowKey[] keys = [.. _keys];
        Array.Sort(keys, static (a, b) =>
        {
            int byTable = string.CompareOrdinal(a.Table.Name, b.Table.Name);
            return byTable != 0 ? byTable : string.CompareOrdinal(a.Key, b.Key);
        });
        return keys;
    }
}
