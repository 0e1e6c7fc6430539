namespace Zeq.Protocol;

/// <summary>How a query compares a column.</summary>
public enum Comparison
{
    /// <summary>Equal; with NULL: is NULL. No other comparison holds of NULL.</summary>
    Equal,

    /// <summary>Less.</summary>
    Less,

    /// <summary>Less or equal.</summary>
    AtMost,

    /// <summary>Greater.</summary>
    Greater,

    /// <summary>Greater or equal.</summary>
    AtLeast,

    /// <summary>Not NULL; the value is ignored.</summary>
    IsNotNull,
}

/// <summary>One condition of a query.</summary>
/// <param name="Column">The column.</param>
/// <param name="Comparison">How it is compared.</param>
/// <param name="Value">With what.</param>
public readonly record struct Where(Column Column, Comparison Comparison, Cell Value);

/// <summary>
/// A read: rows of one table that meet all conditions, in the order of a few columns and then of the key, at most so many; NULL comes
/// first, text goes by its UTF-8 bytes. Immutable; built by its methods.
/// There are no joins: a rule that needs two tables asks twice.
/// </summary>
/// <typeparam name="TRow">The row.</typeparam>
public sealed class Query<TRow>
    where TRow : class
{
    private Query(Table<TRow> table, IReadOnlyList<Where> conditions, IReadOnlyList<Column> order, bool descending, int limit) =>
        (Table, Conditions, Order, Descending, Limit) = (table, conditions, order, descending, limit);

    /// <summary>All rows of a table in key order.</summary>
    public Query(Table<TRow> table)
        : this(table, [], table.KeyColumns, descending: false, int.MaxValue)
    {
    }

    /// <summary>The table.</summary>
    public Table<TRow> Table { get; }

    /// <summary>The conditions, all of which hold.</summary>
    public IReadOnlyList<Where> Conditions { get; }

    /// <summary>The columns that order the answer.</summary>
    public IReadOnlyList<Column> Order { get; }

    /// <summary>Whether the order runs down.</summary>
    public bool Descending { get; }

    /// <summary>The most rows that come back.</summary>
    public int Limit { get; }

    /// <summary>The same query with one more condition.</summary>
    public Query<TRow> Where(string column, Comparison comparison, Cell value) =>
        new(Table, [.. Conditions, new Where(Table.Column(column), comparison, value)], Order, Descending, Limit);

    /// <summary>The same query with one more condition: a text column equals this.</summary>
    public Query<TRow> Where(string column, string value) => Where(column, Comparison.Equal, Cell.Of(value));

    /// <summary>The same query in another order.</summary>
    public Query<TRow> OrderBy(bool descending, params ReadOnlySpan<string> columns)
    {
        var order = new Column[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            order[i] = Table.Column(columns[i]);
        }

        return new(Table, Conditions, order, descending, Limit);
    }

    /// <summary>The same query with at most so many rows.</summary>
    public Query<TRow> Take(int limit) => new(Table, Conditions, Order, Descending, limit);
}
