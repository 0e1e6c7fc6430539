using System.Globalization;
using System.Text.RegularExpressions;
using SQLitePCL;
using Zeq.Protocol;
using Zeq.Storage.Conformance;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>The DDL says what the declarations say, and guards what must not change from every connection.</summary>
public sealed class SchemaTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private SqliteHomeStore _store = null!;
    private Connection _raw = null!;

    public ValueTask InitializeAsync()
    {
        _store = SqliteHomeStore.Open(_folder.File("home.db"));
        _raw = Connection.Open(_store.FilePath, _store.FilePath, raw.SQLITE_OPEN_READWRITE, 1000);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        _raw.Dispose();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void Every_declared_table_has_its_columns_in_order()
    {
        Assert.True(Samples.Tables.Count >= 19);
        foreach (Table table in Samples.Tables)
        {
            var found = new List<Column>();
            var keys = new SortedDictionary<long, string>();
            using Statement columns = _raw.Prepare($"SELECT cid, name, type, \"notnull\", pk FROM pragma_table_info('{table.Name}')", table.Name);
            while (columns.Step())
            {
                string name = columns.Read(1).Text;
                long key = columns.Read(4).Integer;
                if (key > 0)
                {
                    keys.Add(key, name);
                }

                ColumnKind kind = columns.Read(2).Text switch
                {
                    "INTEGER" => ColumnKind.Integer,
                    "TEXT" => ColumnKind.Text,
                    "BLOB" => ColumnKind.Blob,
                    string other => throw new InvalidOperationException(other),
                };
                found.Add(new Column(name, kind, (int)columns.Read(0).Integer, key > 0, columns.Read(3).Integer == 0, table.Columns.FirstOrDefault(column => column.Name == name)?.IsChanging ?? false));
            }

            Assert.Equal(table.Columns, found);
            Assert.Equal(table.KeyColumns.Select(column => column.Name), keys.Values);
            Assert.Matches(new Regex(@"\bSTRICT$"), _raw.Ask($"SELECT sql FROM sqlite_schema WHERE name = '{table.Name}'").Text);
        }

        long tables = _raw.Ask("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").Integer;
        Assert.Equal(Samples.Tables.Count + 1, tables);
    }

    [Fact]
    public async Task No_connection_changes_what_never_changes()
    {
        var keys = new KeySet();
        await using (HomeTransaction transaction = await _store.BeginAsync(AddAll(keys), default))
        {
            foreach (Table table in Samples.Tables)
            {
                Samples.Stage(transaction.Workspace, table, Samples.Row(table, 1, "x", 1, [1]));
            }

            await transaction.CommitAsync(default);
        }

        foreach (Table table in Samples.Tables)
        {
            bool isAppendOnly = table.ChangingColumns.Count == 0;
            Assert.Equal(table.Name is "chain_rows" or "moves" or "credit_moves" or "computes" or "credit_grants" or "migrations_in" or "burns" or "vote_stakes" or "chain_payloads", isAppendOnly);
            foreach (Column column in table.Columns)
            {
                string update = $"UPDATE \"{table.Name}\" SET \"{column.Name}\" = \"{column.Name}\"";
                if (column.IsChanging)
                {
                    _raw.Execute(update);
                }
                else
                {
                    Assert.Contains(table.Name, Assert.Throws<StoreException>(() => _raw.Execute(update)).Message, StringComparison.Ordinal);
                }
            }

            if (!table.IsDisposable)
            {
                Assert.Contains("never deleted", Assert.Throws<StoreException>(() => _raw.Execute($"DELETE FROM \"{table.Name}\"")).Message, StringComparison.Ordinal);
            }

            Assert.Equal(1, _raw.Ask($"SELECT count(*) FROM \"{table.Name}\"").Integer);
        }

        KeySet AddAll(KeySet set)
        {
            foreach (Table table in Samples.Tables)
            {
                set.Add(table, table.KeyOf(Samples.Row(table, 1, "x", 1, [1])));
            }

            return set;
        }
    }

    [Fact]
    public async Task A_move_of_no_coin_is_refused_at_the_commit_and_the_store_goes_on()
    {
        var move = (Move)Samples.Row(Move.Table, 1, "x", 1, null);
        await using (HomeTransaction transaction = await _store.BeginAsync(new KeySet(), default))
        {
            transaction.Workspace.Append(Move.Table, move);
            StoreException refused = await Assert.ThrowsAsync<StoreException>(async () => await transaction.CommitAsync(default));
            Assert.False(refused.IsTransient);
            Assert.False(refused.OutcomeUnknown);
        }

        Assert.Null(await _store.FindAsync(Move.Table, move.TokenId.Text));
        await using HomeTransaction next = await _store.BeginAsync(new KeySet().Add(HomeMeta.Table, "a"), default);
        next.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "b"));
        await next.CommitAsync(default);
    }

    public static TheoryData<string, string> Queries => new()
    {
        { "SELECT * FROM tally_tokens WHERE issued_to = ? AND holder_origin = ? ORDER BY token_id LIMIT 9", "tally_tokens_by_holder" },
        { "SELECT * FROM api_keys WHERE zid = ? AND prefix = ?", "api_keys_by_owner" },
        { "SELECT * FROM chain_rows WHERE slug = ? AND seq > ? ORDER BY seq", "sqlite_autoindex_chain_rows_1" },
        { "SELECT * FROM moves WHERE token_id = ? ORDER BY spend_seq DESC LIMIT 1", "sqlite_autoindex_moves_1" },
        { "SELECT * FROM moves WHERE from_zid = ? AND from_origin = ? AND token_id = ? ORDER BY spend_seq DESC LIMIT 1", "sqlite_autoindex_moves_1" },
        { "SELECT * FROM tally_tokens WHERE minted_by = ? AND minted_zeqond < ? ORDER BY minted_by DESC, minted_zeqond DESC", "tally_tokens_by_minter" },
        { "SELECT * FROM tally_tokens WHERE migrated_from IS NOT NULL AND status >= ?", "tally_tokens_migrated" },
        { "SELECT * FROM machines WHERE owner_zid = ? ORDER BY slug", "machines_by_owner" },
        { "SELECT * FROM machines WHERE is_public = 1 AND slug > ? ORDER BY slug", "machines_public" },
        { "SELECT * FROM claims WHERE zid = ? AND token_id > ? ORDER BY token_id", "claims_by_holder" },
        { "SELECT * FROM peer_steps WHERE status = ? AND next_try_zeqond <= ? ORDER BY next_try_zeqond", "peer_steps_due" },
        { "SELECT * FROM kept_answers WHERE expires_zeqond <= ? ORDER BY expires_zeqond", "kept_answers_by_expiry" },
        { "SELECT * FROM vote_stakes WHERE vote_id = ? AND zid = ? ORDER BY vote_id, zid, token_id", "vote_stakes_by_voter" },
        { "SELECT * FROM votes WHERE vote_id < ? ORDER BY vote_id DESC LIMIT 9", "sqlite_autoindex_votes_1" },
        { "SELECT * FROM computes WHERE machine = ? AND zeqond >= ? ORDER BY zeqond", "computes_by_machine" },
    };

    [Theory]
    [MemberData(nameof(Queries))]
    public void Every_named_query_has_its_index(string sql, string index)
    {
        using Statement plan = _raw.Prepare("EXPLAIN QUERY PLAN " + sql, "plan");
        var steps = new List<string>();
        while (plan.Step())
        {
            steps.Add(plan.Read(3).Text);
        }

        Assert.Contains($"INDEX {index} ", string.Join("; ", steps) + " ", StringComparison.Ordinal);
        Assert.DoesNotContain("SCAN", string.Join("; ", steps), StringComparison.Ordinal);
    }

    [Fact]
    public void The_steps_are_numbered_without_a_gap()
    {
        Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(migration => migration.Number));
        Assert.All(Migration.All, migration => Assert.StartsWith(migration.Number.ToString("D4", CultureInfo.InvariantCulture) + "_", migration.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_of_fewer_steps_gets_the_rest_and_keeps_its_rows()
    {
        string path = _folder.File("old.db");
        await using (SqliteHomeStore old = SqliteHomeStore.Open(path, null, [.. Migration.All.Take(2)]))
        {
            await using HomeTransaction transaction = await old.BeginAsync(new KeySet().Add(HomeMeta.Table, "a"), default);
            transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "b"));
            await transaction.CommitAsync(default);
        }

        Assert.Contains("older version", Assert.Throws<StoreException>(() => SqliteHomeStore.OpenReadOnly(path)).Message, StringComparison.Ordinal);
        await using SqliteHomeStore store = SqliteHomeStore.Open(path);
        Assert.Equal("b", (await store.FindAsync(HomeMeta.Table, "a"))!.Value);
        Assert.Null(await store.FindAsync(ClaimRow.Table, "https://a.example|x|y"));
    }

    [Fact]
    public void A_step_that_fails_leaves_the_steps_before_it()
    {
        string path = _folder.File("bad.db");
        Migration bad = new(2, "0002_bad.sql", "CREATE TABLE half (id TEXT) STRICT; CREATE TABLE half (id TEXT) STRICT;", "x");
        Assert.Throws<StoreException>(() => SqliteHomeStore.Open(path, null, [Migration.All[0], bad]));
        using Connection connection = Connection.Open(path, path, raw.SQLITE_OPEN_READWRITE, 1000);
        Assert.Equal(1, connection.Ask("SELECT count(*) FROM schema_migrations").Integer);
        Assert.Equal(0, connection.Ask("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").Integer);
    }

    [Fact]
    public async Task A_row_that_does_not_read_back_is_met_after_all_rows_before_it()
    {
        await using (HomeTransaction transaction = await _store.BeginAsync(new KeySet().Add(PeerKey.Table, "https://a1.example"), default))
        {
            transaction.Workspace.Put(PeerKey.Table, new PeerKey(Origin.Parse("https://a1.example"), new Zeqond(1), "k"));
            await transaction.CommitAsync(default);
        }

        _raw.Execute("INSERT INTO peers (origin, first_seen_zeqond, public_key) VALUES ('https://a2.example/no origin', 1, 'k'), ('https://a3.example', 1, 'k')");
        await using IHomeReader snapshot = await _store.SnapshotAsync();
        foreach (IHomeReader reader in (IHomeReader[])[_store, snapshot])
        {
            var seen = new List<string>();
            StoreException bad = await Assert.ThrowsAsync<StoreException>(async () =>
            {
                await foreach (PeerKey peer in reader.QueryAsync(new Query<PeerKey>(PeerKey.Table)))
                {
                    seen.Add(peer.Origin.Text);
                }
            });
            Assert.Equal(["https://a1.example"], seen);
            Assert.IsType<FormatException>(bad.InnerException);
        }
    }

    [Fact]
    public async Task What_another_connection_wrote_is_what_the_next_batch_loads()
    {
        KeySet keys = new KeySet().Add(HomeMeta.Table, "a");
        await using (HomeTransaction transaction = await _store.BeginAsync(keys, default))
        {
            transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "ours"));
            await transaction.CommitAsync(default);
        }

        await using (HomeTransaction transaction = await _store.BeginAsync(keys, default))
        {
            Assert.Equal("ours", transaction.Workspace.Find(HomeMeta.Table, "a")!.Value);
            transaction.Workspace.Put(HomeMeta.Table, new HomeMeta("a", "never committed"));
        }

        await using (HomeTransaction transaction = await _store.BeginAsync(keys, default))
        {
            Assert.Equal("ours", transaction.Workspace.Find(HomeMeta.Table, "a")!.Value);
        }

        _raw.Execute("UPDATE home_meta SET value = 'theirs' WHERE name = 'a'");
        await using HomeTransaction last = await _store.BeginAsync(keys, default);
        Assert.Equal("theirs", last.Workspace.Find(HomeMeta.Table, "a")!.Value);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(10)]
    public async Task However_few_rows_stay_in_memory_batches_load_what_is_stored(int cached)
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(_folder.File($"cached{cached}.db"), new SqliteOptions { CachedRows = cached });
        var model = new Dictionary<string, string>();
        for (int round = 0; round < 60; round++)
        {
            string[] names = [.. Enumerable.Range(0, 4).Select(i => $"n{(round * (i + 3)) % 11}").Distinct()];
            var keys = new KeySet();
            foreach (string name in names)
            {
                keys.Add(HomeMeta.Table, name);
            }

            await using HomeTransaction transaction = await store.BeginAsync(keys, default);
            foreach (string name in names)
            {
                Assert.Equal(model.GetValueOrDefault(name), transaction.Workspace.Find(HomeMeta.Table, name)?.Value);
                transaction.Workspace.Put(HomeMeta.Table, new HomeMeta(name, $"v{round}"));
            }

            if (round % 3 != 0)
            {
                await transaction.CommitAsync(default);
                foreach (string name in names)
                {
                    model[name] = $"v{round}";
                }
            }
        }
    }
}
