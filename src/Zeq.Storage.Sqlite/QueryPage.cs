using System.Text;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// Reads a query in pages, so that memory stays constant; ties of the order are broken by the key. Where the reader has one instant, one
/// statement runs through all pages, and what no index orders is sorted once. Elsewhere each page begins after the last row of the one
/// before, and no statement stays open between them. Not thread-safe.
/// </summary>
internal sealed class QueryPage<TRow> : IDisposable
    where TRow : class
{
    /// <summary>The most rows of a page.</summary>
    private const int MaxRows = 256;

    /// <summary>A page ends early once it holds this much text and bytes.</summary>
    private const int MaxSizeBytes = 1_048_576;

    private readonly Query<TRow> _query;
    private readonly List<Column> _order = [];
    private readonly List<TRow> _rows = [];
    private readonly bool _isHeld;
    private Statement? _held;
    private StoreException? _fault;
    private Cell[]? _after;
    private int _left;

    /// <summary>A query before its first page.</summary>
    /// <param name="query">The query.</param>
    /// <param name="isHeld">Whether one statement runs through all pages.</param>
    public QueryPage(Query<TRow> query, bool isHeld)
    {
        (_query, _isHeld) = (query, isHeld);
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
    public IReadOnlyList<TRow> Read(Connection connection)
    {
        _rows.Clear();
        int take = Math.Min(MaxRows, _left);
        if (_fault is not null || take <= 0)
        {
            HasMore = false;
            return _fault is null ? _rows : throw _fault;
        }

        bool isEnd = false;
        Statement statement = _held ?? Begin(connection, _isHeld ? _left : take);
        try
        {
            isEnd = ReadRows(connection, statement, take);
        }
        catch (StoreException fault) when (_rows.Count > 0)
        {
            // Whoever reads row by row shall get all that stand before the bad one.
            _fault = fault;
        }
        finally
        {
            if (!_isHeld)
            {
                statement.Reset();
            }
        }

        _left -= _rows.Count;
        HasMore = _fault is not null || (!isEnd && _left > 0);
        return _rows;
    }

    /// <summary>Ends a statement that ran through the pages.</summary>
    public void Dispose()
    {
        _held?.Dispose();
        _held = null;
    }

    private Statement Begin(Connection connection, int limit)
    {
        var values = new List<Cell>();
        string sql = Sql(values);
        Statement statement = _isHeld ? _held = connection.Prepare(sql, _query.Table.Name) : connection.QueryStatement(sql, _query.Table.Name);
        for (int i = 0; i < values.Count; i++)
        {
            statement.Bind(i + 1, values[i]);
        }

        statement.Bind(values.Count + 1, limit);
        return statement;
    }

    /// <summary>Reads until the page is full; whether the query has ended instead.</summary>
    private bool ReadRows(Connection connection, Statement statement, int take)
    {
        Span<Cell> cells = connection.CellsOf(_query.Table)[.._query.Table.Columns.Count];
        int size = 0;
        while (_rows.Count < take && size <= MaxSizeBytes)
        {
            if (!statement.Step())
            {
                return true;
            }

            statement.Read(_query.Table, cells);
            _rows.Add((TRow)Rows.Make(_query.Table, cells));
            size += SizeOf(cells);
            if (!_isHeld && (_rows.Count == take || size > MaxSizeBytes))
            {
                _after = new Cell[_order.Count];
                for (int i = 0; i < _after.Length; i++)
                {
                    _after[i] = cells[_order[i].Ordinal];
                }
            }
        }

        // Where the key is given whole, there is no order and no second row.
        return _order.Count == 0;
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
