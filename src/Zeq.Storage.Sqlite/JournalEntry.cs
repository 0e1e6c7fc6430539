using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// A batch's changes as bytes: what is run on the file, and what lies in the journal until the file has it. Each change names the shape of
/// its statement, as text where the entry has it for the first time and else by number, and gives the cells of its parameters: of an
/// insert all columns, of an update those that change, then the key and the version that was loaded. Not thread-safe.
/// </summary>
internal sealed class JournalEntry
{
    private readonly Dictionary<(Table, ChangeKind), string> _shapes = [];
    private readonly Dictionary<string, int> _numbers = [];
    private byte[] _bytes = new byte[65_536];
    private Cell[] _cells = new Cell[64];
    private int _length;

    /// <summary>The entry of these changes, behind room for the journal's header; valid until the next one is written.</summary>
    /// <exception cref="StoreException">A row holds what no store does, or a column that never changes would: nothing happened.</exception>
    public Memory<byte> Write(IReadOnlyList<Change> changes)
    {
        _numbers.Clear();
        _length = Journal.HeaderSizeBytes;
        foreach (Change change in changes)
        {
            try
            {
                Write(change);
            }
            catch (Exception unwritable) when (unwritable is not StoreException)
            {
                throw new StoreException($"{change.Table.Name}: a row cannot be written.", unwritable);
            }
        }

        return _bytes.AsMemory(0, _length);
    }

    private void Write(in Change change)
    {
        Table table = change.Table;
        WriteShape(table, change.Kind);
        int count = table.Columns.Count;
        if (_cells.Length < count * 2)
        {
            _cells = new Cell[count * 2];
        }

        Span<Cell> old = _cells.AsSpan(0, count);
        Span<Cell> now = _cells.AsSpan(count, count);
        if (change.After is { } after)
        {
            table.Write(after, now);
        }

        if (change.Kind == ChangeKind.Insert)
        {
            Write(table, now);
            return;
        }

        table.Write(change.Before!, old);
        if (change.Kind == ChangeKind.Update)
        {
            foreach (Column column in table.Columns)
            {
                if (column.IsChanging)
                {
                    Write(table, now.Slice(column.Ordinal, 1));
                }
                else if (old[column.Ordinal] != now[column.Ordinal])
                {
                    throw new StoreException($"{table.Name}: column {column.Name} never changes.");
                }
            }
        }

        Write(table, old[..table.KeyColumns.Count]);
        if (table.Version is { } version)
        {
            Write(table, old.Slice(version.Ordinal, 1));
        }
    }

    private void WriteShape(Table table, ChangeKind kind)
    {
        if (!_shapes.TryGetValue((table, kind), out string? shape))
        {
            _shapes.Add((table, kind), shape = RowShape.Of(table, kind));
        }

        if (_numbers.TryGetValue(shape, out int number))
        {
            WriteNumber(number);
            return;
        }

        WriteNumber(_numbers.Count);
        _numbers.Add(shape, _numbers.Count);
        WriteText("shape", shape);
    }

    private void Write(Table table, ReadOnlySpan<Cell> cells)
    {
        foreach (ref readonly Cell cell in cells)
        {
            WriteByte((byte)(cell.Kind is { } kind ? 1 + (int)kind : 0));
            switch (cell.Kind)
            {
                case null:
                    break;
                case ColumnKind.Integer:
                    BinaryPrimitives.WriteInt64LittleEndian(Room(8), cell.Integer);
                    _length += 8;
                    break;
                case ColumnKind.Text:
                    WriteText(table.Name, cell.Text);
                    break;
                default:
                    WriteNumber(cell.Blob.Length);
                    cell.Blob.CopyTo(Room(cell.Blob.Length));
                    _length += cell.Blob.Length;
                    break;
            }
        }
    }

    private void WriteText(string subject, string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new StoreException($"{subject}: text with NUL cannot be stored.");
        }

        Span<byte> utf8 = Room(4 + (text.Length * 3))[4..];
        if (Utf8.FromUtf16(text, utf8, out _, out int written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            throw new StoreException($"{subject}: text that is no Unicode cannot be stored.");
        }

        BinaryPrimitives.WriteInt32LittleEndian(Room(4), written);
        _length += 4 + written;
    }

    private void WriteNumber(int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Room(4), number);
        _length += 4;
    }

    private void WriteByte(byte value) => (Room(1)[0], _length) = (value, _length + 1);

    private Span<byte> Room(int count)
    {
        if (_bytes.Length - _length < count)
        {
            Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, _length + count)));
        }

        return _bytes.AsSpan(_length);
    }
}
