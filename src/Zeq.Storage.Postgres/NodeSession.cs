using System.Globalization;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>One connection outside of every pool, and what names the home's nodes in the database. Not thread-safe.</summary>
internal sealed class NodeSession : IAsyncDisposable
{
    private NodeSession(NpgsqlConnection connection, string channel, int serverProcess) => (Connection, Channel, ServerProcess) = (connection, channel, serverProcess);

    public NpgsqlConnection Connection { get; }

    /// <summary>Where the nodes of this home tell each other: one for each schema of the database.</summary>
    public string Channel { get; }

    /// <summary>The process that serves it: another one would be another session, which a pooler may put in between.</summary>
    public int ServerProcess { get; }

    /// <exception cref="StoreException">The server cannot be reached.</exception>
    public static async ValueTask<NodeSession> OpenAsync(PostgresConnections connections, string serverOptions, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await connections.OpenAloneAsync(serverOptions, cancellationToken).ConfigureAwait(false);
        try
        {
            object?[] names = await AskAsync(connection, "SELECT 'zeq_' || current_schema()::regnamespace::oid, pg_backend_pid()", cancellationToken).ConfigureAwait(false);
            return new NodeSession(connection, (string)names[0]!, (int)names[1]!);
        }
        catch (Exception failed)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (PostgresFault.IsOurs(failed))
            {
                throw PostgresFault.Of(failed, "nodes");
            }

            throw;
        }
    }

    /// <summary>The first row of an answer.</summary>
    public ValueTask<object?[]> AskAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) => AskAsync(Connection, sql, cancellationToken, parameters);

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private static async ValueTask<object?[]> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            foreach (NpgsqlParameter parameter in parameters)
            {
                command.Parameters.Add(parameter);
            }

            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return [];
                }

                object?[] row = new object?[reader.FieldCount];
                for (int i = 0; i < row.Length; i++)
                {
                    row[i] = await reader.IsDBNullAsync(i, cancellationToken).ConfigureAwait(false) ? null : reader.GetValue(i);
                }

                return row;
            }
        }
    }

    /// <summary>A text parameter.</summary>
    public static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text };

    /// <summary>A parameter of several texts.</summary>
    public static NpgsqlParameter Texts(string[] values) => new NpgsqlParameter<string[]> { TypedValue = values, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Text };

    /// <summary>An integer parameter.</summary>
    public static NpgsqlParameter Integer(long value) => new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint };

    /// <summary>A setting of the session, as the connection string takes it.</summary>
    public static string Setting(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"-c {name}={value}");
}
