namespace Zeq.Protocol;

/// <summary>
/// Where a home's state rests. A store contains no rule: it loads named rows, commits staged changes all or nothing, and answers
/// queries. What <see cref="HomeTransaction.CommitAsync"/> has returned from is durable.
/// </summary>
public interface IHomeStore : IHomeReader
{
    /// <summary>What it is, for people: the kind and the place, without secrets.</summary>
    string Description { get; }

    /// <summary>
    /// Loads the named rows, in lock order, for one batch. It may be called while the batch before is being committed: the rows are then
    /// as that commit leaves them, whether it has ended or not. A store locks the rows, or finds out at the commit that they have changed
    /// (<see cref="StoreException.IsStale"/>); a batch that rests on a commit which failed is never committed.
    /// </summary>
    /// <exception cref="StoreException">The store cannot be reached or read.</exception>
    ValueTask<HomeTransaction> BeginAsync(KeySet keys, CancellationToken cancellationToken);
}

/// <summary>One batch's hold on its rows. Disposed without a commit, nothing has changed.</summary>
public abstract class HomeTransaction : IAsyncDisposable
{
    /// <summary>The loaded rows, and what is staged on them.</summary>
    public abstract Workspace Workspace { get; }

    /// <summary>
    /// Whether more rows can be loaded while this is held. A store that locks no rows may say so; one that locks them in order may not, or
    /// two nodes could wait for each other.
    /// </summary>
    public virtual bool TakesMore => false;

    /// <summary>Loads the rows of commands that join the batch; those that are here already stay as they are.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public virtual ValueTask LoadMoreAsync(KeySet keys, CancellationToken cancellationToken) => throw new NotSupportedException("This store loads a batch at once.");

    /// <summary>
    /// Called once everything is staged, while the commit before may still be under way: a store may put the batch into its own form
    /// meanwhile. Must not throw; what cannot be written is said by the commit.
    /// </summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Writes what was staged, all or nothing, durably.</summary>
    /// <exception cref="StoreException">Nothing was written, unless <see cref="StoreException.OutcomeUnknown"/>.</exception>
    public abstract ValueTask CommitAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Instead of a commit where nothing was staged: a store that loaded rows from memory finds out whether they are still what is stored,
    /// since the refusals rest on them. Others have nothing to do.
    /// </summary>
    /// <exception cref="StoreException">Stale: decide again.</exception>
    public virtual ValueTask ConfirmAsync(CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Reads that do not pass the writer. They see what is committed.</summary>
public interface IHomeReader : IAsyncDisposable
{
    /// <summary>The row under a key (of a log: the newest of the stream), or null.</summary>
    ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken = default)
        where TRow : class;

    /// <summary>Streams the rows of a query with constant memory.</summary>
    IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, CancellationToken cancellationToken = default)
        where TRow : class;

    /// <summary>A reader whose every answer is of one instant.</summary>
    ValueTask<IHomeReader> SnapshotAsync(CancellationToken cancellationToken = default);
}

/// <summary>A store failed. Infrastructure, never a rule.</summary>
public sealed class StoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StoreException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Whether the same request may succeed later without anyone's help.</summary>
    public bool IsTransient { get; init; }

    /// <summary>Whether a commit may have been written although no answer came: the one failure that may have changed something.</summary>
    public bool OutcomeUnknown { get; init; }

    /// <summary>Whether a loaded row had changed by the time of the commit: another writer came first, and the batch can be decided again.</summary>
    public bool IsStale { get; init; }
}
