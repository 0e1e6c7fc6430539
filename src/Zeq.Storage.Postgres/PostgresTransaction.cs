using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// One batch. Usually it holds nothing at the server while it is decided: its one commit statement batch checks that every row which it named
/// is as it was loaded, and writes. After such a commit came too late twice, rows are locked when they are loaded, and cannot change any more.
/// </summary>
internal sealed class PostgresTransaction(PostgresWriter writer, Workspace workspace, LoadedRows loaded, NpgsqlConnection? holding) : HomeTransaction
{
    private bool _isOver;

    /// <inheritdoc/>
    public override Workspace Workspace => workspace;

    /// <inheritdoc/>
    public override ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _isOver = true;
        return writer.CommitAsync(workspace, loaded, holding);
    }

    /// <inheritdoc/>
    public override ValueTask ConfirmAsync(CancellationToken cancellationToken) => loaded.IsUnconfirmed ? CommitAsync(cancellationToken) : default;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _isOver = true;
        if (holding is not null)
        {
            // The pool takes back what is open.
            await holding.DisposeAsync().ConfigureAwait(false);
        }
    }
}
