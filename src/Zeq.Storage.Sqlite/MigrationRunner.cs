using System.Globalization;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>Brings a store's schema up to date, and refuses one that it does not know before anything is written.</summary>
internal static class MigrationRunner
{
    /// <summary>The application id in the file's header: <c>ZeqH</c>.</summary>
    public const long ApplicationId = 0x5A65_7148;

    /// <summary>How many of the steps a store has. Only reads.</summary>
    /// <exception cref="StoreException">It is no Zeq store, or has a step that this version does not know.</exception>
    public static int Check(Connection connection, IReadOnlyList<Migration> known)
    {
        long application = connection.Ask("PRAGMA application_id").Integer;
        bool isEmpty = connection.Ask("SELECT count(*) FROM sqlite_schema").Integer == 0;
        if (isEmpty && application is (0 or ApplicationId))
        {
            return 0;
        }

        if (application != ApplicationId)
        {
            throw new StoreException($"{connection.Path} is a SQLite database, but no Zeq store; name another file.");
        }

        int count = 0;
        using Statement applied = connection.Prepare("SELECT number, sha256, name FROM schema_migrations ORDER BY number", connection.Path);
        while (applied.Step())
        {
            long number = applied.Read(0).Integer;
            if (number > known.Count)
            {
                throw new StoreException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{connection.Path} was written by a newer version (its schema has step {number}, this version knows {known.Count}); start that version, or name another file."));
            }

            if (number != count + 1 || applied.Read(1).Text != known[count].Sha256)
            {
                throw new StoreException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{connection.Path} was made with another step {number} of the schema than this version has; start the version that made it, or restore a backup."));
            }

            count++;
        }

        return count;
    }

    /// <summary>Runs the missing steps, each in a transaction of its own.</summary>
    /// <exception cref="StoreException">A step failed; those before it stay, and the next start goes on from there.</exception>
    public static void Run(Connection connection, IReadOnlyList<Migration> known)
    {
        while (Check(connection, known) < known.Count)
        {
            connection.Execute("BEGIN IMMEDIATE");
            try
            {
                // Another process may have come first.
                int count = Check(connection, known);
                if (count < known.Count)
                {
                    Apply(connection, known[count]);
                }

                connection.Execute("COMMIT");
            }
            catch
            {
                connection.RollBack();
                throw;
            }
        }
    }

    private static void Apply(Connection connection, Migration migration)
    {
        if (migration.Number == 1)
        {
            connection.Execute(Adapt("CREATE TABLE schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;"));
            connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
        }

        connection.Execute(Adapt(migration.Sql), migration.Name);
        connection.Execute(string.Create(
            CultureInfo.InvariantCulture, $"INSERT INTO schema_migrations (number, name, sha256) VALUES ({migration.Number}, '{migration.Name}', '{migration.Sha256}')"));
    }

    /// <summary>STRICT stands in no SQLite older than 3.37; the same tables are made there without it.</summary>
    private static string Adapt(string sql) => NativeSqlite.Version >= NativeSqlite.StrictTablesVersion
        ? sql
        : sql.Replace(") WITHOUT ROWID, STRICT;", ") WITHOUT ROWID;", StringComparison.Ordinal).Replace(") STRICT;", ");", StringComparison.Ordinal);
}
