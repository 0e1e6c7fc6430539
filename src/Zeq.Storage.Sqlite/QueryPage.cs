using System.Text;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// Reads a query in pages that each begin after the last row of the one before, so that no statement stays open between them and memory
/// stays constant. Ties of the order are broken by the key.
/// </summary>
internal sealed class QueryPage<TRow>
    where TRow : class
{
    /// <summary>The most rows of a page.</summary>
    private const int MaxRows = 256;

    /// <summary>A page ends early once it holds this much text and bytes.</summary>
    private const int MaxSizeBytes = 1_048_576;

    private readonly Query<TRow> _query;
    private readonly List<Column> _order = [];
    private readonly List<TRow> _rows = [];
    private Cell[]? _after;
    private int _left;

    /// <summary>A query before its first page.</summary>
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
    public IReadOnlyList<TRow> Read(Connection connection)
    {
        _rows.Clear();
        int take = Math.Min(MaxRows, _left);
        if (take <= 0)
        {
            HasMore = false;
            return _rows;
        }

        var values = new List<Cell>();
        Statement statement = connection.QueryStatement(Sql(values), _query.Table.Name);
        for (int i = 0; i < values.Count; i++)
        {
            statement.Bind(i + 1, values[i]);
        }

        statement.Bind(values.Count + 1, take);
        int size = 0;
        bool isCut = false;
        try
        {
            Span<Cell> cells = connection.CellsOf(_query.Table)[.._query.Table.Columns.Count];
            while (!isCut && statement.Step())
            {
                statement.Read(_query.Table, cells);
                _rows.Add((TRow)Rows.Make(_query.Table, cells));
                size += SizeOf(cells);
                isCut = size > MaxSizeBytes;
                if (isCut || _rows.Count == take)
                {
                    _after = [.. _order.Select(column => connection.CellsOf(_query.Table)[column.Ordinal])];
                }
            }
        }
        finally
        {
            statement.Reset();
        }

        _left -= _rows.Count;
        HasMore = _left > 0 && (isCut || _rows.Count == take) && _order.Count > 0;
        return _rows;
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
                _ => 0,
            };
        }

        return size;
    }

    private string Sql(List<Cell> values)
    {
        var sql = new StringBuilder($"SELECT {TableStatements.ColumnList(_query.Table)} FROM \"{_query.Table.Name}\"");
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

        string direction = _query.Descending ? " DESC" : "";
        if (_order.Count > 0)
        {
            sql.Append(" ORDER BY ").AppendJoin(", ", _order.Select(column => $"\"{column.Name}\"{direction}"));
        }

        return sql.Append(" LIMIT ?").Append(values.Count + 1).ToString();
    }

    private static string ConditionSql(Where where, List<Cell> values)
    {
        string name = $"\"{where.Column.Name}\"";
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
            return $"{name} = {where.Value.Integer}";
        }

        return $"{name} {Operator(where.Comparison)} {Parameter(where.Value, values)}";
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

    private static string Parameter(Cell value, List<Cell> values)
    {
        values.Add(value);
        return $"?{values.Count}";
    }

    /// <summary>What stands after the last row. Row values where nothing can be NULL, or else column by column; NULL comes first.</summary>
    private string AfterSql(List<Cell> values)
    {
        if (!_order.Any(column => column.IsNullable))
        {
            string names = string.Join(", ", _order.Select(column => $"\"{column.Name}\""));
            string parameters = string.Join(", ", _after!.Select(value => Parameter(value, values)));
            return $"({names}) {(_query.Descending ? "<" : ">")} ({parameters})";
        }

        return AfterColumnSql(0, values);
    }

    private string AfterColumnSql(int index, List<Cell> values)
    {
        string name = $"\"{_order[index].Name}\"";
        Cell last = _after![index];
        string parameter = Parameter(last, values);
        string beyond = (_query.Descending, last.IsNull) switch
        {
            (false, true) => $"{name} IS NOT NULL",
            (false, false) => $"{name} > {parameter}",
            (true, true) => "FALSE",
            (true, false) => $"({name} < {parameter} OR {name} IS NULL)",
        };
        return index == _order.Count - 1 ? beyond : $"({beyond} OR ({name} IS {parameter} AND {AfterColumnSql(index + 1, values)}))";
    }
}
