using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>One batch's hold on the writer.</summary>
internal sealed class SqliteTransaction(SqliteHomeStore store, Connection writer, Workspace workspace) : HomeTransaction
{
    private bool _isOver;

    /// <inheritdoc/>
    public override Workspace Workspace => workspace;

    /// <inheritdoc/>
    /// <remarks>The hold is on the store as a whole: there is no order of locks to keep.</remarks>
    public override bool TakesMore => true;

    /// <inheritdoc/>
    public override ValueTask LoadMoreAsync(KeySet keys, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        store.Load(workspace, workspace.Name(keys));
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _isOver = true;
        try
        {
            Write();
            store.Commit(workspace);
        }
        finally
        {
            store.EndTransaction();
        }

        return default;
    }

    private void Write()
    {
        foreach (Change change in workspace.Changes())
        {
            try
            {
                writer.StatementsOf(change.Table).Write(change);
            }
            catch (Exception unwritable) when (unwritable is not StoreException)
            {
                // Before COMMIT, whatever happens has changed nothing, and is said so.
                throw new StoreException($"{change.Table.Name}: a row cannot be written.", unwritable);
            }
        }
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
