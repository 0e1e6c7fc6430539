using System.Security.Cryptography;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// A home in a PostgreSQL database. A batch takes two round trips: one loads its rows, one checks that they are as they were loaded and
/// writes. While a commit is under way, the next batch stands on what it writes. Several nodes may serve one home: whoever comes too late
/// is told so and decides again (<see cref="StoreException.IsStale"/>). Thread-safe.
/// </summary>
public sealed class PostgresHomeStore : ISharedHomeStore
{
    private readonly PostgresConnections _connections;
    private readonly PostgresWriter? _writer;
    private readonly Reader _reader;
    private readonly string _version;
    private readonly string _node = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
    private readonly PostgresLeads _leads;
    private readonly Lazy<PostgresAnnouncer> _announcer;

    private PostgresHomeStore(PostgresConnections connections, PostgresOptions? writing, string version)
    {
        (_connections, _version) = (connections, version);
        _writer = writing is null ? null : new PostgresWriter(connections, new CommitWait(connections, writing.CommandTimeoutMs), writing.CachedRows);
        _reader = new Reader(connections);
        _leads = new PostgresLeads(connections);
        _announcer = new Lazy<PostgresAnnouncer>(() => new PostgresAnnouncer(_connections, _node));
    }

    /// <inheritdoc/>
    public string Description => $"PostgreSQL {_version}, {_connections.Place}{(_writer is null ? " (read-only)" : "")}";

    /// <summary>Opens a store, and makes it or brings its schema up to date where the options say so.</summary>
    /// <exception cref="StoreException">
    /// One sentence says why: no such server or role, a newer version's schema, another program's database, a role that may not do what it
    /// must, commits that are not durable. It shows no password.
    /// </exception>
    public static Task<PostgresHomeStore> OpenAsync(PostgresOptions options, CancellationToken cancellationToken = default) => OpenAsync(options, Migration.All, cancellationToken);

    /// <summary>Opens a store for reading only, for an audit: nothing is ever written.</summary>
    /// <exception cref="StoreException">One sentence says why.</exception>
    public static async Task<PostgresHomeStore> OpenReadOnlyAsync(PostgresOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var connections = new PostgresConnections(options.Checked());
        try
        {
            NpgsqlConnection connection = await connections.OpenReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await MigrationRunner.RequireNewestAsync(connection, connections.Place, Migration.All, cancellationToken).ConfigureAwait(false);
                return new PostgresHomeStore(connections, writing: null, connection.PostgreSqlVersion.ToString());
            }
        }
        catch
        {
            await connections.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the schema or brings it up to date, and grants the node's role what it needs; needs no running node.</summary>
    /// <returns>How many steps were run.</returns>
    /// <exception cref="StoreException">One sentence says why; the steps before the one that failed stay.</exception>
    public static Task<int> MigrateAsync(PostgresOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return MigrationRunner.RunAsync(options.Checked(), Migration.All, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return (_writer ?? throw new InvalidOperationException("The store was opened for reading only.")).BeginAsync(keys, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class => _reader.FindAsync(table, key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
        where TRow : class => _reader.QueryAsync(query, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default) =>
        await PostgresSnapshot.OpenAsync(await _connections.OpenSnapshotAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<long?> UnixMsAsync(CancellationToken cancellationToken = default)
    {
        NpgsqlConnection connection = await _connections.OpenReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                var command = new NpgsqlCommand("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint", connection);
                await using (command.ConfigureAwait(false))
                {
                    return (long?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception failed) when (PostgresFault.IsOurs(failed))
            {
                throw PostgresFault.Of(failed, "time");
            }
        }
    }

    /// <inheritdoc/>
    public SharedWatch Watch(Action<SharedChange> onChange)
    {
        ArgumentNullException.ThrowIfNull(onChange);
        return new PostgresWatch(_connections, _node, onChange);
    }

    /// <inheritdoc/>
    public void Announce(IReadOnlyList<Change> changes)
    {
        ArgumentNullException.ThrowIfNull(changes);
        _announcer.Value.Add(changes);
    }

    /// <inheritdoc/>
    public ValueTask<HomeLease?> TryLeadAsync(string work, CancellationToken cancellationToken = default) => _leads.TryAsync(work, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_announcer.IsValueCreated)
        {
            await _announcer.Value.DisposeAsync().ConfigureAwait(false);
        }

        await _leads.DisposeAsync().ConfigureAwait(false);
        await _connections.DisposeAsync().ConfigureAwait(false);
    }

    internal static async Task<PostgresHomeStore> OpenAsync(PostgresOptions options, IReadOnlyList<Migration> migrations, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var connections = new PostgresConnections(options.Checked());
        try
        {
            if (options.MigrateAtStart)
            {
                await MigrationRunner.RunAsync(options, migrations, cancellationToken).ConfigureAwait(false);
            }

            NpgsqlConnection connection = await connections.OpenWriterAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await MigrationRunner.RequireNewestAsync(connection, connections.Place, migrations, cancellationToken).ConfigureAwait(false);
                await StartChecks.RunAsync(connection, connections.Place, cancellationToken).ConfigureAwait(false);
                return new PostgresHomeStore(connections, options, connection.PostgreSqlVersion.ToString());
            }
        }
        catch
        {
            await connections.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private sealed class Reader(PostgresConnections connections) : PostgresReader
    {
        protected override ValueTask<NpgsqlConnection> TakeAsync(CancellationToken cancellationToken) => connections.OpenReaderAsync(cancellationToken);

        protected override ValueTask ReturnAsync(NpgsqlConnection connection) => connection.DisposeAsync();
    }
}
