namespace Zeq.Postgres.Cluster;

/// <summary>A database of one test, with a role that owns it and one that a node signs in as. Disposed, all three are gone.</summary>
public sealed class PostgresDatabase : IAsyncDisposable
{
    internal PostgresDatabase(PostgresCluster cluster, string name, string password) => (Cluster, Name, Password) = (cluster, name, password);

    /// <summary>Where it is.</summary>
    public PostgresCluster Cluster { get; }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The role that owns the database and may make tables in it; not a superuser.</summary>
    public string OwnerRole => Name + "_owner";

    /// <summary>The role that may only connect, until the owner grants it more.</summary>
    public string NodeRole => Name + "_node";

    /// <summary>The password of both roles.</summary>
    public string Password { get; }

    /// <summary>The owner's, over the Unix socket.</summary>
    public string OwnerConnectionString => Over(Cluster.SocketFolder, Cluster.Port, OwnerRole);

    /// <summary>The node's, over the Unix socket.</summary>
    public string NodeConnectionString => Over(Cluster.SocketFolder, Cluster.Port, NodeRole);

    /// <summary>The owner's, over loopback TCP.</summary>
    public string OwnerTcpConnectionString => Over("127.0.0.1", Cluster.Port, OwnerRole);

    /// <summary>The node's, over loopback TCP.</summary>
    public string NodeTcpConnectionString => Over("127.0.0.1", Cluster.Port, NodeRole);

    /// <summary>A connection string over another address, such as a proxy's port.</summary>
    public string Over(string host, int port, string role) => $"Host={host};Port={port};Username={role};Password={Password};Database={Name}";

    /// <summary>A connection string over several servers, tried in turn until one is the primary.</summary>
    public string OverAll(string role, params PostgresCluster[] servers) =>
        $"Host={string.Join(',', servers.Select(static server => "127.0.0.1:" + server.Port))};Username={role};Password={Password};Database={Name};Target Session Attributes=primary";

    /// <summary>Runs statements as the superuser in this database; what they answered, a line for each row, columns apart by <c>|</c>.</summary>
    public Task<string> ExecuteAsync(string sql) => Cluster.ExecuteAsync(sql, Name);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Cluster.IsRunning)
        {
            // Also where no standby is left to wait for.
            await Cluster.ExecuteAsync($"SET synchronous_commit = local;\nDROP DATABASE IF EXISTS {Name} WITH (FORCE);\nDROP ROLE IF EXISTS {OwnerRole};\nDROP ROLE IF EXISTS {NodeRole};").ConfigureAwait(false);
        }
    }
}
