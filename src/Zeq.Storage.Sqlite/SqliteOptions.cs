namespace Zeq.Storage.Sqlite;

/// <summary>How a <see cref="SqliteHomeStore"/> runs. Immutable.</summary>
public sealed record SqliteOptions
{
    /// <summary>How long a writer waits for another one, and a reader for a free connection, in ms; 0 to 60,000, default 5,000.</summary>
    public int BusyTimeoutMs { get; init; } = 5_000;

    /// <summary>The most connections for reads beside the writer; 1 to 64, default 4. They are opened when first needed.</summary>
    public int MaxReaders { get; init; } = 4;

    /// <summary>The most snapshots at a time; 1 to 64, default 8. Each holds a connection until it is disposed.</summary>
    public int MaxSnapshots { get; init; } = 8;

    /// <summary>The page cache of the writer, in KiB; 256 to 4,194,304, default 65,536. A reader has an eighth of it.</summary>
    public int CacheSizeKib { get; init; } = 65_536;

    /// <summary>
    /// The most rows that the writer keeps in memory between batches, about 1 KiB each; 0 to 10,000,000, default 32,768. 0 keeps none.
    /// They are forgotten as soon as another connection has written to the file.
    /// </summary>
    public int CachedRows { get; init; } = 32_768;

    /// <summary>
    /// How many pages of 4 KiB the log grows by before they are copied into the file; 100 to 1,000,000, default 65,536 (256 MiB). The log
    /// starts again from its beginning once all of it was copied and no snapshot reads from it; it never grows beyond that otherwise.
    /// </summary>
    public int CheckpointPages { get; init; } = 65_536;

    /// <summary>The most pages of 4 KiB that the file may have; 0, the default, for SQLite's own bound.</summary>
    public long MaxPages { get; init; }

    internal SqliteOptions Checked()
    {
        Check(BusyTimeoutMs, 0, 60_000, nameof(BusyTimeoutMs));
        Check(MaxReaders, 1, 64, nameof(MaxReaders));
        Check(MaxSnapshots, 1, 64, nameof(MaxSnapshots));
        Check(CacheSizeKib, 256, 4_194_304, nameof(CacheSizeKib));
        Check(CachedRows, 0, 10_000_000, nameof(CachedRows));
        Check(CheckpointPages, 100, 1_000_000, nameof(CheckpointPages));
        Check(MaxPages, 0, 4_294_967_294, nameof(MaxPages));
        return this;
    }

    private static void Check(long value, long least, long most, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
