using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>Makes rows of what the server answers.</summary>
internal static class RowReader
{
    /// <summary>The row that begins at a column of the answer's current one.</summary>
    /// <param name="table">Its table.</param>
    /// <param name="reader">Stands on a row.</param>
    /// <param name="first">Where the table's columns begin.</param>
    /// <param name="cells">As many as the table has columns; they hold the row's cells afterwards.</param>
    /// <exception cref="StoreException">The cells are of the right kind, but no such row exists: the store was changed by hand.</exception>
    public static object Read(Table table, NpgsqlDataReader reader, int first, Span<Cell> cells)
    {
        IReadOnlyList<Column> columns = table.Columns;
        for (int i = 0; i < columns.Count; i++)
        {
            Column column = columns[i];
            cells[i] = column.IsNullable && reader.IsDBNull(first + i) ? Cell.Null : column.Kind switch
            {
                ColumnKind.Integer => Cell.Of(reader.GetInt64(first + i)),
                ColumnKind.Text => Cell.Of(reader.GetString(first + i)),
                _ => Cell.Of(reader.GetFieldValue<byte[]>(first + i)),
            };
        }

        try
        {
            return table.Read(cells);
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new StoreException($"{table.Name}: a stored row cannot be read; the store was damaged or changed by hand.", unreadable);
        }
    }
}
