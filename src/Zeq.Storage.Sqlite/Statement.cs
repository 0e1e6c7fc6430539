using System.Buffers;
using System.Text;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>A prepared statement. Whoever stepped it resets it: an unreset reader would hold the log.</summary>
internal sealed class Statement(Connection connection, sqlite3_stmt statement, string subject) : IDisposable
{
    private const int StackSizeBytes = 512;
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Binds a cell to a parameter, from 1.</summary>
    public void Bind(int parameter, in Cell cell)
    {
        switch (cell.Kind)
        {
            case null:
                Check(raw.sqlite3_bind_null(statement, parameter));
                break;
            case ColumnKind.Integer:
                Check(raw.sqlite3_bind_int64(statement, parameter, cell.Integer));
                break;
            case ColumnKind.Text:
                Bind(parameter, cell.Text);
                break;
            default:
                BindBlob(parameter, cell.Blob);
                break;
        }
    }

    /// <summary>Binds text to a parameter, from 1.</summary>
    /// <exception cref="StoreException">The text has NUL or a lone surrogate: no store holds it.</exception>
    public void Bind(int parameter, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            // A null pointer would bind NULL; the terminated form has an address.
            Check(raw.sqlite3_bind_text(statement, parameter, ""));
            return;
        }

        if (text.Contains('\0'))
        {
            throw new StoreException($"{subject}: text with NUL cannot be stored.");
        }

        int most = text.Length * 3;
        byte[]? rented = most > StackSizeBytes ? ArrayPool<byte>.Shared.Rent(most) : null;
        try
        {
            Span<byte> utf8 = rented ?? stackalloc byte[StackSizeBytes];
            Check(raw.sqlite3_bind_text(statement, parameter, utf8[..StrictUtf8.GetBytes(text, utf8)]));
        }
        catch (EncoderFallbackException)
        {
            throw new StoreException($"{subject}: text that is no Unicode cannot be stored.");
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Binds text that is UTF-8 already to a parameter, from 1.</summary>
    public void BindText(int parameter, ReadOnlySpan<byte> utf8) =>
        Check(utf8.IsEmpty ? raw.sqlite3_bind_text(statement, parameter, "") : raw.sqlite3_bind_text(statement, parameter, utf8));

    /// <summary>Binds bytes to a parameter, from 1.</summary>
    public void BindBlob(int parameter, ReadOnlySpan<byte> bytes) =>
        Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, parameter, 0) : raw.sqlite3_bind_blob(statement, parameter, bytes));

    /// <summary>Binds an integer to a parameter, from 1.</summary>
    public void Bind(int parameter, long value) => Check(raw.sqlite3_bind_int64(statement, parameter, value));

    /// <summary>Runs to the next row; false at the end. Resets itself where it fails.</summary>
    /// <exception cref="StoreException">It failed.</exception>
    public bool Step(bool isCommit = false)
    {
        int code = raw.sqlite3_step(statement);
        switch (code)
        {
            case raw.SQLITE_ROW:
                return true;
            case raw.SQLITE_DONE:
                return false;
            default:
                StoreException fault = connection.Fault(code, subject, isCommit);
                Reset();
                throw fault;
        }
    }

    /// <summary>Runs a statement that answers nothing, and resets it.</summary>
    public void Run(bool isCommit = false)
    {
        Step(isCommit);
        Reset();
    }

    /// <summary>A column of the current row, from 0, whatever it holds.</summary>
    public Cell Read(int column) => raw.sqlite3_column_type(statement, column) switch
    {
        raw.SQLITE_INTEGER => Cell.Of(raw.sqlite3_column_int64(statement, column)),
        raw.SQLITE_TEXT => Cell.Of(Encoding.UTF8.GetString(raw.sqlite3_column_blob(statement, column))),
        raw.SQLITE_BLOB => Cell.Of(raw.sqlite3_column_blob(statement, column).ToArray()),
        raw.SQLITE_NULL => Cell.Null,
        _ => throw new StoreException($"{subject}: a column holds what no table declares."),
    };

    /// <summary>The current row's cells in column order.</summary>
    /// <exception cref="StoreException">A cell is not of its column's kind: someone else wrote it.</exception>
    public void Read(Table table, Span<Cell> cells)
    {
        for (int i = 0; i < table.Columns.Count; i++)
        {
            Column column = table.Columns[i];
            cells[i] = Read(i);
            if (cells[i].Kind is { } kind ? kind != column.Kind : !column.IsNullable)
            {
                string reason = $"{subject}: column {column.Name} holds what the table does not declare; the file is damaged or was changed by hand.";
                throw new StoreException(reason, new FormatException(reason));
            }
        }
    }

    /// <summary>Ends the run and lets go of what it read.</summary>
    public void Reset() => _ = raw.sqlite3_reset(statement);

    /// <inheritdoc/>
    public void Dispose() => statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw connection.Fault(code, subject);
        }
    }
}
