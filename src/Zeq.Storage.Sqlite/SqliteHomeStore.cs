using System.Globalization;
using System.Runtime.CompilerServices;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// A home in one SQLite file: one writer, readers beside it, durable at every commit (write-ahead log, <c>synchronous=FULL</c>). Under load
/// batches are durable in a journal beside it (<c>-ahead</c>) first, whose rows the file gets many batches at a time, before anybody who asks for them is answered.
/// File, log (<c>-wal</c>) and journal belong together while a node runs or after a crash; a closed store is the one file. SQLite
/// answers on the caller's thread; a commit alone has a thread of its own. A second process may open the same file; its writer waits for this one, and fails as transient after <see cref="SqliteOptions.BusyTimeoutMs"/>.
/// Thread-safe.
/// </summary>
public sealed class SqliteHomeStore : IHomeStore
{
    /// <summary>Batches load their rows beside the commit: one does, and another where it is tried again.</summary>
    private const int MaxLoaders = 2;

    /// <summary>For so long a reader beside a running node waits until the file has what the journal held.</summary>
    private const int MaxJournalWaitMs = 1_000;

    private const int JournalPollMs = 5;

    private readonly SqliteWriter? _writer;
    private readonly ConnectionPool _loaders;
    private readonly ConnectionPool _readers;
    private readonly ConnectionPool _snapshots;
    private readonly PrivateCopy? _copy;
    private readonly Reader _reader;
    private readonly int _journalTimeoutMs;
    private bool _isDisposed;

    private SqliteHomeStore(string path, SqliteOptions options, SqliteWriter? writer, Func<Connection> openReader, PrivateCopy? copy)
    {
        (FilePath, _writer, _copy) = (path, writer, copy);
        _journalTimeoutMs = Math.Min(options.BusyTimeoutMs, MaxJournalWaitMs);
        _loaders = new ConnectionPool(openReader, MaxLoaders, options.BusyTimeoutMs);
        _readers = new ConnectionPool(openReader, options.MaxReaders, options.BusyTimeoutMs);
        _snapshots = new ConnectionPool(openReader, options.MaxSnapshots, options.BusyTimeoutMs);
        _reader = new Reader(_readers);
    }

    /// <summary>The store's file.</summary>
    public string FilePath { get; }

    /// <inheritdoc/>
    public string Description => $"SQLite {raw.sqlite3_libversion().utf8_to_string()}, {FilePath}{(_writer is null ? " (read-only)" : "")}";

    /// <summary>Opens a store, and makes it or brings its schema up to date where needed.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="options">How it runs.</param>
    /// <exception cref="StoreException">
    /// One sentence says why: a folder, another program's file, a newer version's store, no right to write. Nothing was written then.
    /// </exception>
    public static SqliteHomeStore Open(string path, SqliteOptions? options = null) => Open(path, options, Migration.All);

    internal static SqliteHomeStore Open(string path, SqliteOptions? options, IReadOnlyList<Migration> migrations)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SqliteOptions checkedOptions = (options ?? new SqliteOptions()).Checked();
        path = Path.GetFullPath(path);
        StoreFile.Check(path, migrations);
        if (new FileInfo(path) is not { Exists: true, Length: > 0 } && !StoreFile.HasLog(path))
        {
            // A journal that a deleted store left stands on nothing.
            Journal.Delete(path);
        }

