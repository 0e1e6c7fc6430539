namespace Zeq.Storage.Postgres;

/// <summary>How a <see cref="PostgresHomeStore"/> runs. Immutable. Its text shows no password.</summary>
public sealed record PostgresOptions
{
    /// <summary>The node's connection string, as Npgsql reads it. What it says of pools and prepared statements is replaced by the settings here.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The connection string of the role that owns the tables; null, the default, where the node's own role does. Used for migrations alone.</summary>
    public string? OwnerConnectionString { get; init; }

    /// <summary>Whether the start makes the schema or brings it up to date; default true. False: a schema that is not the newest refuses the start.</summary>
    public bool MigrateAtStart { get; init; } = true;

    /// <summary>The most connections that load and commit batches; 2 to 64, default 8.</summary>
    public int MaxWriters { get; init; } = 8;

    /// <summary>The most connections for reads beside the writer; 1 to 256, default 8.</summary>
    public int MaxReaders { get; init; } = 8;

    /// <summary>The most snapshots at a time; 1 to 64, default 8. Each holds a connection until it is disposed.</summary>
    public int MaxSnapshots { get; init; } = 8;

    /// <summary>
    /// The most rows that a node keeps in memory between batches, about 1 KiB each; 0 to 10,000,000, default 32,768. 0 keeps none. What is
    /// decided on them is checked at the server before anybody is answered.
    /// </summary>
    public int CachedRows { get; init; } = 32_768;

    /// <summary>How long a connection may take to be made or to become free, in ms; 1,000 to 60,000, default 5,000; whole seconds count.</summary>
    public int ConnectTimeoutMs { get; init; } = 5_000;

    /// <summary>How long a batch of statements may take, in ms; 1,000 to 600,000, default 15,000. The server ends it then, and the client a second later.</summary>
    public int CommandTimeoutMs { get; init; } = 15_000;

    /// <summary>How long a batch waits for rows that another node holds, in ms; 10 to 60,000, default 5,000.</summary>
    public int LockTimeoutMs { get; init; } = 5_000;

    /// <summary>With several hosts: after how many seconds a host that was no primary is asked again; 1 to 60, default 1.</summary>
    public int HostRecheckSeconds { get; init; } = 1;

    /// <summary>Never shows a password.</summary>
    public override string ToString() => PostgresConnections.PlaceOf(ConnectionString);

    internal PostgresOptions Checked()
    {
        ArgumentException.ThrowIfNullOrEmpty(ConnectionString);
        Check(MaxWriters, 2, 64, nameof(MaxWriters));
        Check(MaxReaders, 1, 256, nameof(MaxReaders));
        Check(MaxSnapshots, 1, 64, nameof(MaxSnapshots));
        Check(CachedRows, 0, 10_000_000, nameof(CachedRows));
        Check(ConnectTimeoutMs, 1_000, 60_000, nameof(ConnectTimeoutMs));
        Check(CommandTimeoutMs, 1_000, 600_000, nameof(CommandTimeoutMs));
        Check(LockTimeoutMs, 10, 60_000, nameof(LockTimeoutMs));
        Check(HostRecheckSeconds, 1, 60, nameof(HostRecheckSeconds));
        return this;
    }

    private static void Check(int value, int least, int most, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
