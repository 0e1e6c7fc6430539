using System.Text;
using Npgsql;
using NpgsqlTypes;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>Typed parameters: a value of each row, in one array for each column.</summary>
internal static class Arrays
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>An array of text.</summary>
    public static NpgsqlParameter Of(string?[] values) => new NpgsqlParameter<string?[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };

    /// <summary>An array of integers.</summary>
    public static NpgsqlParameter Of(long[] values) => new NpgsqlParameter<long[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };

    /// <summary>An array of the numbers of transactions.</summary>
    public static NpgsqlParameter Of(uint[] values) => new NpgsqlParameter<uint[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Xid };

    /// <summary>One integer.</summary>
    public static NpgsqlParameter Of(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    /// <summary>One cell, of a column of this kind.</summary>
    public static NpgsqlParameter Of(ColumnKind kind, Cell cell) => (kind, cell.IsNull) switch
    {
        (ColumnKind.Integer, false) => Of(cell.Integer),
        (ColumnKind.Text, false) => new NpgsqlParameter<string> { TypedValue = cell.Text, NpgsqlDbType = NpgsqlDbType.Text },
        (ColumnKind.Blob, false) => new NpgsqlParameter<byte[]> { TypedValue = cell.Blob, NpgsqlDbType = NpgsqlDbType.Bytea },
        _ => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = kind switch { ColumnKind.Integer => NpgsqlDbType.Bigint, ColumnKind.Text => NpgsqlDbType.Text, _ => NpgsqlDbType.Bytea } },
    };

    /// <summary>The parts of keys, an array for each key column.</summary>
    public static void AddKeys(NpgsqlParameterCollection parameters, TableSql sql, List<string> keys)
    {
        for (int part = 0; part < sql.Key.Count; part++)
        {
            string?[] values = new string?[keys.Count];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = sql.PartOf(keys[i], part);
            }

            parameters.Add(Of(values));
        }
    }

    /// <summary>One column of rows that stand one after the other.</summary>
    /// <param name="table">The table.</param>
    /// <param name="column">The column.</param>
    /// <param name="cells">All cells of all rows.</param>
    /// <exception cref="StoreException">A value cannot be stored.</exception>
    public static NpgsqlParameter OfColumn(Table table, Column column, ReadOnlySpan<Cell> cells)
    {
        int width = table.Columns.Count;
        int count = cells.Length / width;
        switch (column.Kind)
        {
            case ColumnKind.Integer when column.IsNullable:
                long?[] optional = new long?[count];
                for (int i = 0; i < count; i++)
                {
                    optional[i] = cells[(i * width) + column.Ordinal] is { IsNull: false } cell ? cell.Integer : null;
                }

                return new NpgsqlParameter<long?[]> { TypedValue = optional, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };
            case ColumnKind.Integer:
                long[] numbers = new long[count];
                for (int i = 0; i < count; i++)
                {
                    numbers[i] = cells[(i * width) + column.Ordinal].Integer;
                }

                return Of(numbers);
            case ColumnKind.Text:
                string?[] texts = new string?[count];
                for (int i = 0; i < count; i++)
                {
                    texts[i] = cells[(i * width) + column.Ordinal] is { IsNull: false } cell ? Storable(table, cell.Text) : null;
                }

                return Of(texts);
            default:
                byte[]?[] blobs = new byte[]?[count];
                for (int i = 0; i < count; i++)
                {
                    blobs[i] = cells[(i * width) + column.Ordinal] is { IsNull: false } cell ? cell.Blob : null;
                }

                return new NpgsqlParameter<byte[]?[]> { TypedValue = blobs, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
        }
    }

    /// <summary>Text that the server takes; what it does not would cost the connection.</summary>
    private static string Storable(Table table, string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new StoreException($"{table.Name}: text with NUL cannot be stored.");
        }

        try
        {
            StrictUtf8.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            throw new StoreException($"{table.Name}: text that is no Unicode cannot be stored.");
        }

        return text;
    }
}