        StoreFile.MakePrivate(path);
        Connection writer = Connection.Open(path, path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE, checkedOptions.BusyTimeoutMs);
        try
        {
            if (writer.IsReadOnly)
            {
                throw new StoreException($"{path} can only be read; give this process the right to write it.");
            }

            writer.Execute("PRAGMA page_size = 4096");
            if (writer.Ask("PRAGMA journal_mode = WAL") is not { Kind: ColumnKind.Text, Text: "wal" })
            {
                throw new StoreException($"{path} lies where SQLite can keep no write-ahead log; name a file on a local disk.");
            }

            Configure(writer, checkedOptions.CacheSizeKib);
            writer.Execute("PRAGMA temp_store = MEMORY");
            writer.Execute(string.Create(
                CultureInfo.InvariantCulture,
                $"PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {checkedOptions.CheckpointPages * 4096L}"));
            SqliteWriter.Recover(writer);
            MigrationRunner.Run(writer, migrations);
            if (checkedOptions.MaxPages > 0)
            {
                writer.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {checkedOptions.MaxPages}"));
            }

            var checkpointer = new Checkpointer(() => Connection.Open(path, path, raw.SQLITE_OPEN_READWRITE, checkedOptions.BusyTimeoutMs), checkedOptions.CheckpointPages);
            return new SqliteHomeStore(
                path, checkedOptions, new SqliteWriter(writer, checkpointer, checkedOptions), () => OpenReader(path, path, raw.SQLITE_OPEN_READWRITE, checkedOptions), copy: null);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a store for reading only, for an audit: nothing is ever written, neither to the file nor beside it. A running node's store is
    /// read beside it, as it is committed in its file: what was acknowledged before this was called is there, later batches come some at a
    /// time and in order; one that no node has open is read from a private copy, deleted at the end, since reading its log would write to it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it runs; only the bounds of reads count.</param>
    /// <exception cref="StoreException">One sentence says why.</exception>
    public static SqliteHomeStore OpenReadOnly(string path, SqliteOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SqliteOptions checkedOptions = (options ?? new SqliteOptions()).Checked();
        path = Path.GetFullPath(path);
        StoreFile.RequireVersion();
        if (!File.Exists(path))
        {
            throw new StoreException(Directory.Exists(path) ? $"{path} is a folder; name a file." : $"{path} does not exist.");
        }

        StoreFile.RequireHeader(path);
        if (File.Exists(path + "-shm") && TryOpenLive(path, checkedOptions) is { } live)
        {
            return live;
        }

        PrivateCopy copy = PrivateCopy.Of(path);
        try
        {
            if (File.Exists(Journal.PathOf(copy.FilePath)))
            {
                using Connection writer = Connection.Open(copy.FilePath, copy.FilePath, raw.SQLITE_OPEN_READWRITE, checkedOptions.BusyTimeoutMs);
                SqliteWriter.Recover(writer);
            }

            return OpenReadOnly(path, checkedOptions, () => OpenReader(copy.FilePath, path, raw.SQLITE_OPEN_READWRITE, checkedOptions), copy);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        SqliteWriter writer = _writer ?? throw new InvalidOperationException("The store was opened for reading only.");
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var workspace = new Workspace(keys);
        var transaction = new SqliteTransaction(writer, _loaders, writer.See(), workspace);
        await transaction.LoadAsync(workspace.Keys, cancellationToken).ConfigureAwait(false);
        return transaction;
    }

    /// <inheritdoc/>
    public async ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class
    {
        object? row = null;
        switch (_writer?.Known.TryFindAhead(new RowKey(table, key), out row))
        {
            case true:
                return (TRow?)row;
            case null:
                await CatchUpAsync(cancellationToken).ConfigureAwait(false);
                break;
        }

        return await _reader.FindAsync(table, key, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(query);
        if (_writer?.Known.IsAhead(query.Table) != false)
        {
            await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        }

        await foreach (TRow row in _reader.QueryAsync(query, cancellationToken).ConfigureAwait(false))
        {
            yield return row;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default)
    {
        if (_writer?.Known.IsAhead() != false)
        {
            await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        }

        Connection connection = await _snapshots.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new SqliteSnapshot(connection, _snapshots.Return);
        }
        catch
        {
            _snapshots.Return(connection);
            throw;
        }
    }

    /// <summary>Waits for the batch that is being written, closes the file, and copies the log into it where nobody else has it open.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _readers.Dispose();
        _snapshots.Dispose();
        _loaders.Dispose();
        if (_writer is not null)
        {
            await _writer.DisposeAsync().ConfigureAwait(false);
        }

        _copy?.Dispose();
    }

    private static SqliteHomeStore OpenReadOnly(string path, SqliteOptions options, Func<Connection> open, PrivateCopy? copy)
    {
        using (Connection connection = open())
        {
            StoreFile.Translate(path, () =>
            {
                if (MigrationRunner.Check(connection, Migration.All) != Migration.All.Count)
                {
                    throw new StoreException($"{path} was written by an older version; start a node of this version on it first.");
                }
            });
        }

        return new SqliteHomeStore(path, options, writer: null, open, copy);
    }

    /// <summary>Reads beside a running node, without a byte written to its shared index; null where there is none after all.</summary>
    private static SqliteHomeStore? TryOpenLive(string path, SqliteOptions options)
    {
        Connection Open() => OpenReader(StoreFile.UriOf(path, "mode=ro&readonly_shm=1"), path, raw.SQLITE_OPEN_READONLY, options);
        try
        {
            SqliteHomeStore live = OpenReadOnly(path, options, Open, copy: null);
            using Connection connection = Open();
            return HasWhatJournalHeld(path, connection, Math.Min(options.BusyTimeoutMs, MaxJournalWaitMs)) ? live : null;
        }
        catch (StoreException refused) when (refused.Message.Contains("can only be read", StringComparison.Ordinal) || refused.Message.Contains("cannot be opened", StringComparison.Ordinal))
        {
            return null;
        }
    }

    /// <summary>
    /// Whether the file gets what the journal beside it holds: a running node puts it there in a moment, and the reader has then all that
    /// was acknowledged before it came. Where it does not, nobody lives who would.
    /// </summary>
    private static bool HasWhatJournalHeld(string path, Connection connection, int timeoutMs)
    {
        int? generation = Journal.GenerationOf(path);
        using var never = new SemaphoreSlim(0);
        for (int waited = 0; waited <= timeoutMs; waited += JournalPollMs)
        {
            if (generation is null || connection.Ask("PRAGMA user_version").Integer != generation)
            {
                return true;
            }

            never.Wait(JournalPollMs);
        }

        return false;
    }

    /// <summary>Waits until the file has all that is committed; beside another process's writer, for so long as it takes its time.</summary>
    private async ValueTask CatchUpAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_writer is not null)
        {
            await _writer.SettleAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        if (_copy is not null || Journal.GenerationOf(FilePath) is not { } generation)
        {
            return;
        }

        Connection connection = await _readers.TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            for (int waited = 0; waited < _journalTimeoutMs && connection.Ask("PRAGMA user_version").Integer == generation; waited += JournalPollMs)
            {
                await Task.Delay(JournalPollMs, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _readers.Return(connection);
        }
    }

    private static Connection OpenReader(string name, string path, int flags, SqliteOptions options)
    {
        Connection reader = Connection.Open(name, path, flags, options.BusyTimeoutMs);
        try
        {
            Configure(reader, Math.Max(256, options.CacheSizeKib / 8));

            // A sort that no index spares may be of any size: it spills to a temporary file.
            reader.Execute("PRAGMA query_only = ON; PRAGMA temp_store = FILE");
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    private static void Configure(Connection connection, int cacheSizeKib) => connection.Execute(string.Create(
        CultureInfo.InvariantCulture, $"PRAGMA cache_size = -{cacheSizeKib}; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0"));

    private sealed class Reader(ConnectionPool pool) : SqliteReader
    {
        protected override ValueTask<Connection> TakeAsync(CancellationToken cancellationToken) => pool.TakeAsync(cancellationToken);

        protected override void Return(Connection connection) => pool.Return(connection);
    }
}
