using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// Loads and commits batches, a round trip each. A commit is one batch of statements and therefore one transaction: it takes effect as a
/// whole or not at all, and its locks last as long as the server needs for it. Thread-safe.
/// </summary>
internal sealed class PostgresWriter(PostgresConnections connections, int cachedRows)
{
    /// <summary>After so many commits in a row that came too late, rows are locked while a batch is decided: that one cannot come too late.</summary>
    private const int PatientTries = 2;

    private readonly CommitsUnderWay _underWay = new();
    private readonly RowCache _cache = new(cachedRows);
    private int _staleInRow;

    /// <summary>Loads the rows of a batch.</summary>
    public async ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken)
    {
        bool isLocking = Volatile.Read(ref _staleInRow) >= PatientTries;
        CommitUnderWay[] commits = _underWay.Now();
        var workspace = new Workspace(keys);
        var loaded = new LoadedRows(workspace);
        List<RowKey> rest = loaded.TakeUnderWay(workspace.Keys, isLocking ? [] : commits);
        foreach (CommitUnderWay commit in isLocking ? commits : loaded.Awaited)
        {
            await commit.Outcome.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        RowCache? cache = !isLocking && _cache.Begin() ? _cache : null;
        if (cache is not null)
        {
            rest = loaded.TakeKnown(rest, cache);
        }

        if (rest.Count == 0 && !isLocking)
        {
            return new PostgresTransaction(this, workspace, loaded, null);
        }

        NpgsqlConnection connection = await connections.OpenWriterAsync(cancellationToken).ConfigureAwait(false);
        bool isHeld = false;
        try
        {
            await loaded.LoadAsync(connection, rest, isLocking, cache, cancellationToken).ConfigureAwait(false);
            isHeld = isLocking;
            return new PostgresTransaction(this, workspace, loaded, isLocking ? connection : null);
        }
        catch (Exception failed) when (PostgresFault.IsOurs(failed))
        {
            throw PostgresFault.Of(failed, "load");
        }
        finally
        {
            if (!isHeld)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Puts a batch into statements.</summary>
    /// <exception cref="StoreException">A row cannot be written.</exception>
    public static Prepared Prepare(Workspace workspace, LoadedRows loaded)
    {
        var named = workspace.Keys.ToHashSet();
        Change[] changes = [.. workspace.Changes()];
        return new Prepared(named, changes, CommitStatements.Make(changes, named, loaded));
    }

    /// <summary>Writes a batch. Before this has returned its task, later batches stand on it.</summary>
    /// <exception cref="StoreException">Nothing was written, unless the outcome is unknown.</exception>
    public async ValueTask CommitAsync(Prepared prepared, LoadedRows loaded, NpgsqlConnection? holding)
    {
        // Before anything is waited for: the next batch begins as soon as this has returned.
        CommitUnderWay commit = _underWay.Begin(new CommitUnderWay(prepared.Changes, prepared.Named.Contains));
        uint? transaction = null;
        try
        {
            foreach (CommitUnderWay before in loaded.StandsOn)
            {
                if (await before.Outcome.ConfigureAwait(false) is null)
                {
                    throw PostgresFault.Stale("commit");
                }
            }

            await prepared.Statements.SettleAsync().ConfigureAwait(false);
            transaction = holding is not null
                ? await prepared.Statements.RunAsync(holding, isOpen: true).ConfigureAwait(false)
                : await RunAsync(prepared.Statements).ConfigureAwait(false);
            _cache.Keep(prepared.Changes, transaction.Value, prepared.Named);
            Volatile.Write(ref _staleInRow, 0);
        }
        catch (StoreException stale) when (stale.IsStale)
        {
            _cache.Forget();
            Interlocked.Increment(ref _staleInRow);
            throw;
        }
        finally
        {
            _underWay.End(commit, transaction);
        }
    }

    private async ValueTask<uint> RunAsync(CommitStatements statements)
    {
        NpgsqlConnection connection = await connections.OpenWriterAsync(CancellationToken.None).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await statements.RunAsync(connection, isOpen: false).ConfigureAwait(false);
        }
    }

    /// <summary>A batch in statements.</summary>
    /// <param name="Named">The rows that it named.</param>
    /// <param name="Changes">What it staged.</param>
    /// <param name="Statements">Its commit.</param>
    internal sealed record Prepared(HashSet<RowKey> Named, Change[] Changes, CommitStatements Statements);
}
