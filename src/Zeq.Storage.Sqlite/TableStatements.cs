using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>What a declared table becomes: its four statements on one connection, prepared when first needed.</summary>
internal sealed class TableStatements(Connection connection, Table table) : IDisposable
{
    private readonly int _streamColumns = table.KeyColumns.Count - (table.IsLog ? 1 : 0);
    private Statement? _find;
    private Statement? _insert;
    private Statement? _update;
    private Statement? _delete;

    /// <summary>The columns of a table, quoted, in row order.</summary>
    public static string ColumnList(Table table) => string.Join(", ", table.Columns.Select(column => $"\"{column.Name}\""));

    /// <summary>The row of a key (of a log: the newest of the stream), or null.</summary>
    public object? Find(string key)
    {
        Statement find = _find ??= connection.Prepare(
            $"SELECT {ColumnList(table)} FROM \"{table.Name}\" WHERE {Equalities(_streamColumns)}"
            + (table.IsLog ? $" ORDER BY \"{table.KeyColumns[^1].Name}\" DESC LIMIT 1" : ""),
            table.Name);
        BindKey(find, key, 1);
        if (!find.Step())
        {
            find.Reset();
            return null;
        }

        try
        {
            Span<Cell> cells = connection.CellsOf(table)[..table.Columns.Count];
            find.Read(table, cells);
            return Rows.Make(table, cells);
        }
        finally
        {
            find.Reset();
        }
    }

    /// <summary>Writes one staged change.</summary>
    /// <exception cref="StoreException">The row was refused, or had changed since it was loaded.</exception>
    public void Write(in Change change)
    {
        switch (change.Kind)
        {
            case ChangeKind.Insert:
                Insert(change.After!);
                break;
            case ChangeKind.Update:
                Update(change.Key, change.Before!, change.After!);
                break;
            default:
                Delete(change.Key, change.Before!);
                break;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _find?.Dispose();
        _insert?.Dispose();
        _update?.Dispose();
        _delete?.Dispose();
    }

    private void Insert(object row)
    {
        Statement insert = _insert ??= connection.Prepare(
            $"INSERT INTO \"{table.Name}\" ({ColumnList(table)}) VALUES ({string.Join(", ", table.Columns.Select(column => $"?{column.Ordinal + 1}"))})", table.Name);
        Span<Cell> cells = connection.CellsOf(table)[..table.Columns.Count];
        table.Write(row, cells);
        for (int i = 0; i < cells.Length; i++)
        {
            insert.Bind(i + 1, cells[i]);
        }

        insert.Run();
    }

    private void Update(string key, object before, object after)
    {
        IReadOnlyList<Column> changing = table.ChangingColumns;
        int count = table.Columns.Count;
        Span<Cell> cells = connection.CellsOf(table);
        Span<Cell> old = cells[..count];
        Span<Cell> now = cells.Slice(count, count);
        table.Write(before, old);
        table.Write(after, now);
        foreach (Column column in table.Columns)
        {
            if (!column.IsChanging && old[column.Ordinal] != now[column.Ordinal])
            {
                throw new StoreException($"{table.Name}: column {column.Name} never changes.");
            }
        }

        Statement update = _update ??= connection.Prepare(
            $"UPDATE \"{table.Name}\" SET {string.Join(", ", changing.Select((column, i) => $"\"{column.Name}\" = ?{i + 1}"))}"
            + $" WHERE {Equalities(table.KeyColumns.Count, changing.Count + 1)}" + VersionCondition(changing.Count + table.KeyColumns.Count + 1),
            table.Name);
        for (int i = 0; i < changing.Count; i++)
        {
            update.Bind(i + 1, now[changing[i].Ordinal]);
        }

        BindKey(update, key, changing.Count + 1);
        if (table.Version is { } version)
        {
            update.Bind(changing.Count + table.KeyColumns.Count + 1, old[version.Ordinal]);
        }

        update.Run();
        RequireOneChange();
    }

    private void Delete(string key, object before)
    {
        Statement delete = _delete ??= connection.Prepare(
            $"DELETE FROM \"{table.Name}\" WHERE {Equalities(table.KeyColumns.Count)}" + VersionCondition(table.KeyColumns.Count + 1), table.Name);
        BindKey(delete, key, 1);
        if (table.Version is { } version)
        {
            Span<Cell> old = connection.CellsOf(table)[..table.Columns.Count];
            table.Write(before, old);
            delete.Bind(table.KeyColumns.Count + 1, old[version.Ordinal]);
        }

        delete.Run();
        RequireOneChange();
    }

    private void RequireOneChange()
    {
        if (connection.Changes != 1)
        {
            throw new StoreException($"{table.Name}: a row changed after it was loaded; decide again.") { IsTransient = true, IsStale = true };
        }
    }

    private void BindKey(Statement statement, string key, int parameter)
    {
        ReadOnlySpan<char> rest = key;
        for (int i = 0; i < _streamColumns - 1; i++)
        {
            int bar = rest.IndexOf('|');
            if (bar < 0)
            {
                throw new ArgumentException($"A key of {table.Name} has {_streamColumns} parts.", nameof(key));
            }

            statement.Bind(parameter++, rest[..bar]);
            rest = rest[(bar + 1)..];
        }

        statement.Bind(parameter, rest);
    }

    private string Equalities(int count, int firstParameter = 1) =>
        string.Join(" AND ", table.KeyColumns.Take(count).Select((column, i) => $"\"{column.Name}\" = ?{firstParameter + i}"));

    private string VersionCondition(int parameter) => table.Version is { } version ? $" AND \"{version.Name}\" = ?{parameter}" : "";
}
