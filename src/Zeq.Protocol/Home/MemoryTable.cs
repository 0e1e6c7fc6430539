using System.Collections.Immutable;
using System.Text;

namespace Zeq.Protocol;

/// <summary>The rows of one table as cells, ordered by key. Immutable.</summary>
internal sealed class MemoryTable
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly Table _table;
    private readonly ImmutableSortedSet<Cell[]> _rows;

    /// <summary>An empty table.</summary>
    public MemoryTable(Table table)
        : this(table, ImmutableSortedSet.Create<Cell[]>(new ByKey(table.KeyColumns.Count)))
    {
    }

    private MemoryTable(Table table, ImmutableSortedSet<Cell[]> rows) => (_table, _rows) = (table, rows);

    private int StreamColumns => _table.KeyColumns.Count - (_table.IsLog ? 1 : 0);

    /// <summary>The row of a key (of a log: the newest of the stream), or null.</summary>
    public object? Find(string key)
    {
        Cell[] probe = KeyCells(key);
        int index = EndOf(probe) - 1;
        return index >= 0 && StartsWith(_rows[index], probe) ? Read(_rows[index]) : null;
    }

    /// <summary>The table after a change.</summary>
    /// <exception cref="StoreException">The row is refused, or was not as it was loaded.</exception>
    public MemoryTable With(in Change change)
    {
        Cell[]? before = change.Before is { } old ? Write(old) : null;
        Cell[]? after = change.After is { } now ? Write(now) : null;
        if (before is null)
        {
            ImmutableSortedSet<Cell[]> grown = _rows.Add(after!);
            return grown.Count == _rows.Count ? throw new StoreException($"{_table.Name}: the row was refused (its key exists).") : new MemoryTable(_table, grown);
        }

        if (!_rows.TryGetValue(before, out Cell[]? stored)
            || (_table.Version is { } version && stored[version.Ordinal] != before[version.Ordinal]))
        {
            throw new StoreException($"{_table.Name}: a row changed after it was loaded; decide again.") { IsTransient = true, IsStale = true };
        }

        if (after is null)
        {
            return new MemoryTable(_table, _rows.Remove(stored));
        }

        foreach (Column column in _table.Columns)
        {
            if (!column.IsChanging && after[column.Ordinal] != before[column.Ordinal])
            {
                throw new StoreException($"{_table.Name}: column {column.Name} never changes.");
            }
        }

        return new MemoryTable(_table, _rows.Remove(stored).Add(after));
    }

    /// <summary>The rows of a query.</summary>
    public IEnumerable<object> Run<TRow>(Query<TRow> query)
        where TRow : class
    {
        // Conditions that hold the first key columns equal name a range; the rest is filtered.
        Cell[] prefix = [.. _table.KeyColumns
            .Select(column => query.Conditions.Where(where => where.Column == column && where.Comparison == Comparison.Equal).Select(where => where.Value).Take(1).ToArray())
            .TakeWhile(found => found.Length == 1).Select(found => found[0])];
        int start = StartOf(prefix);
        int end = EndOf(prefix);
        List<Column> order = [.. query.Order.Concat(_table.KeyColumns).Distinct()];
        IEnumerable<Cell[]> rows;
        if (order.SequenceEqual(_table.KeyColumns))
        {
            rows = Range(start, end, query.Descending).Where(row => query.Conditions.All(where => Holds(where, row)));
        }
        else
        {
            List<Cell[]> sorted = [.. Range(start, end, descending: false).Where(row => query.Conditions.All(where => Holds(where, row)))];
            sorted.Sort((a, b) => Compare(order, a, b) * (query.Descending ? -1 : 1));
            rows = sorted;
        }

        return rows.Take(query.Limit).Select(Read);
    }

    private static int Compare(List<Column> order, Cell[] a, Cell[] b)
    {
        foreach (Column column in order)
        {
            int compared = Cell.Compare(a[column.Ordinal], b[column.Ordinal]);
            if (compared != 0)
            {
                return compared;
            }
        }

        return 0;
    }

    private static bool Holds(Where where, Cell[] row)
    {
        Cell cell = row[where.Column.Ordinal];
        if (where.Comparison == Comparison.IsNotNull)
        {
            return !cell.IsNull;
        }

        if (where.Comparison == Comparison.Equal)
        {
            return cell == where.Value;
        }

        if (cell.IsNull || where.Value.IsNull)
        {
            return false;
        }

        int compared = Cell.Compare(cell, where.Value);
        return where.Comparison switch
        {
            Comparison.Less => compared < 0,
            Comparison.AtMost => compared <= 0,
            Comparison.Greater => compared > 0,
            _ => compared >= 0,
        };
    }

    private static bool StartsWith(Cell[] row, Cell[] prefix)
    {
        for (int i = 0; i < prefix.Length; i++)
        {
            if (row[i] != prefix[i])
            {
                return false;
            }
        }

        return true;
    }

    private IEnumerable<Cell[]> Range(int start, int end, bool descending)
    {
        for (int i = 0; i < end - start; i++)
        {
            yield return _rows[descending ? end - 1 - i : start + i];
        }
    }

    /// <summary>The first row that does not come before the prefix.</summary>
    private int StartOf(Cell[] prefix) => FirstWhere(row => ComparePrefix(row, prefix) >= 0);

    /// <summary>The first row that comes after all rows of the prefix.</summary>
    private int EndOf(Cell[] prefix) => FirstWhere(row => ComparePrefix(row, prefix) > 0);

    private int FirstWhere(Func<Cell[], bool> isBeyond)
    {
        int low = 0;
        int high = _rows.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (isBeyond(_rows[middle]))
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }

    private static int ComparePrefix(Cell[] row, Cell[] prefix)
    {
        for (int i = 0; i < prefix.Length; i++)
        {
            int compared = Cell.Compare(row[i], prefix[i]);
            if (compared != 0)
            {
                return compared;
            }
        }

        return 0;
    }

    private Cell[] KeyCells(string key)
    {
        string[] parts = key.Split('|', StreamColumns);
        return parts.Length == StreamColumns
            ? [.. parts.Select(part => Cell.Of(part))]
            : throw new ArgumentException($"A key of {_table.Name} has {StreamColumns} parts.", nameof(key));
    }

    private object Read(Cell[] cells)
    {
        Cell[] own = [.. cells];
        Separate(own);
        return _table.Read(own);
    }

    private Cell[] Write(object row)
    {
        var cells = new Cell[_table.Columns.Count];
        _table.Write(row, cells);
        foreach (Column column in _table.Columns)
        {
            Cell cell = cells[column.Ordinal];
            if (cell.Kind is { } kind ? kind != column.Kind : !column.IsNullable)
            {
                throw new StoreException($"{_table.Name}: the row was refused (column {column.Name} cannot hold this).");
            }

            if (cell.Kind == ColumnKind.Text)
            {
                RequireStorable(cell.Text);
            }
        }

        Separate(cells);
        return cells;
    }

    private void RequireStorable(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new StoreException($"{_table.Name}: text with NUL cannot be stored.");
        }

        try
        {
            StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            throw new StoreException($"{_table.Name}: text that is no Unicode cannot be stored.");
        }
    }

    /// <summary>Bytes are copied on their way in and out: nobody outside changes what is stored.</summary>
    private static void Separate(Cell[] cells)
    {
        foreach (ref Cell cell in cells.AsSpan())
        {
            if (cell.Kind == ColumnKind.Blob)
            {
                cell = Cell.Of(cell.Blob.AsSpan().ToArray());
            }
        }
    }

    private sealed class ByKey(int keyColumns) : IComparer<Cell[]>
    {
        public int Compare(Cell[]? x, Cell[]? y)
        {
            for (int i = 0; i < keyColumns; i++)
            {
                int compared = Cell.Compare(x![i], y![i]);
                if (compared != 0)
                {
                    return compared;
                }
            }

            return 0;
        }
    }
}
