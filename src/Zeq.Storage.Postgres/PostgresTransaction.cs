using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// One batch. Usually it holds nothing at the server while it is decided: its one commit statement batch checks that every row which it named
/// is as it was loaded, and writes. After such a commit came too late twice, rows are locked when they are loaded, and cannot change any more.
/// </summary>
internal sealed class PostgresTransaction(PostgresWriter writer, Workspace workspace, LoadedRows loaded, NpgsqlConnection? holding) : HomeTransaction
{
    private PostgresWriter.Prepared? _prepared;
    private bool _isOver;

    /// <inheritdoc/>
    public override Workspace Workspace => workspace;

    /// <inheritdoc/>
    public override void Prepare()
    {
        try
        {
            _prepared = PostgresWriter.Prepare(workspace, loaded);
        }
        catch (StoreException)
        {
            // The commit says it again, to whom it concerns.
            _prepared = null;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask CommitAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        _isOver = true;
        await writer.CommitAsync(_prepared ?? PostgresWriter.Prepare(workspace, loaded), loaded, holding).ConfigureAwait(false);
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
