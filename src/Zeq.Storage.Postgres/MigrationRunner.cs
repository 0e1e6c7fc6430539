using System.Globalization;
using Npgsql;
using Zeq.Protocol;

namespace Zeq.Storage.Postgres;

/// <summary>Brings a schema up to date, and refuses one that it does not know before anything is written.</summary>
internal static class MigrationRunner
{
    /// <summary>The key of the advisory lock that one migrating process holds: <c>ZeqH</c>.</summary>
    public const long LockKey = 0x5A65_7148;

    /// <summary>Runs the missing steps as the owner, each in a transaction of its own, and the grants after them.</summary>
    /// <returns>How many steps were run.</returns>
    /// <exception cref="StoreException">A step failed; those before it stay, and the next start goes on from there.</exception>
    public static async Task<int> RunAsync(PostgresOptions options, IReadOnlyList<Migration> known, CancellationToken cancellationToken)
    {
        string place = PostgresConnections.PlaceOf(options.OwnerConnectionString ?? options.ConnectionString);
        string node = PostgresConnections.RoleOf(options.ConnectionString);
        NpgsqlConnection connection = await PostgresConnections.OpenOwnerAsync(options, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                int run = 0;
                while (await CheckAsync(connection, place, known, cancellationToken).ConfigureAwait(false) < known.Count)
                {
                    run += await StepAsync(connection, place, known, cancellationToken).ConfigureAwait(false);
                }

                if (ReferenceEquals(known, Migration.All))
                {
                    // The grants name the tables of all steps.
                    await GrantAsync(connection, node, isNeeded: run > 0, cancellationToken).ConfigureAwait(false);
                }

                return run;
            }
            catch (Exception failed) when (PostgresFault.IsOurs(failed))
            {
                throw PostgresFault.Of(failed, $"{place}: the schema could not be brought up to date");
            }
        }
    }

    /// <summary>Refuses a schema that is not exactly the one that this version knows.</summary>
    /// <exception cref="StoreException">It is not.</exception>
    public static async Task RequireNewestAsync(NpgsqlConnection connection, string place, IReadOnlyList<Migration> known, CancellationToken cancellationToken)
    {
        int count;
        try
        {
            count = await CheckAsync(connection, place, known, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (PostgresFault.IsOurs(failed))
        {
            throw PostgresFault.Of(failed, place);
        }

        if (count != known.Count)
        {
            throw new StoreException(count == 0
                ? $"{place} has no Zeq schema yet; make it with zeq-node migrate."
                : $"{place} was written by an older version; bring its schema up to date with zeq-node migrate.");
        }
    }

    /// <summary>How many of the steps a database has. Only reads.</summary>
    /// <exception cref="StoreException">It is no Zeq store, or has a step that this version does not know.</exception>
    private static async Task<int> CheckAsync(NpgsqlConnection connection, string place, IReadOnlyList<Migration> known, CancellationToken cancellationToken)
    {
        string schema = await AskAsync(connection, "SELECT coalesce(current_schema(), '')", cancellationToken).ConfigureAwait(false);
        if (schema.Length == 0)
        {
            throw new StoreException($"{place}: the search path of this role names no schema that exists and that it may use.");
        }

        string columns = await AskAsync(
            connection,
            "SELECT coalesce(string_agg(a.attname || ':' || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum), '') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = 'schema_migrations'",
            cancellationToken).ConfigureAwait(false);
        if (columns.Length == 0)
        {
            bool isEmpty = await AskAsync(connection, "SELECT count(*)::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace", cancellationToken).ConfigureAwait(false) == "0";
            return isEmpty ? 0 : throw new StoreException($"{place}: schema {schema} has tables, but is no Zeq store; name an empty database.");
        }

        if (columns != "number:bigint,name:text,sha256:text")
        {
            throw new StoreException($"{place}: schema {schema} belongs to another program; name an empty database.");
        }

        var command = new NpgsqlCommand("SELECT number, sha256 FROM schema_migrations ORDER BY number", connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader applied = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (applied.ConfigureAwait(false))
            {
                int count = 0;
                while (await applied.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    Compare(place, known, count++, applied.GetInt64(0), applied.GetString(1));
                }

                return count;
            }
        }
    }

    private static void Compare(string place, IReadOnlyList<Migration> known, int count, long number, string sha256)
    {
        if (number > known.Count)
        {
            throw new StoreException(string.Create(
                CultureInfo.InvariantCulture,
                $"{place} was written by a newer version (its schema has step {number}, this version knows {known.Count}); start that version, or name another database."));
        }

        if (number != count + 1 || sha256 != known[count].Sha256)
        {
            throw new StoreException(string.Create(
                CultureInfo.InvariantCulture,
                $"{place} was made with another step {number} of the schema than this version has; start the version that made it, or restore a backup."));
        }
    }

    /// <summary>Runs the next step that is missing, alone in the database; how many it were, since another process may have come first.</summary>
    private static async Task<int> StepAsync(NpgsqlConnection connection, string place, IReadOnlyList<Migration> known, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await AskAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({LockKey})::text"), cancellationToken).ConfigureAwait(false);
            int count = await CheckAsync(connection, place, known, cancellationToken).ConfigureAwait(false);
            if (count == known.Count)
            {
                return 0;
            }

            Migration migration = known[count];
            if (migration.Number == 1)
            {
                await RunAsync(connection, "CREATE TABLE schema_migrations (number bigint PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL)", cancellationToken).ConfigureAwait(false);
            }

            await RunAsync(connection, migration.Sql, cancellationToken).ConfigureAwait(false);
            await RunAsync(
                connection,
                string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_migrations (number, name, sha256) VALUES ({migration.Number}, '{migration.Name}', '{migration.Sha256}')"),
                cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return 1;
        }
    }

    /// <summary>Grants the node's role what it needs and takes everything else, unless it is the owner: that one's hands the triggers bind.</summary>
    private static async Task GrantAsync(NpgsqlConnection connection, string node, bool isNeeded, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await AskAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({LockKey})::text"), cancellationToken).ConfigureAwait(false);
            string owner = await AskAsync(connection, "SELECT relowner::regrole::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = 'schema_migrations'", cancellationToken).ConfigureAwait(false);
            string me = await AskAsync(connection, "SELECT current_user::regrole::text", cancellationToken).ConfigureAwait(false);
            string schema = await AskAsync(connection, "SELECT quote_ident(current_schema())", cancellationToken).ConfigureAwait(false);
            string quoted = await AskAsync(connection, $"SELECT quote_ident('{node.Replace("'", "''", StringComparison.Ordinal)}')", cancellationToken).ConfigureAwait(false);

            // A node that owns nothing and runs no step has been granted what it has by the owner.
            if (owner != quoted && (isNeeded || owner == me))
            {
                await RunAsync(connection, Migration.Grants.Replace("{node}", quoted, StringComparison.Ordinal).Replace("{schema}", schema, StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<string> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string ?? "";
        }
    }
}
