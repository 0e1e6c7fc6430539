using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>How a declared table is read on one connection; the statement is prepared when first needed.</summary>
internal sealed class TableStatements(Connection connection, Table table) : IDisposable
{
    private readonly int _streamColumns = table.KeyColumns.Count - (table.IsLog ? 1 : 0);
    private Statement? _find;

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

    /// <inheritdoc/>
    public void Dispose() => _find?.Dispose();

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

    private string Equalities(int count) => string.Join(" AND ", table.KeyColumns.Take(count).Select((column, i) => $"\"{column.Name}\" = ?{i + 1}"));
}
