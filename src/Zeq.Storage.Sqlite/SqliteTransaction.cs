using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>One batch's hold on the writer.</summary>
internal sealed class SqliteTransaction(SqliteHomeStore store, Connection writer, Workspace workspace) : HomeTransaction
{
    private bool _isOver;

    /// <inheritdoc/>
    public override Workspace Workspace => workspace;

    /// <inheritdoc/>
    public override ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _isOver = true;
        try
        {
            foreach (Change change in workspace.Changes())
            {
                writer.StatementsOf(change.Table).Write(change);
            }

            store.Commit();
        }
        finally
        {
            store.EndTransaction();
        }

        return default;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        if (!_isOver)
        {
            _isOver = true;
            store.EndTransaction();
        }

        return default;
    }
}
