namespace Zeq.Protocol;

/// <summary>What a column holds.</summary>
public enum ColumnKind
{
    /// <summary>A signed 64-bit integer.</summary>
    Integer,

    /// <summary>UTF-8 text without NUL.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Blob,
}

/// <summary>One value of one column, as stores exchange it with rows. <c>default</c> is NULL.</summary>
public readonly struct Cell : IEquatable<Cell>
{
    private readonly object? _reference;
    private readonly long _integer;
    private static readonly object IntegerTag = new();

    private Cell(object? reference, long integer) => (_reference, _integer) = (reference, integer);

    /// <summary>NULL.</summary>
    public static Cell Null => default;

    /// <summary>Whether this is NULL.</summary>
    public bool IsNull => _reference is null;

    /// <summary>Whether this is an integer.</summary>
    public bool IsInteger => ReferenceEquals(_reference, IntegerTag);

    /// <summary>The integer.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public long Integer => IsInteger ? _integer : throw new InvalidOperationException("The cell holds no integer.");

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public string Text => _reference as string ?? throw new InvalidOperationException("The cell holds no text.");

    /// <summary>The bytes.</summary>
    /// <exception cref="InvalidOperationException">The cell holds something else.</exception>
    public byte[] Blob => _reference as byte[] ?? throw new InvalidOperationException("The cell holds no bytes.");

    /// <summary>What the cell holds, or null where it is NULL.</summary>
    public ColumnKind? Kind => _reference switch
    {
        null => null,
        string => ColumnKind.Text,
        byte[] => ColumnKind.Blob,
        _ => ColumnKind.Integer,
    };

    /// <summary>A cell of an integer.</summary>
    public static Cell Of(long value) => new(IntegerTag, value);

    /// <summary>A cell of an integer, or NULL.</summary>
    public static Cell Of(long? value) => value is { } number ? Of(number) : default;

    /// <summary>A cell of text, or NULL.</summary>
    public static Cell Of(string? value) => new(value, 0);

    /// <summary>A cell of bytes, or NULL.</summary>
    public static Cell Of(byte[]? value) => new(value, 0);

    /// <inheritdoc/>
    public bool Equals(Cell other) => (_reference, other._reference) switch
    {
        (null, null) => true,
        (string a, string b) => string.Equals(a, b, StringComparison.Ordinal),
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        _ => IsInteger && other.IsInteger && _integer == other._integer,
    };

    /// <summary>Orders two cells of the same kind; NULL comes first; text in ordinal (UTF-8 byte) order.</summary>
    public static int Compare(Cell a, Cell b) => (a._reference, b._reference) switch
    {
        (null, null) => 0,
        (null, _) => -1,
        (_, null) => 1,
        (string x, string y) => CompareText(x, y),
        (byte[] x, byte[] y) => x.AsSpan().SequenceCompareTo(y),
        _ => a.Integer.CompareTo(b.Integer),
    };

    /// <summary>
    /// The order of UTF-8 bytes, which is that of code points. UTF-16 differs in one place: its surrogates, which stand for the highest
    /// code points, come before U+E000.
    /// </summary>
    private static int CompareText(string x, string y)
    {
        int same = x.AsSpan().CommonPrefixLength(y);
        if (same == x.Length || same == y.Length)
        {
            return x.Length.CompareTo(y.Length);
        }

        bool isHighX = char.IsSurrogate(x[same]);
        bool isHighY = char.IsSurrogate(y[same]);
        return isHighX == isHighY ? x[same].CompareTo(y[same]) : isHighX ? 1 : -1;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Cell cell && Equals(cell);

    /// <inheritdoc/>
    public override int GetHashCode() => _reference switch
    {
        null => 0,
        string text => string.GetHashCode(text, StringComparison.Ordinal),
        byte[] bytes => bytes.Length,
        _ => _integer.GetHashCode(),
    };

    /// <summary>Equality by value.</summary>
    public static bool operator ==(Cell left, Cell right) => left.Equals(right);

    /// <summary>Inequality by value.</summary>
    public static bool operator !=(Cell left, Cell right) => !left.Equals(right);
}
