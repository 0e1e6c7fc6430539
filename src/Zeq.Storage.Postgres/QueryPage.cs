using System.Globalization;
using System.Text;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// Reads a query in pages, so that memory stays constant: each begins after the last row of the one before; ties of the order are broken by
/// the key. Not thread-safe.
/// </summary>
internal sealed class QueryPage<TRow>
    where TRow : class
{
    /// <summary>Pages grow up to this.</summary>
    private const int MaxRows = 512;

    /// <summary>A page ends early once it holds this much text and bytes, and the next one asks for no more than that.</summary>
    private const int MaxSizeBytes = 1_048_576;

    private readonly Query<TRow> _query;
    private readonly List<Column> _order = [];
    private readonly List<TRow> _rows = [];
    private StoreException? _fault;
    private Cell[]? _after;
    private int _left;
    private int _take = 32;

    public QueryPage(Query<TRow> query)
    {
        _query = query;
        _left = query.Limit;
        foreach (Column column in query.Order.Concat(query.Table.KeyColumns))
        {
            // What a condition holds equal orders nothing, and would keep an index from being used.
            bool isFixed = query.Conditions.Any(where => where.Column == column && where.Comparison == Comparison.Equal);
            if (!isFixed && !_order.Contains(column))
            {
                _order.Add(column);
            }
        }
    }

    /// <summary>Whether there may be another page.</summary>
    public bool HasMore { get; private set; } = true;

    /// <summary>Reads the next page; the list is used again for the one after it.</summary>
    /// <exception cref="StoreException">The next row cannot be read; the rows before it were in the pages before.</exception>
    public async ValueTask<IReadOnlyList<TRow>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        _rows.Clear();
        int take = Math.Min(_take, _left);
        if (_fault is not null || take <= 0)
        {
            HasMore = false;
            return _fault is null ? _rows : throw _fault;
        }

        bool isEnd = false;
        try
        {
            isEnd = await ReadRowsAsync(connection, take, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreException fault) when (_rows.Count > 0)
        {
            // Whoever reads row by row shall get all that stand before the bad one.
            _fault = fault;
        }
        catch (Exception failed) when (PostgresFault.IsOurs(failed))
        {
            throw PostgresFault.Of(failed, _query.Table.Name);
        }

        _left -= _rows.Count;
        HasMore = _fault is not null || (!isEnd && _left > 0);
        return _rows;
    }

    /// <summary>Reads until the page is full; whether the query has ended instead.</summary>
    private async ValueTask<bool> ReadRowsAsync(NpgsqlConnection connection, int take, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand { Connection = connection };
        await using (command.ConfigureAwait(false))
        {
            command.CommandText = Sql(command.Parameters);
            command.Parameters.Add(Arrays.Of(take));
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                Cell[] cells = new Cell[_query.Table.Columns.Count];
                int size = 0;
                while (size <= MaxSizeBytes && await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    _rows.Add((TRow)RowReader.Read(_query.Table, reader, 0, cells));
                    size += SizeOf(cells);
                    _after = [.. _order.Select(column => cells[column.Ordinal])];
                }

                bool isCut = size > MaxSizeBytes;
                _take = isCut ? Math.Max(1, _rows.Count) : Math.Min(MaxRows, Math.Max(_take, Math.Min(_take * 4, (int)(MaxSizeBytes * (long)Math.Max(1, _rows.Count) / Math.Max(1, size)))));

                // Where the key is given whole, there is no order and no second row.
                return _order.Count == 0 || (!isCut && _rows.Count < take);
            }
        }
    }

    private static int SizeOf(ReadOnlySpan<Cell> cells)
    {
        int size = 0;
        foreach (ref readonly Cell cell in cells)
        {
            size += cell.Kind switch
            {
                ColumnKind.Text => cell.Text.Length,
                ColumnKind.Blob => cell.Blob.Length,
                _ => 8,
            };
        }

        return size;
    }

    private string Sql(NpgsqlParameterCollection values)
    {
        var sql = new StringBuilder($"SELECT {TableSql.Of(_query.Table).Columns} FROM {TableSql.Quote(_query.Table.Name)}");
        string glue = " WHERE ";
        foreach (Where where in _query.Conditions)
        {
            sql.Append(glue).Append(ConditionSql(where, values));
            glue = " AND ";
        }

        if (_after is not null)
        {
            sql.Append(glue).Append(AfterSql(values));
        }

        if (_order.Count > 0)
        {
            sql.Append(" ORDER BY ").AppendJoin(", ", _order.Select(DirectionSql));
        }

        return sql.Append(CultureInfo.InvariantCulture, $" LIMIT ${values.Count + 1}").ToString();
    }

    /// <summary>NULL comes first going up. It is said only where it can be: an index knows nothing of it.</summary>
    private string DirectionSql(Column column) => TableSql.Quote(column.Name) + (_query.Descending, column.IsNullable) switch
    {
        (false, false) => "",
        (false, true) => " NULLS FIRST",
        (true, false) => " DESC",
        (true, true) => " DESC NULLS LAST",
    };

    private static string ConditionSql(Where where, NpgsqlParameterCollection values)
    {
        string name = TableSql.Quote(where.Column.Name);
        if (where.Comparison == Comparison.IsNotNull)
        {
            return name + " IS NOT NULL";
        }

        if (where.Comparison == Comparison.Equal && where.Value.IsNull)
        {
            return name + " IS NULL";
        }

        if (where.Comparison == Comparison.Equal && where.Value is { IsInteger: true, Integer: 0 or 1 })
        {
            // Flags stand in the text, or a partial index on them could not be used.
            return string.Create(CultureInfo.InvariantCulture, $"{name} = {where.Value.Integer}");
        }

        return $"{name} {Operator(where.Comparison)} {Parameter(where.Column, where.Value, values)}";
    }

    private static string Operator(Comparison comparison) => comparison switch
    {
        Comparison.Equal => "=",
        Comparison.Less => "<",
        Comparison.AtMost => "<=",
        Comparison.Greater => ">",
        Comparison.AtLeast => ">=",
        _ => throw new ArgumentOutOfRangeException(nameof(comparison)),
    };

    private static string Parameter(Column column, Cell value, NpgsqlParameterCollection values)
    {
        values.Add(Arrays.Of(column.Kind, value));
        return string.Create(CultureInfo.InvariantCulture, $"${values.Count}");
    }

    /// <summary>What stands after the last row. Row values where nothing can be NULL, or else column by column.</summary>
    private string AfterSql(NpgsqlParameterCollection values)
    {
        if (!_order.Any(column => column.IsNullable))
        {
            string names = string.Join(", ", _order.Select(column => TableSql.Quote(column.Name)));
            string parameters = string.Join(", ", _after!.Select((value, i) => Parameter(_order[i], value, values)));
            return $"({names}) {(_query.Descending ? "<" : ">")} ({parameters})";
        }

        return AfterColumnSql(0, values);
    }

    private string AfterColumnSql(int index, NpgsqlParameterCollection values)
    {
        string name = TableSql.Quote(_order[index].Name);
        Cell last = _after![index];
        string parameter = last.IsNull ? "NULL" : Parameter(_order[index], last, values);
        string beyond = (_query.Descending, last.IsNull) switch
        {
            (false, true) => $"{name} IS NOT NULL",
            (false, false) => $"{name} > {parameter}",
            (true, true) => "FALSE",
            (true, false) => _order[index].IsNullable ? $"({name} < {parameter} OR {name} IS NULL)" : $"{name} < {parameter}",
        };
        string equal = last.IsNull ? $"{name} IS NULL" : $"{name} = {parameter}";
        return index == _order.Count - 1 ? beyond : $"({beyond} OR ({equal} AND {AfterColumnSql(index + 1, values)}))";
    }
}
