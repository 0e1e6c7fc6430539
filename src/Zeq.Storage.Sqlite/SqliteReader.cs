using System.Runtime.CompilerServices;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>Reads over connections that are taken for one page and given back at once.</summary>
internal abstract class SqliteReader
{
    protected abstract ValueTask<Connection> TakeAsync(CancellationToken cancellationToken);

    protected abstract void Return(Connection connection);

    /// <summary>The pages of a query on a taken connection.</summary>
    protected virtual QueryPage<TRow> Open<TRow>(Query<TRow> query)
        where TRow : class => new(query, isHeld: false);

    /// <summary>Ends the pages of a query that was opened here.</summary>
    protected virtual ValueTask CloseAsync(IDisposable page) => default;

    public async ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken)
        where TRow : class
    {
        Connection connection = await TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return (TRow?)connection.StatementsOf(table).Find(key);
        }
        finally
        {
            Return(connection);
        }
    }

    public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRow : class
    {
        QueryPage<TRow> page = Open(query);
        try
        {
            while (page.HasMore)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Connection connection = await TakeAsync(cancellationToken).ConfigureAwait(false);
                IReadOnlyList<TRow> rows;
                try
                {
                    rows = page.Read(connection);
                }
                finally
                {
                    Return(connection);
                }

                foreach (TRow row in rows)
                {
                    yield return row;
                }

                if (page.HasMore)
                {
                    // SQLite answers at once: a long stream must not keep the thread to itself.
                    await Task.Yield();
                }
            }
        }
        finally
        {
            await CloseAsync(page).ConfigureAwait(false);
        }
    }
}
