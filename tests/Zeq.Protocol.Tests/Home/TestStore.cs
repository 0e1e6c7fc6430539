using System.Globalization;
using System.Runtime.CompilerServices;

namespace Zeq.Protocol.Tests;

/// <summary>
/// Rows in dictionaries, held as cells so that every row is written and read like in a real store. It checks what every store has to:
/// immutable columns stay, versions match, numbers of a log are taken once. Faults happen where a test scripts them.
/// </summary>
internal sealed class TestStore : IHomeStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string Table, string Key, long Number), (Table Table, Cell[] Cells)> _rows = new(
        Comparer<(string Table, string Key, long Number)>.Create(static (a, b) =>
            string.CompareOrdinal(a.Table, b.Table) is not 0 and var t ? t : string.CompareOrdinal(a.Key, b.Key) is not 0 and var k ? k : a.Number.CompareTo(b.Number)));

    public string Description => "rows of a test";

    /// <summary>Called with the count of begins, before the rows are loaded; may wait or throw.</summary>
    public Func<int, ValueTask>? OnBegin { get; set; }

    /// <summary>Called with the staged changes, before they are written; may wait or throw.</summary>
    public Func<IReadOnlyList<Change>, ValueTask>? OnCommit { get; set; }

    /// <summary>Called after the changes are written; may throw.</summary>
    public Action? OnCommitted { get; set; }

    /// <summary>Called when a transaction ends; may throw.</summary>
    public Action? OnDispose { get; set; }

    public int Begins { get; private set; }

    public int Commits { get; private set; }

    public async ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
    {
        Begins++;
        if (OnBegin is { } hook)
        {
            await hook(Begins);
        }

        var workspace = new Workspace(keys);
        int seen;
        lock (_lock)
        {
            seen = Commits;
            foreach (RowKey key in keys.InLockOrder())
            {
                if (Newest(key.Table, key.Key) is { } row)
                {
                    workspace.Load(key, row);
                }
            }
        }

        return new Transaction(this, workspace, seen);
    }

    public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class => ValueTask.FromResult(Find(table, key));

    public TRow? Find<TRow>(Table<TRow> table, string key)
        where TRow : class
    {
        lock (_lock)
        {
            return (TRow?)Newest(table, key);
        }
    }

    /// <summary>All rows of a table, in key order.</summary>
    public IReadOnlyList<TRow> All<TRow>(Table<TRow> table)
        where TRow : class
    {
        lock (_lock)
        {
            return [.. _rows.Where(r => r.Key.Table == table.Name).Select(r => (TRow)table.Read(r.Value.Cells))];
        }
    }

    public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TRow : class
    {
        await ValueTask.CompletedTask;
        var table = new MemoryTable(query.Table);
        foreach (TRow row in All(query.Table))
        {
            table = table.With(new Change(ChangeKind.Insert, query.Table, query.Table.KeyOf(row), null, row));
        }

        foreach (TRow row in table.Run(query).Cast<TRow>())
        {
            yield return row;
        }
    }

    public ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException("No rule asks a snapshot.");

    /// <summary>Every row as text, in order: two homes in one state have one dump.</summary>
    public string Dump()
    {
        lock (_lock)
        {
            return string.Join('\n', _rows.Select(r => r.Key.Table + ": " + string.Join(" | ", r.Value.Cells.Select(Text))));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Text(Cell cell) => cell.Kind switch
    {
        null => "NULL",
        ColumnKind.Integer => cell.Integer.ToString(CultureInfo.InvariantCulture),
        ColumnKind.Text => cell.Text,
        _ => Convert.ToHexStringLower(cell.Blob),
    };

    private object? Newest(Table table, string key)
    {
        if (!table.IsLog)
        {
            return _rows.TryGetValue((table.Name, key, 0), out var row) ? table.Read(row.Cells) : null;
        }

        var stream = _rows.Where(r => r.Key.Table == table.Name && r.Key.Key == key).Select(r => r.Value.Cells).LastOrDefault();
        return stream is null ? null : table.Read(stream);
    }

    private void Write(Change[] changes, int seen)
    {
        lock (_lock)
        {
            if (seen != Commits)
            {
                throw new StoreException("Another commit came first.") { IsTransient = true, IsStale = true };
            }

            var checkedChanges = changes.Select(Checked).ToArray();
            foreach (var (place, table, cells) in checkedChanges)
            {
                if (cells is null)
                {
                    _rows.Remove(place);
                }
                else
                {
                    _rows[place] = (table, cells);
                }
            }

            Commits++;
        }
    }

    private ((string, string, long) Place, Table Table, Cell[]? Cells) Checked(Change change)
    {
        Table table = change.Table;
        Cell[] before = Cells(table, change.Before);
        Cell[] after = Cells(table, change.After);
        object named = (change.After ?? change.Before)!;
        long number = table.IsLog ? after[table.KeyColumns.Count - 1].Integer : 0;
        var place = (table.Name, change.Key, number);
        Assert.Equal(change.Key, table.KeyOf(named));
        bool exists = _rows.TryGetValue(place, out var stored);
        if (change.Kind == ChangeKind.Insert)
        {
            Assert.False(exists, $"{table.Name} has a row {change.Key} {number} already.");
        }
        else
        {
            Assert.True(exists && stored.Cells.SequenceEqual(before), $"The row {change.Key} of {table.Name} is not the one that was loaded.");
        }

        if (change.Kind == ChangeKind.Update)
        {
            foreach (Column column in table.Columns.Where(c => !c.IsChanging))
            {
                Assert.True(before[column.Ordinal] == after[column.Ordinal], $"{table.Name}.{column.Name} never changes.");
            }
        }

        foreach (Column column in table.Columns.Where(c => change.After is not null && !c.IsNullable))
        {
            Assert.False(after[column.Ordinal].IsNull, $"{table.Name}.{column.Name} is never null.");
        }

        return (place, table, change.Kind == ChangeKind.Delete ? null : after);
    }

    private static Cell[] Cells(Table table, object? row)
    {
        if (row is null)
        {
            return [];
        }

        var cells = new Cell[table.Columns.Count];
        table.Write(row, cells);
        return cells;
    }

    private sealed class Transaction(TestStore store, Workspace workspace, int seen) : HomeTransaction
    {
        public override Workspace Workspace => workspace;

        public override async ValueTask CommitAsync(CancellationToken cancellationToken)
        {
            Change[] changes = [.. workspace.Changes()];
            if (store.OnCommit is { } hook)
            {
                await hook(changes);
            }

            store.Write(changes, seen);
            store.OnCommitted?.Invoke();
        }

        public override ValueTask DisposeAsync()
        {
            store.OnDispose?.Invoke();
            return ValueTask.CompletedTask;
        }
    }
}
