namespace Zeq.Protocol;

/// <summary>Declares the columns of a table in row order: the key first, then what never changes, then what may.</summary>
/// <typeparam name="TRow">The immutable record that a row becomes.</typeparam>
public sealed class TableBuilder<TRow>
    where TRow : class
{
    private readonly string _name;
    private readonly bool _isLog;
    private readonly List<Column> _columns = [];
    private readonly List<Func<TRow, Cell>> _write = [];
    private Column? _version;
    private bool _isDisposable;

    internal TableBuilder(string name, bool isLog) => (_name, _isLog) = (name, isLog);

    /// <summary>A text column of the key.</summary>
    public TableBuilder<TRow> Key(string name, Func<TRow, string> get) => Add(name, ColumnKind.Text, row => Cell.Of(get(row)), isKey: true);

    /// <summary>The number of a log's row in its stream: the last column of the key.</summary>
    public TableBuilder<TRow> Number(string name, Func<TRow, long> get) => Add(name, ColumnKind.Integer, row => Cell.Of(get(row)), isKey: true);

    /// <summary>An immutable text column.</summary>
    public TableBuilder<TRow> Text(string name, Func<TRow, string> get) => Add(name, ColumnKind.Text, row => Cell.Of(get(row)));

    /// <summary>An immutable integer column.</summary>
    public TableBuilder<TRow> Integer(string name, Func<TRow, long> get) => Add(name, ColumnKind.Integer, row => Cell.Of(get(row)));

    /// <summary>An immutable column of 0 or 1.</summary>
    public TableBuilder<TRow> Flag(string name, Func<TRow, bool> get) => Add(name, ColumnKind.Integer, row => Cell.Of(get(row) ? 1 : 0));

    /// <summary>An immutable column of bytes or NULL.</summary>
    public TableBuilder<TRow> OptionalBlob(string name, Func<TRow, byte[]?> get) => Add(name, ColumnKind.Blob, row => Cell.Of(get(row)), isNullable: true);

    /// <summary>An immutable text column or NULL.</summary>
    public TableBuilder<TRow> OptionalText(string name, Func<TRow, string?> get) => Add(name, ColumnKind.Text, row => Cell.Of(get(row)), isNullable: true);

    /// <summary>An immutable integer column or NULL.</summary>
    public TableBuilder<TRow> OptionalInteger(string name, Func<TRow, long?> get) => Add(name, ColumnKind.Integer, row => Cell.Of(get(row)), isNullable: true);

    /// <summary>A text column that commands may change.</summary>
    public TableBuilder<TRow> ChangingText(string name, Func<TRow, string> get) => Add(name, ColumnKind.Text, row => Cell.Of(get(row)), isChanging: true);

    /// <summary>An integer column that commands may change.</summary>
    public TableBuilder<TRow> ChangingInteger(string name, Func<TRow, long> get) => Add(name, ColumnKind.Integer, row => Cell.Of(get(row)), isChanging: true);

    /// <summary>A column of 0 or 1 that commands may change.</summary>
    public TableBuilder<TRow> ChangingFlag(string name, Func<TRow, bool> get) => Add(name, ColumnKind.Integer, row => Cell.Of(get(row) ? 1 : 0), isChanging: true);

    /// <summary>A text column or NULL that commands may change.</summary>
    public TableBuilder<TRow> ChangingOptionalText(string name, Func<TRow, string?> get) => Add(name, ColumnKind.Text, row => Cell.Of(get(row)), isNullable: true, isChanging: true);

    /// <summary>An integer column or NULL that commands may change.</summary>
    public TableBuilder<TRow> ChangingOptionalInteger(string name, Func<TRow, long?> get) => Add(name, ColumnKind.Integer, row => Cell.Of(get(row)), isNullable: true, isChanging: true);

    /// <summary>A column of bytes or NULL that commands may change.</summary>
    public TableBuilder<TRow> ChangingOptionalBlob(string name, Func<TRow, byte[]?> get) => Add(name, ColumnKind.Blob, row => Cell.Of(get(row)), isNullable: true, isChanging: true);

    /// <summary>A counter that every change raises; an update whose loaded value is stale is refused by the store.</summary>
    public TableBuilder<TRow> Version(string name, Func<TRow, long> get)
    {
        Add(name, ColumnKind.Integer, row => Cell.Of(get(row)), isChanging: true);
        _version = _columns[^1];
        return this;
    }

    /// <summary>Rows of this table may be deleted by a command.</summary>
    public TableBuilder<TRow> Disposable()
    {
        _isDisposable = true;
        return this;
    }

    /// <summary>Ends the declaration.</summary>
    /// <param name="read">Makes a row of its cells, taken in the order of the declaration.</param>
    public Table<TRow> Build(ReadRow<TRow> read) => new(_name, _columns, _write, _version, _isLog, _isDisposable, read);

    private TableBuilder<TRow> Add(string name, ColumnKind kind, Func<TRow, Cell> write, bool isKey = false, bool isNullable = false, bool isChanging = false)
    {
        _columns.Add(new Column(name, kind, _columns.Count, isKey, isNullable, isChanging));
        _write.Add(write);
        return this;
    }
}
