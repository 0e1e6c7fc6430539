using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>Turns SQLite's result codes into the one exception that a store throws.</summary>
internal static class SqliteFault
{
    /// <summary>The exception of a failed call.</summary>
    /// <param name="code">The extended result code.</param>
    /// <param name="detail">SQLite's own words; they name tables and columns, never values.</param>
    /// <param name="subject">The table, or what was being done.</param>
    /// <param name="isCommit">Whether a COMMIT failed: where the disk then refused, nobody knows what a later recovery will find.</param>
    public static StoreException Of(int code, string detail, string subject, bool isCommit = false) => (code & 0xFF) switch
    {
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => new StoreException($"{subject}: the store is held by another writer ({detail}).") { IsTransient = true },
        raw.SQLITE_FULL => new StoreException($"{subject}: the store's disk or its size limit is full; nothing was changed.") { IsTransient = true },
        raw.SQLITE_NOMEM => new StoreException($"{subject}: out of memory; nothing was changed.") { IsTransient = true },
        raw.SQLITE_INTERRUPT => new StoreException($"{subject}: interrupted.") { IsTransient = true },
        raw.SQLITE_IOERR => new StoreException($"{subject}: the disk failed ({detail}, code {code}).") { IsTransient = !isCommit, OutcomeUnknown = isCommit },
        raw.SQLITE_CORRUPT => new StoreException($"{subject}: the store's file is damaged ({detail}); restore a backup."),
        raw.SQLITE_NOTADB => new StoreException($"{subject}: the file is no SQLite database."),
        raw.SQLITE_CONSTRAINT => new StoreException($"{subject}: the row was refused ({detail})."),
        raw.SQLITE_READONLY => new StoreException($"{subject}: the store's file or folder can only be read ({detail})."),
        raw.SQLITE_CANTOPEN => new StoreException($"{subject}: the store's file cannot be opened ({detail}); check its folder and rights."),
        raw.SQLITE_TOOBIG => new StoreException($"{subject}: the row is too big."),
        _ => new StoreException($"{subject}: {detail} (code {code})."),
    };
}
