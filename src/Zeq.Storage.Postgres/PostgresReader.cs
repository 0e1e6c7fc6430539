using System.Runtime.CompilerServices;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>Reads over connections that are taken for one page and given back at once.</summary>
internal abstract class PostgresReader
{
    protected abstract ValueTask<NpgsqlConnection> TakeAsync(CancellationToken cancellationToken);

    protected abstract ValueTask ReturnAsync(NpgsqlConnection connection);

    public async ValueTask<TRow?> FindAsync<TRow>(Table<TRow> table, string key, CancellationToken cancellationToken)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(table);
        TableSql sql = TableSql.Of(table);
        NpgsqlConnection connection = await TakeAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var command = new NpgsqlCommand(sql.Find, connection);
            await using (command.ConfigureAwait(false))
            {
                for (int part = 0; part < sql.Key.Count; part++)
                {
                    command.Parameters.Add(Arrays.Of(ColumnKind.Text, Cell.Of(sql.PartOf(key, part))));
                }

                NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? (TRow)RowReader.Read(table, reader, 0, new Cell[table.Columns.Count]) : null;
                }
            }
        }
        catch (Exception failed) when (PostgresFault.IsOurs(failed))
        {
            throw PostgresFault.Of(failed, table.Name);
        }
        finally
        {
            await ReturnAsync(connection).ConfigureAwait(false);
        }
    }

    public async IAsyncEnumerable<TRow> QueryAsync<TRow>(Query<TRow> query, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRow : class
    {
        ArgumentNullException.ThrowIfNull(query);
        var page = new QueryPage<TRow>(query);
        while (page.HasMore)
        {
            cancellationToken.ThrowIfCancellationRequested();
            NpgsqlConnection connection = await TakeAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<TRow> rows;
            try
            {
                rows = await page.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await ReturnAsync(connection).ConfigureAwait(false);
            }

            foreach (TRow row in rows)
            {
                yield return row;
            }
        }
    }
}
