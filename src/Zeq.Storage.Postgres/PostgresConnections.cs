using System.Globalization;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>The one place that opens connections: those of the writer, of readers, of snapshots, each a pool of its own. Thread-safe.</summary>
internal sealed class PostgresConnections : IAsyncDisposable
{
    private const int PreparedStatements = 256;

    private readonly PostgresOptions _options;
    private readonly NpgsqlDataSource _writers;
    private readonly NpgsqlDataSource _readers;
    private readonly NpgsqlDataSource _snapshots;

    public PostgresConnections(PostgresOptions options)
    {
        // A batch looks rows up by key, however small a table is now: a plan made on an empty one must serve when it has grown. It is made
        // once per connection, and rows are then locked in the order in which they are named.
        string writing = "-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off"
            + string.Create(CultureInfo.InvariantCulture, $" -c lock_timeout={options.LockTimeoutMs} -c idle_in_transaction_session_timeout={options.CommandTimeoutMs}");
        _options = options;
        Place = PlaceOf(options.ConnectionString);
        _writers = Make(options, options.MaxWriters, writing);
        _readers = Make(options, options.MaxReaders, "-c default_transaction_read_only=on -c jit=off");
        _snapshots = Make(options, options.MaxSnapshots, "-c default_transaction_read_only=on -c jit=off");
    }

    /// <summary>Server and database, for people.</summary>
    public string Place { get; }

    /// <summary>A connection that loads or commits a batch.</summary>
    public ValueTask<NpgsqlConnection> OpenWriterAsync(CancellationToken cancellationToken) => OpenAsync(_writers, cancellationToken);

    /// <summary>A connection for one read.</summary>
    public ValueTask<NpgsqlConnection> OpenReaderAsync(CancellationToken cancellationToken) => OpenAsync(_readers, cancellationToken);

    /// <summary>A connection that a snapshot holds.</summary>
    public ValueTask<NpgsqlConnection> OpenSnapshotAsync(CancellationToken cancellationToken) => OpenAsync(_snapshots, cancellationToken);

    /// <summary>A connection outside of every pool, whose session is the caller's until it is closed.</summary>
    /// <exception cref="StoreException">The server cannot be reached.</exception>
    public async ValueTask<NpgsqlConnection> OpenAloneAsync(string serverOptions, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder settings = Parse(_options.ConnectionString);
        settings.Pooling = false;
        settings.Enlist = false;
        settings.Timeout = Seconds(_options.ConnectTimeoutMs);
        settings.CommandTimeout = Seconds(_options.CommandTimeoutMs) + 1;
        settings.Options = string.Create(CultureInfo.InvariantCulture, $"{settings.Options} {serverOptions} -c lock_timeout={_options.LockTimeoutMs} -c statement_timeout={_options.CommandTimeoutMs}").TrimStart();
        Follow(settings, _options);
        NpgsqlDataSource source = Build(settings);
        await using (source.ConfigureAwait(false))
        {
            return await OpenAsync(source, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A connection of the owner's, outside of every pool.</summary>
    /// <exception cref="StoreException">The server cannot be reached, or does not let the owner in.</exception>
    public static async ValueTask<NpgsqlConnection> OpenOwnerAsync(PostgresOptions options, CancellationToken cancellationToken)
    {
        NpgsqlConnectionStringBuilder settings = Parse(options.OwnerConnectionString ?? options.ConnectionString);
        settings.Pooling = false;
        settings.Enlist = false;
        settings.Timeout = Seconds(options.ConnectTimeoutMs);
        settings.CommandTimeout = 0;
        Follow(settings, options);
        var source = Build(settings);
        await using (source.ConfigureAwait(false))
        {
            return await OpenAsync(source, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The name with which a connection string comes in.</summary>
    public static string RoleOf(string connectionString) => Parse(connectionString).Username is { Length: > 0 } name ? name : Environment.UserName;

    /// <summary>Server and database of a connection string, for people.</summary>
    public static string PlaceOf(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings = Parse(connectionString);
        return string.Create(CultureInfo.InvariantCulture, $"{settings.Host}:{settings.Port}/{settings.Database ?? settings.Username}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _readers.DisposeAsync().ConfigureAwait(false);
        await _snapshots.DisposeAsync().ConfigureAwait(false);
        await _writers.DisposeAsync().ConfigureAwait(false);
    }

    private static async ValueTask<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (PostgresFault.IsOurs(failed))
        {
            throw PostgresFault.OfOpening(failed, PlaceOf(source.ConnectionString));
        }
        catch (ObjectDisposedException)
        {
            throw new ObjectDisposedException(nameof(PostgresHomeStore));
        }
    }

    private static NpgsqlDataSource Make(PostgresOptions options, int size, string serverOptions)
    {
        NpgsqlConnectionStringBuilder settings = Parse(options.ConnectionString);
        settings.Pooling = true;
        settings.MinPoolSize = 0;
        settings.MaxPoolSize = size;
        settings.Enlist = false;
        settings.NoResetOnClose = true;
        settings.MaxAutoPrepare = PreparedStatements;
        settings.AutoPrepareMinUsages = 2;
        settings.Timeout = Seconds(options.ConnectTimeoutMs);
        settings.CommandTimeout = Seconds(options.CommandTimeoutMs) + 1;
        settings.Options = string.Create(CultureInfo.InvariantCulture, $"{settings.Options} {serverOptions} -c statement_timeout={options.CommandTimeoutMs}").TrimStart();
        Follow(settings, options);
        return Build(settings);
    }

    /// <summary>Where several hosts are named, the primary is meant.</summary>
    private static void Follow(NpgsqlConnectionStringBuilder settings, PostgresOptions options)
    {
        if (settings.Host?.Contains(',', StringComparison.Ordinal) == true)
        {
            settings.HostRecheckSeconds = options.HostRecheckSeconds;
            settings.TargetSessionAttributes ??= "primary";
        }
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        return builder.Build();
    }

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or OverflowException or InvalidCastException)
        {
            // What the parser says may quote a part of the text, which has a password in it.
            throw new StoreException("The connection string of PostgreSQL is malformed; it is Host=…;Username=…;Password=…;Database=….");
        }

        return settings.Host is { Length: > 0 } ? settings : throw new StoreException("The connection string of PostgreSQL names no Host.");
    }

    private static int Seconds(int ms) => (ms + 999) / 1_000;
}
