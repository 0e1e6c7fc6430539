using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>One batch: the rows that it loaded, and what they stood on. It holds nothing; the commit finds out whether it came in time.</summary>
internal sealed class SqliteTransaction(SqliteWriter writer, ConnectionPool loaders, long seen, Workspace workspace) : HomeTransaction
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

    /// <summary>Loads rows: those that the writer knows, and the others from the file.</summary>
    internal async ValueTask LoadAsync(IEnumerable<RowKey> keys, CancellationToken cancellationToken)
    {
        List<(RowKey Key, object? Written)>? unknown = null;
        foreach (RowKey key in keys)
        {
            if (!writer.Known.TryFind(key, out object? row))
            {
                (unknown ??= []).Add((key, row));
            }
            else if (row is not null)
            {
                workspace.Load(key, row);
            }
        }

        if (unknown is not null)
        {
            Connection loader = await loaders.TakeAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                foreach ((RowKey key, object? written) in unknown)
                {
                    // What is written may be a stream's newest row, or an older one than the file has.
                    if (WriterRows.Newer(key.Table, loader.StatementsOf(key.Table).Find(key.Key), written) is { } row)
                    {
                        writer.Known.Keep(seen, key, row);
                        workspace.Load(key, row);
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
}
