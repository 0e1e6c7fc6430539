using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>One batch: the rows that it loaded, and what they stood on. It holds nothing; the commit finds out whether it came in time.</summary>
internal sealed class SqliteTransaction(SqliteWriter writer, ConnectionPool loaders, WriterRows.View seen, Workspace workspace) : HomeTransaction
{
    private bool _isOver;

    /// <inheritdoc/>
    public override Workspace Workspace => workspace;

    /// <inheritdoc/>
    /// <remarks>No row is locked: there is no order of locks to keep.</remarks>
    public override bool TakesMore => true;

    /// <inheritdoc/>
    public override ValueTask LoadMoreAsync(KeySet keys, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        return LoadAsync(workspace.Name(keys), cancellationToken);
    }

    /// <summary>Loads rows: those of the commit under way, those that the writer knows, and the others from the file.</summary>
    internal async ValueTask LoadAsync(IEnumerable<RowKey> keys, CancellationToken cancellationToken)
    {
        List<RowKey>? unknown = null;
        foreach (RowKey key in keys)
        {
            if (!TryLoadKnown(key))
            {
                (unknown ??= []).Add(key);
            }
        }

        if (unknown is not null)
        {
            Connection loader = await loaders.TakeAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                foreach (RowKey key in unknown)
                {
                    if (loader.StatementsOf(key.Table).Find(key.Key) is { } row)
                    {
                        writer.Known.Keep(seen, key, row);
                        workspace.Load(key, Newest(key, row));
                    }
                    else if (seen.Written.TryGetValue(key, out object? written) && written is not null)
                    {
                        workspace.Load(key, written);
                    }
                }
            }
            finally
            {
                loaders.Return(loader);
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _isOver = true;
        return writer.CommitAsync(seen, [.. workspace.Changes()], cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _isOver = true;
        return default;
    }

    private bool TryLoadKnown(RowKey key)
    {
        if (!key.Table.IsLog && seen.Written.TryGetValue(key, out object? written))
        {
            if (written is not null)
            {
                workspace.Load(key, written);
            }

            return true;
        }

        if (writer.Known.Find(key) is { } row)
        {
            workspace.Load(key, Newest(key, row));
            return true;
        }

        return false;
    }

    /// <summary>A stream that the commit under way writes may not have been named there: its newest row is then there or in the file.</summary>
    private object Newest(RowKey key, object row) =>
        key.Table.IsLog && seen.Written.TryGetValue(key, out object? written) && written is not null && key.Table.NumberOf(written) > key.Table.NumberOf(row) ? written : row;
}
