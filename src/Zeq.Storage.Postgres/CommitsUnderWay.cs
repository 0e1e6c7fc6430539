using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>One commit from when it begins until its outcome is known, and the rows as it will leave them.</summary>
internal sealed class CommitUnderWay
{
    private readonly Dictionary<RowKey, (object? Row, bool IsLast)> _rows = [];
    private readonly TaskCompletionSource<uint?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CommitUnderWay(IEnumerable<Change> changes, Func<RowKey, bool> isNamed)
    {
        foreach (Change change in changes)
        {
            var key = new RowKey(change.Table, change.Key);
            if (!change.Table.IsLog)
            {
                _rows[key] = (change.After, true);
            }
            else if (!_rows.TryGetValue(key, out var known) || change.Table.NumberOf(change.After!) > change.Table.NumberOf(known.Row!))
            {
                // A row of a stream that was not loaded need not be its newest.
                _rows[key] = (change.After, isNamed(key));
            }
        }
    }

    /// <summary>Who wrote the rows, as every row says in <c>xmin</c>; null where the commit failed.</summary>
    public Task<uint?> Outcome => _outcome.Task;

    /// <summary>Looks a row up as this commit leaves it: null where it deletes it. Of a stream, whether no newer row can be stored.</summary>
    public bool TryFind(RowKey key, out object? row, out bool isLast)
    {
        bool isFound = _rows.TryGetValue(key, out var known);
        (row, isLast) = known;
        return isFound;
    }

    public void End(uint? transaction) => _outcome.TrySetResult(transaction);
}

/// <summary>
/// The commits of this process that have begun and not ended. A batch that begins meanwhile stands on what they write: it neither waits
/// for them nor sees the rows of before. Thread-safe.
/// </summary>
internal sealed class CommitsUnderWay
{
    private readonly Lock _lock = new();
    private readonly List<CommitUnderWay> _commits = [];

    public CommitUnderWay Begin(CommitUnderWay commit)
    {
        lock (_lock)
        {
            _commits.Add(commit);
        }

        return commit;
    }

    /// <summary>Those that are under way, in the order of their beginning.</summary>
    public CommitUnderWay[] Now()
    {
        lock (_lock)
        {
            return _commits.Count == 0 ? [] : [.. _commits];
        }
    }

    /// <summary>A commit has ended: first its rows are no longer looked up here, then those who stand on it learn how.</summary>
    public void End(CommitUnderWay commit, uint? transaction)
    {
        lock (_lock)
        {
            _commits.Remove(commit);
        }

        commit.End(transaction);
    }
}
