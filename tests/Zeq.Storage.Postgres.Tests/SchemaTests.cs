using System.Globalization;
using Npgsql;
using Zeq.Postgres.Cluster;
using Zeq.Protocol;
using Zeq.Storage.Conformance;

namespace Zeq.Storage.Postgres.Tests;

/// <summary>The DDL says what the declarations say, and guards what must not change from the owner and from the node.</summary>
public sealed class SchemaTests : IAsyncLifetime
{
    private PostgresDatabase? _database;
    private PostgresHomeStore _store = null!;

    private PostgresDatabase Database => _database!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestStore.CreateDatabaseAsync();
        _store = await PostgresHomeStore.OpenAsync(TestStore.OptionsOf(_database));
    }

    public async ValueTask DisposeAsync()
    {
        if (_database is not null)
        {
            await _store.DisposeAsync();
            await _database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_declared_table_has_its_columns_in_order()
    {
        string[] found = (await Database.ExecuteAsync("""
            SELECT c.relname, string_agg(a.attname || ':' || format_type(a.atttypid, NULL) || ':' || a.attnotnull || ':' || coalesce(l.collname, '') || ':'
                || (a.attnum = ANY (k.conkey)), ',' ORDER BY a.attnum)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT JOIN pg_collation l ON l.oid = a.attcollation
            JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> 'schema_migrations'
            GROUP BY c.relname ORDER BY c.relname COLLATE "C"
            """)).Split('\n');
        string[] declared = [.. Samples.Tables.Select(table => table.Name + "|" + string.Join(",", table.Columns.Select(column =>
            $"{column.Name}:{TableSql.TypeOf(column.Kind)}:{(column.IsNullable ? "false" : "true")}:{(column.Kind == ColumnKind.Text ? "C" : "")}:{(column.IsKey ? "true" : "false")}")))];
        Assert.Equal(declared, found);
        Assert.Equal("chain_rows,contract_transitions,credit_moves,moves", await Database.ExecuteAsync("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'p'"));
    }

    [Fact]
    public async Task Neither_node_nor_owner_changes_what_never_changes()
    {
        await FillAsync();
        await using var owner = new NpgsqlConnection(Database.OwnerConnectionString + ";Pooling=false");
        await using var node = new NpgsqlConnection(Database.NodeConnectionString + ";Pooling=false");
        await owner.OpenAsync();
        await node.OpenAsync();
        foreach (Table table in Samples.Tables)
        {
            foreach (Column column in table.Columns)
            {
                string update = $"UPDATE \"{table.Name}\" SET \"{column.Name}\" = \"{column.Name}\"";
                Assert.Equal(column.IsChanging ? null : PostgresFault.RefusedState, await StateOfAsync(owner, update));
                Assert.Equal(column.IsChanging ? null : PostgresErrorCodes.InsufficientPrivilege, await StateOfAsync(node, update));
            }

            if (!table.IsDisposable)
            {
                Assert.Equal(PostgresFault.RefusedState, await StateOfAsync(owner, $"DELETE FROM \"{table.Name}\""));
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await StateOfAsync(node, $"DELETE FROM \"{table.Name}\""));
            }

            Assert.Equal(PostgresFault.RefusedState, await StateOfAsync(owner, $"TRUNCATE \"{table.Name}\" CASCADE"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await StateOfAsync(node, $"TRUNCATE \"{table.Name}\" CASCADE"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await StateOfAsync(node, $"ALTER TABLE \"{table.Name}\" DISABLE TRIGGER ALL"));
            Assert.Equal("1", await Database.ExecuteAsync($"SELECT count(*) FROM \"{table.Name}\""));
        }

        foreach (string partition in (await Database.ExecuteAsync("SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")).Split('\n'))
        {
            Assert.Equal(PostgresFault.RefusedState, await StateOfAsync(owner, $"TRUNCATE {partition}"));
            foreach (string statement in (string[])[$"INSERT INTO {partition} SELECT * FROM {partition}", $"DELETE FROM {partition}", $"SELECT * FROM {partition}"])
            {
                Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await StateOfAsync(node, statement));
            }
        }

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await StateOfAsync(node, "INSERT INTO schema_migrations VALUES (99, 'x', 'x')"));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await StateOfAsync(node, "CREATE TABLE own (id text)"));
    }

    public static TheoryData<string, string> Queries => new()
    {
        { "SELECT * FROM tally_tokens WHERE issued_to = 'a' AND holder_origin = 'b' ORDER BY token_id LIMIT 9", "tally_tokens_by_holder" },
        { "SELECT * FROM api_keys WHERE zid = 'a' AND prefix = 'b'", "api_keys_by_owner" },
        { "SELECT * FROM chain_rows WHERE slug = 'a' AND seq > 5 ORDER BY seq", "chain_rows_[0-9]_pkey" },
        { "SELECT * FROM moves WHERE token_id = 'a' ORDER BY spend_seq DESC LIMIT 1", "moves_[0-9]_pkey" },
        { "SELECT * FROM tally_tokens WHERE minted_by = 'a' AND minted_zeqond < 5 ORDER BY minted_by DESC, minted_zeqond DESC", "tally_tokens_by_minter" },
        { "SELECT * FROM tally_tokens WHERE migrated_from IS NOT NULL AND status >= 3", "tally_tokens_migrated" },
        { "SELECT * FROM machines WHERE owner_zid = 'a' ORDER BY slug", "machines_by_owner" },
        { "SELECT * FROM machines WHERE is_public = 1 AND slug > 'a' ORDER BY slug", "machines_public" },
        { "SELECT * FROM claims WHERE zid = 'a' AND token_id > 'b' ORDER BY token_id", "claims_by_holder" },
        { "SELECT * FROM peer_steps WHERE status = 1 AND next_try_zeqond <= 5 ORDER BY next_try_zeqond", "peer_steps_due" },
        { "SELECT * FROM kept_answers WHERE expires_zeqond <= 5 ORDER BY expires_zeqond", "kept_answers_by_expiry" },
        { "SELECT * FROM vote_stakes WHERE vote_id = 'a' AND zid = 'b' ORDER BY token_id", "vote_stakes_by_voter" },
        { "SELECT * FROM votes WHERE vote_id < 'a' ORDER BY vote_id DESC LIMIT 9", "votes_pkey" },
        { "SELECT * FROM computes WHERE machine = 'a' AND zeqond >= 5 ORDER BY zeqond", "computes_by_machine" },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task Every_named_query_has_its_index(string sql, string index)
    {
        string plan = await Database.ExecuteAsync("SET enable_seqscan = off; SET enable_sort = off; EXPLAIN " + sql);
        Assert.Matches($"(Scan using|Scan Backward using|Scan on) {index}", plan);
        Assert.DoesNotContain("Seq Scan", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Sort", plan, StringComparison.Ordinal);
    }

    [Fact]
    public void The_steps_are_numbered_without_a_gap()
    {
        Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(migration => migration.Number));
        Assert.All(Migration.All, migration => Assert.StartsWith(migration.Number.ToString("D4", CultureInfo.InvariantCulture) + "_", migration.Name, StringComparison.Ordinal));
    }

    private static async Task<string?> StateOfAsync(NpgsqlConnection connection, string sql)
    {
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (PostgresException refused)
        {
            return refused.SqlState;
        }
    }

    private async Task FillAsync()
    {
        var keys = new KeySet();
        foreach (Table table in Samples.Tables)
        {
            keys.Add(table, table.KeyOf(Samples.Row(table, 1, "x", 1, [1])));
        }

        await using HomeTransaction transaction = await _store.BeginAsync(keys, default);
        foreach (Table table in Samples.Tables)
        {
            Samples.Stage(transaction.Workspace, table, Samples.Row(table, 1, "x", 1, [1]));
        }

        await transaction.CommitAsync(default);
    }
}
