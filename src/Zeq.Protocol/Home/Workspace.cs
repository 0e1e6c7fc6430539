namespace Zeq.Protocol;

/// <summary>What happens to a row in a commit.</summary>
public enum ChangeKind
{
    /// <summary>The row is new.</summary>
    Insert,

    /// <summary>The row's changing columns get new values.</summary>
    Update,

    /// <summary>The row goes.</summary>
    Delete,
}

/// <summary>One row's change in a commit.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Table">The table.</param>
/// <param name="Key">The key as text.</param>
/// <param name="Before">The row as it was loaded; null where it is new.</param>
/// <param name="After">The row as it will be; null where it goes.</param>
public readonly record struct Change(ChangeKind Kind, Table Table, string Key, object? Before, object? After);

/// <summary>
/// The rows that a batch named, and what its commands staged on them. A command sees what the accepted commands before it in the batch
/// staged; what a rejected one staged is rolled back. Not thread-safe: one writer owns it.
/// </summary>
public sealed class Workspace
{
    private readonly Dictionary<RowKey, Entry> _entries;
    private readonly List<(RowKey Key, object Row)> _appended = [];
    private readonly List<(Entry Entry, object? Was)> _undo = [];
    private HomeContext? _context;
    private int _mark;

    /// <summary>A workspace over the named rows, all absent until <see cref="Load"/> says otherwise.</summary>
    public Workspace(KeySet keys)
    {
        _entries = new Dictionary<RowKey, Entry>(keys.Count);
        foreach (RowKey key in keys.InLockOrder())
        {
            _entries.Add(key, new Entry(key));
        }
    }

    /// <summary>Who this home is, and the keys that its decisions sign with.</summary>
    public HomeContext Context => _context ?? throw new InvalidOperationException("The workspace belongs to no home yet.");

    /// <summary>The named rows in the order in which they are locked.</summary>
    public IEnumerable<RowKey> Keys => _entries.Keys;

    /// <summary>How many rows are staged: changed, and appended.</summary>
    public int StagedCount => _appended.Count + _entries.Values.Count(entry => !entry.Key.Table.IsLog && !ReferenceEquals(entry.Current, entry.Loaded));

    /// <summary>Called by a store: the row that it holds under a named key.</summary>
    public void Load(RowKey key, object row)
    {
        Entry entry = EntryOf(key);
        entry.Loaded = row;
        entry.Current ??= row;
    }

    /// <summary>
    /// Names more rows, for commands that join the batch while its rows are held. Called by a store, which then loads those that are new.
    /// </summary>
    /// <returns>The rows that were not named before.</returns>
    public IReadOnlyList<RowKey> Name(KeySet more)
    {
        var added = new List<RowKey>(more.Count);
        foreach (RowKey key in more.InLockOrder())
        {
            var entry = new Entry(key);
            if (!_entries.TryAdd(key, entry))
            {
                continue;
            }

            added.Add(key);
            if (key.Table.IsLog)
            {
                // A stream that was written without being named has its newest row here, not in the store.
                entry.Current = _appended.FindLast(appended => appended.Key == key).Row;
            }
        }

        return added;
    }

    /// <summary>The row under a named key (of a log: the newest of the stream), or null.</summary>
    /// <exception cref="InvalidOperationException">The command did not name the key: a bug of the command.</exception>
    public TRow? Find<TRow>(Table<TRow> table, string key)
        where TRow : class => (TRow?)EntryOf(new RowKey(table, key)).Current;

    /// <summary>Stages a row, new or changed.</summary>
    public TRow Put<TRow>(Table<TRow> table, TRow row)
        where TRow : class
    {
        if (table.IsLog)
        {
            throw new InvalidOperationException($"{table.Name} is a log: append to it.");
        }

        Stage(EntryOf(new RowKey(table, table.KeyOf(row))), row);
        return row;
    }

    /// <summary>Stages the deletion of a row.</summary>
    public void Delete<TRow>(Table<TRow> table, string key)
        where TRow : class
    {
        if (!table.IsDisposable)
        {
            throw new InvalidOperationException($"Rows of {table.Name} stay.");
        }

        Stage(EntryOf(new RowKey(table, key)), null);
    }

    /// <summary>
    /// Stages the next row of a log's stream. Where the stream was named, the row must follow its newest; where it was not, the store's
    /// key alone keeps two rows from having one number.
    /// </summary>
    public TRow Append<TRow>(Table<TRow> log, TRow row)
        where TRow : class
    {
        var key = new RowKey(log, log.KeyOf(row));
        if (_entries.TryGetValue(key, out Entry? entry))
        {
            if (entry.Current is TRow last && log.NumberOf(row) <= log.NumberOf(last))
            {
                throw new InvalidOperationException($"Row {log.NumberOf(row)} of a stream of {log.Name} does not follow {log.NumberOf(last)}.");
            }

            Stage(entry, row);
        }

        _appended.Add((key, row));
        return row;
    }

    /// <summary>The changes of all accepted commands: appended rows in order of staging, then rows by key.</summary>
    public IEnumerable<Change> Changes()
    {
        foreach ((RowKey key, object row) in _appended)
        {
            yield return new Change(ChangeKind.Insert, key.Table, key.Key, null, row);
        }

        foreach (Entry entry in _entries.Values)
        {
            if (entry.Key.Table.IsLog || ReferenceEquals(entry.Current, entry.Loaded))
            {
                continue;
            }

            ChangeKind kind = entry.Loaded is null ? ChangeKind.Insert : entry.Current is null ? ChangeKind.Delete : ChangeKind.Update;
            yield return new Change(kind, entry.Key.Table, entry.Key.Key, entry.Loaded, entry.Current);
        }
    }

    internal void Attach(HomeContext context) => _context = context;

    /// <summary>What the command staged stays.</summary>
    internal void Keep()
    {
        _undo.Clear();
        _mark = _appended.Count;
    }

    /// <summary>What the command staged goes.</summary>
    internal void RollBack()
    {
        for (int i = _undo.Count - 1; i >= 0; i--)
        {
            _undo[i].Entry.Current = _undo[i].Was;
        }

        _undo.Clear();
        _appended.RemoveRange(_mark, _appended.Count - _mark);
    }

    private void Stage(Entry entry, object? row)
    {
        _undo.Add((entry, entry.Current));
        entry.Current = row;
    }

    private Entry EntryOf(RowKey key) => _entries.TryGetValue(key, out Entry? entry)
        ? entry
        : throw new InvalidOperationException($"The command did not name a row of {key.Table.Name} that it asks for.");

    private sealed class Entry(RowKey key)
    {
        public RowKey Key { get; } = key;

        public object? Loaded { get; set; }

        public object? Current { get; set; }
    }
}
