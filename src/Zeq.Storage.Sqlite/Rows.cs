using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>Makes rows of cells.</summary>
internal static class Rows
{
    /// <summary>The row of these cells.</summary>
    /// <exception cref="StoreException">They are of the right kind, but no such row exists: the file is damaged or was changed by hand.</exception>
    public static object Make(Table table, ReadOnlySpan<Cell> cells)
    {
        try
        {
            return table.Read(cells);
        }
        catch (Exception unreadable) when (unreadable is FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            throw new StoreException($"{table.Name}: a stored row cannot be read; the file is damaged or was changed by hand.", unreadable);
        }
    }
}
