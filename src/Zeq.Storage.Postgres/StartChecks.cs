using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>What must be true of a server before a home trusts it with value.</summary>
internal static class StartChecks
{
    private const int LeastVersion = 140_000;

    private const string Question = """
        SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'), pg_is_in_recovery(), current_setting('synchronous_commit'),
            current_setting('synchronous_standby_names'),
            (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations'
                AND NOT (has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
                    AND (has_any_column_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgname = c.relname || '_no_update'))))
        """;

    /// <summary>Refuses the start where a commit would not be durable, or the role could not do its work.</summary>
    /// <exception cref="StoreException">One sentence says why.</exception>
    public static async Task RunAsync(NpgsqlConnection connection, string place, CancellationToken cancellationToken)
    {
        try
        {
            var command = new NpgsqlCommand(Question, connection);
            await using (command.ConfigureAwait(false))
            {
                NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                    string? wrong = Judge(
                        reader.GetInt64(0), reader.GetString(1), reader.GetBoolean(2), reader.GetString(3), reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5),
                        isFailover: connection.Settings().Host?.Contains(',', StringComparison.Ordinal) == true);
                    if (wrong is not null)
                    {
                        throw new StoreException($"{place}: {wrong}");
                    }
                }
            }
        }
        catch (Exception failed) when (PostgresFault.IsOurs(failed))
        {
            throw PostgresFault.Of(failed, place);
        }
    }

    /// <summary>What is wrong with a server, or null.</summary>
    internal static string? Judge(long version, string encoding, bool isStandby, string synchronousCommit, string standbys, string? beyondReach, bool isFailover) => (version, synchronousCommit) switch
    {
        ( < LeastVersion, _) => "this needs PostgreSQL 14 or newer.",
        _ when encoding != "UTF8" => "the database's encoding must be UTF8.",
        _ when isStandby => "this server is a standby and takes no writes; name the primary.",
        (_, "off") => "synchronous_commit is off, so what is acknowledged could be lost; set it to on.",
        (_, "local" or "remote_write") when isFailover || standbys.Length > 0 => "synchronous_commit does not wait for the standby's disk, so a failover could lose what is acknowledged; set it to on or remote_apply.",
        _ when isFailover && standbys.Length == 0 => "several hosts are named, but synchronous_standby_names is empty, so a failover could lose what is acknowledged; name the standby there.",
        _ when beyondReach is not null => $"the node's role may not do what it must on {beyondReach}; run zeq-node migrate as the owner, which grants it.",
        _ => null,
    };

    private static NpgsqlConnectionStringBuilder Settings(this NpgsqlConnection connection) => new(connection.ConnectionString);
}
