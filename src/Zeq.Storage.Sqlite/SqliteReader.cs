using System.Runtime.CompilerServices;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>Reads over connections that are taken for one page and given back at once.</summary>
internal abstract class SqliteReader
{
    protected abstract ValueTask<Connection> TakeAsync(CancellationToken cancellationToken);

    protected abstract void Return(Connection connection);

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
        var page = new QueryPage<TRow>(query);
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
}
