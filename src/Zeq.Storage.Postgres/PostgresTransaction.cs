using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>
/// One batch. Usually it holds nothing at the server while it is decided: its one commit statement batch checks that every row which it named
/// is as it was loaded, and writes. After such a commit came too late twice, rows are locked when they are loaded, and cannot change any more.
/// </summary>
internal sealed class PostgresTransaction(PostgresWriter writer, Workspace workspace, LoadedRows loaded, NpgsqlConnection? held) : HomeTransaction
{
    private NpgsqlConnection? _holding = held;
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
        PostgresWriter.Prepared prepared = _prepared ?? PostgresWriter.Prepare(workspace, loaded);

        // Whoever commits gives the connection back: a commit may go on when its caller has stopped waiting.
        NpgsqlConnection? holding = _holding;
        _holding = null;
        await writer.CommitAsync(prepared, loaded, holding).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask ConfirmAsync(CancellationToken cancellationToken) => loaded.IsUnconfirmed ? CommitAsync(cancellationToken) : default;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        _isOver = true;
        if (_holding is not null)
        {
            // The pool takes back what is open.
            await _holding.DisposeAsync().ConfigureAwait(false);
        }
    }
}
