namespace Zeq.Protocol;

/// <summary>One column of a <see cref="Table"/>.</summary>
/// <param name="Name">snake_case name in every SQL store.</param>
/// <param name="Kind">What it holds.</param>
/// <param name="Ordinal">Its place in the row, from 0.</param>
/// <param name="IsKey">Whether it is part of the primary key.</param>
/// <param name="IsNullable">Whether it may be NULL.</param>
/// <param name="IsChanging">Whether a command may change it after the insert. All others are immutable, and stores enforce that.</param>
public sealed record Column(string Name, ColumnKind Kind, int Ordinal, bool IsKey, bool IsNullable, bool IsChanging);

/// <summary>
/// The declaration of a table, made once beside the record that it holds. A SQL store turns it into its own statements; it holds no
/// rule of its own. The untyped half serves stores, <see cref="Table{TRow}"/> serves rules.
/// </summary>
public abstract class Table
{
    private protected Table(string name, IReadOnlyList<Column> columns, Column? version, bool isLog, bool isDisposable)
    {
        (Name, Columns, Version, IsLog, IsDisposable) = (name, columns, version, isLog, isDisposable);
        KeyColumns = [.. columns.Where(column => column.IsKey)];
        ChangingColumns = [.. columns.Where(column => column.IsChanging)];
    }

    /// <summary>snake_case name in every SQL store.</summary>
    public string Name { get; }

    /// <summary>The columns, in row order; key columns come first.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The primary key: text columns, and in a log an integer sequence last.</summary>
    public IReadOnlyList<Column> KeyColumns { get; }

    /// <summary>The columns that a command may change.</summary>
    public IReadOnlyList<Column> ChangingColumns { get; }

    /// <summary>A counter that every change raises; an update is refused where the stored value is not the loaded one.</summary>
    public Column? Version { get; }

    /// <summary>Whether rows are only ever appended, numbered in streams: the last key column is the number.</summary>
    public bool IsLog { get; }

    /// <summary>Whether rows may be deleted by a command.</summary>
    public bool IsDisposable { get; }

    /// <summary>The cells of a row, in column order.</summary>
    public abstract void Write(object row, Span<Cell> cells);

    /// <summary>The row of these cells, in column order.</summary>
    public abstract object Read(ReadOnlySpan<Cell> cells);

    /// <summary>
    /// The key of a row as text: its key columns (of a log: without the number) joined by <c>|</c>, which no identifier can hold.
    /// </summary>
    public abstract string KeyOf(object row);

    /// <summary>The number of a log's row in its stream.</summary>
    /// <exception cref="InvalidOperationException">The table is no log.</exception>
    public abstract long NumberOf(object row);

    /// <summary>The column of a name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Column Column(string name) => Columns.FirstOrDefault(column => column.Name == name)
        ?? throw new ArgumentException($"Table {Name} has no column {name}.", nameof(name));

    /// <summary>The table's name.</summary>
    public override string ToString() => Name;

    /// <summary>Begins the declaration of a table of rows that are found by key.</summary>
    public static TableBuilder<TRow> Of<TRow>(string name)
        where TRow : class => new(name, isLog: false);

    /// <summary>Begins the declaration of an append-only log: streams of numbered rows.</summary>
    public static TableBuilder<TRow> LogOf<TRow>(string name)
        where TRow : class => new(name, isLog: true);
}

/// <summary>The typed half of a <see cref="Table"/>.</summary>
/// <typeparam name="TRow">The immutable record that a row becomes.</typeparam>
public sealed class Table<TRow> : Table
    where TRow : class
{
    private readonly Func<TRow, Cell>[] _write;
    private readonly ReadRow<TRow> _read;

    internal Table(string name, List<Column> columns, List<Func<TRow, Cell>> write, Column? version, bool isLog, bool isDisposable, ReadRow<TRow> read)
        : base(name, columns, version, isLog, isDisposable) => (_write, _read) = ([.. write], read);

    /// <inheritdoc/>
    public override void Write(object row, Span<Cell> cells)
    {
        for (int i = 0; i < _write.Length; i++)
        {
            cells[i] = _write[i]((TRow)row);
        }
    }

    /// <inheritdoc/>
    public override object Read(ReadOnlySpan<Cell> cells) => _read(new CellReader(cells));

    /// <inheritdoc/>
    public override string KeyOf(object row)
    {
        int parts = KeyColumns.Count - (IsLog ? 1 : 0);
        string key = _write[0]((TRow)row).Text;
        for (int i = 1; i < parts; i++)
        {
            key += "|" + _write[i]((TRow)row).Text;
        }

        return key;
    }

    /// <inheritdoc/>
    public override long NumberOf(object row) => IsLog ? _write[KeyColumns.Count - 1]((TRow)row).Integer : throw new InvalidOperationException($"{Name} is no log.");
}

/// <summary>Makes a row of the cells that <see cref="CellReader"/> hands out in column order.</summary>
public delegate TRow ReadRow<out TRow>(CellReader cells);

/// <summary>Hands out the cells of a row in column order.</summary>
public ref struct CellReader
{
    private readonly ReadOnlySpan<Cell> _cells;
    private int _next;

    internal CellReader(ReadOnlySpan<Cell> cells) => _cells = cells;

    /// <summary>The next cell, an integer.</summary>
    public long Integer() => _cells[_next++].Integer;

    /// <summary>The next cell, text.</summary>
    public string Text() => _cells[_next++].Text;

    /// <summary>The next cell, bytes.</summary>
    public byte[] Blob() => _cells[_next++].Blob;

    /// <summary>The next cell, an integer of 0 or 1.</summary>
    public bool Flag() => Integer() != 0;

    /// <summary>The next cell, an integer or NULL.</summary>
    public long? OptionalInteger() => _cells[_next++] is { IsNull: false } cell ? cell.Integer : null;

    /// <summary>The next cell, text or NULL.</summary>
    public string? OptionalText() => _cells[_next++] is { IsNull: false } cell ? cell.Text : null;

    /// <summary>The next cell, bytes or NULL.</summary>
    public byte[]? OptionalBlob() => _cells[_next++] is { IsNull: false } cell ? cell.Blob : null;
}
