namespace Zeq.Postgres.Cluster;

/// <summary>How a private cluster is started.</summary>
public sealed record PostgresClusterOptions
{
    /// <summary>
    /// Whether a commit is on disk when it is acknowledged, as in a server's default. False is for tests in which no server dies: <c>fsync</c>
    /// and <c>full_page_writes</c> are off then, <c>synchronous_commit</c> stays on.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>Connections that the server takes.</summary>
    public int MaxConnections { get; init; } = 200;

    /// <summary>Further settings of the server, given on its command line.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <summary>How a server is asked to stop.</summary>
public enum StopMode
{
    /// <summary>Open transactions are rolled back, everything is written out (SIGINT).</summary>
    Fast,

    /// <summary>Everything is dropped at once; the next start recovers from the log (SIGQUIT).</summary>
    Immediate,
}
