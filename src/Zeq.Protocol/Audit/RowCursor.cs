namespace Zeq.Protocol;

/// <summary>A stream of rows that one looks at before taking: what merging streams in key order needs.</summary>
internal sealed class RowCursor<TRow> : IAsyncDisposable
    where TRow : class
{
    private readonly AuditRun _run;
    private readonly Table<TRow> _table;
    private readonly IAsyncEnumerator<TRow> _rows;

    private RowCursor(AuditRun run, Query<TRow> query) =>
        (_run, _table, _rows) = (run, query.Table, run.Reader.QueryAsync(query, run.Cancellation).GetAsyncEnumerator(run.Cancellation));

    /// <summary>The row that the stream stands at; null at its end.</summary>
    public TRow? Current { get; private set; }

    public static async ValueTask<RowCursor<TRow>> OpenAsync(AuditRun run, Query<TRow> query)
    {
        var cursor = new RowCursor<TRow>(run, query);
        try
        {
            await cursor.MoveNextAsync().ConfigureAwait(false);
            return cursor;
        }
        catch
        {
            await cursor.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="UnreadableRowException">The next row does not read back; it has been reported.</exception>
    public async ValueTask MoveNextAsync()
    {
        TRow? before = Current;
        try
        {
            Current = await _rows.MoveNextAsync().ConfigureAwait(false) ? _rows.Current : null;
        }
        catch (Exception failure) when (UnreadableRowException.IsUnreadable(failure))
        {
            _run.Find(_table, before is null ? "(first)" : KeyOf(before), "The row after this one does not read back: a field has not its form.");
            throw new UnreadableRowException(failure);
        }

        if (Current is not null)
        {
            _run.CountRow();
        }
    }

    public ValueTask DisposeAsync() => _rows.DisposeAsync();

    private string KeyOf(TRow row) => _table.IsLog ? AuditRun.Key(_table.KeyOf(row), _table.NumberOf(row)) : _table.KeyOf(row);
}
