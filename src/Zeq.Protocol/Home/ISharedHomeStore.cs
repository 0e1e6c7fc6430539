namespace Zeq.Protocol;

/// <summary>
/// A store that several nodes share. What a commit rests on is checked in the commit itself, so nothing here makes a decision right; it
/// makes what a node keeps in memory right, lets streams wake up, and lets one node at a time do what is done on a schedule. Thread-safe.
/// </summary>
public interface ISharedHomeStore : IHomeStore
{
    /// <summary>Listens to what commits of the home's nodes changed, until what comes back is disposed; reconnects by itself.</summary>
    /// <param name="onChange">Told of each change, one after the other; must not throw or block.</param>
    SharedWatch Watch(Action<SharedChange> onChange);

    /// <summary>
    /// Tells the other nodes, soon after a commit and outside of it, which streams have grown. Returns at once; what is lost is made up
    /// for by <see cref="SharedChange.IsEverything"/>.
    /// </summary>
    /// <param name="changes">What the commit changed.</param>
    void Announce(IReadOnlyList<Change> changes);

    /// <summary>Tries to become the one node that does a piece of scheduled work.</summary>
    /// <param name="work">Its name: 1 to 64 of <c>a-z</c>, <c>0-9</c> and <c>-</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>The lease, for the caller to dispose; null where another node has it.</returns>
    /// <exception cref="StoreException">The store cannot be reached.</exception>
    ValueTask<HomeLease?> TryLeadAsync(string work, CancellationToken cancellationToken = default);
}

/// <summary>A hint that rows changed: whoever keeps them in memory forgets them and reads again.</summary>
/// <param name="Table">The table's name; null: any row of any table may have changed.</param>
/// <param name="Key">The row's key as text (of a log: the stream); null: any row of the table.</param>
/// <param name="FirstNumber">Of a log, the first new row.</param>
/// <param name="LastNumber">Of a log, the last new row.</param>
public readonly record struct SharedChange(string? Table, string? Key, long FirstNumber = 0, long LastNumber = 0)
{
    /// <summary>Something may have been missed: told first of all, and after every reconnect.</summary>
    public static SharedChange Everything => default;

    /// <summary>Whether anything may have changed.</summary>
    public bool IsEverything => Table is null;

    /// <summary>Whether a row of a table may have changed.</summary>
    public bool MayBeOf(Table table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return Table is null || Table == table.Name;
    }
}

/// <summary>A node's line to what other nodes change.</summary>
public abstract class SharedWatch : IAsyncDisposable
{
    /// <summary>
    /// Whether everything has been told that was committed more than <see cref="MaxLagMs"/> ago. While this is false, nothing that is kept
    /// in memory may be trusted.
    /// </summary>
    public abstract bool IsCurrent { get; }

    /// <summary>How late a change may be told at most, in ms: less than a Zeqond.</summary>
    public const int MaxLagMs = 700;

    /// <summary>Stops listening.</summary>
    public abstract ValueTask DisposeAsync();
}

/// <summary>
/// The right to do a piece of scheduled work, until the line to the database is lost. The right alone does not keep two nodes apart, since
/// a node may not notice that it has lost it: what it commits goes through <see cref="Fenced{T}"/>. Disposed, another node may have it.
/// </summary>
/// <param name="work">What is done.</param>
/// <param name="generation">Which holder this is: each has a higher one than those before it.</param>
public abstract class HomeLease(string work, long generation) : IAsyncDisposable
{
    /// <summary>What is done.</summary>
    public string Work => work;

    /// <summary>Which holder this is, from 1: each has a higher number than all before it.</summary>
    public long Generation => generation;

    /// <summary>Asks the database whether the lease is still held; false, once it was false or the answer did not come.</summary>
    public abstract ValueTask<bool> IsHeldAsync(CancellationToken cancellationToken = default);

    /// <summary>Gives the lease back.</summary>
    public abstract ValueTask DisposeAsync();

    /// <summary>The name under which <see cref="HomeMeta"/> holds the newest generation of a piece of work.</summary>
    /// <exception cref="ArgumentException">The work is not 1 to 64 of <c>a-z</c>, <c>0-9</c> and <c>-</c>.</exception>
    public static string PinOf(string work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return work.Length is >= 1 and <= 64 && work.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
            ? "lease/" + work
            : throw new ArgumentException("The name of scheduled work is 1 to 64 of a-z, 0-9 and -.", nameof(work));
    }
}
