using System.Text.Json.Nodes;
using SQLitePCL;
using Zeq.Storage.Sqlite;

namespace Zeq.Cli.Tests;

/// <summary>
/// <c>zeq audit</c> on copies of a real store that somebody changed by hand, one for each invariant of spec 10 §9: it fails, and the first
/// thing that it names is the damaged row.
/// </summary>
public sealed class DamagedFileTests(DamagedFileTests.Story story) : IClassFixture<DamagedFileTests.Story>
{
    private const string Zeros64 = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>What is damaged, by what statement, and which row is named first; names in braces are the story's.</summary>
    public static TheoryData<string, string, string, string> Damages => new()
    {
        { "a coin that counts nowhere", "UPDATE tally_tokens SET status = 5 WHERE token_id = '{kept}'", "tally_tokens", "{kept}" },
        { "a burned coin that lives again", "UPDATE tally_tokens SET status = 1 WHERE token_id = '{burned}'", "tally_tokens", "{burned}" },
        { "a living coin that is burned", "UPDATE tally_tokens SET status = 4 WHERE token_id = '{kept}'", "tally_tokens", "{kept}" },
        { "a bearer coin that nobody exported", "UPDATE supply SET bearer = bearer + 6", "supply", "home" },
        { "a burn that the counters forget", "UPDATE supply SET burned = 0, shown_burned = 0", "supply", "home" },
        { "a migration that never was", "UPDATE supply SET migrated_out = 6", "supply", "home" },
        { "a value that is not what was minted", "UPDATE tally_tokens SET value_zqt = 7 WHERE token_id = '{kept}'", "tally_tokens", "{kept}" },
        { "another holder", "UPDATE tally_tokens SET issued_to = '{bob}' WHERE token_id = '{kept}'", "tally_tokens", "{kept}" },
        { "no holder", "UPDATE tally_tokens SET issued_to = 'ZEQ07999999999' WHERE token_id = '{kept}'", "tally_tokens", "{kept}" },
        { "a gap in the heights", "UPDATE moves SET spend_seq = 2 WHERE token_id = '{sent}' AND spend_seq = 1", "moves", "{sent}|2" },
        { "a height that no move reached", "UPDATE tally_tokens SET spend_seq = 2 WHERE token_id = '{sent}'", "tally_tokens", "{sent}" },
        { "a move that is gone", "DELETE FROM moves WHERE token_id = '{burned}' AND spend_seq = 1", "tally_tokens", "{burned}" },
        { "a negative pool", "UPDATE fuel_pools SET burn = -1 WHERE zid = '{ada}'", "fuel_pools", "{ada}" },
        { "a fuller pool", "UPDATE fuel_pools SET burn = burn + 1 WHERE zid = '{ada}'", "fuel_pools", "{ada}" },
        { "more credits than were burned", "UPDATE burns SET credited = credited + 1", "burns", "{burn}" },
        { "more burned than the coins were worth", "UPDATE burns SET credited = credited + 1, sum_value_zqt = sum_value_zqt + 1", "burns", "{burn}" },
        { "another signature", $"UPDATE tally_tokens SET node_sig = '{Zeros64}{Zeros64}' WHERE token_id = '{{kept}}'", "tally_tokens", "{kept}" },
        { "another hash", $"UPDATE tally_tokens SET token_hash = '{Zeros64}' WHERE token_id = '{{kept}}'", "tally_tokens", "{kept}" },
        { "a row of a chain with another payload", "UPDATE chain_payloads SET payload = '{{\"n\":2}}'", "chain_rows", "{note}" },
        { "a row of a chain with another hash", $"UPDATE chain_rows SET state_hash = '{Zeros64}' WHERE type = 'note'", "chain_rows", "{note}" },
        { "a stake in no vote", "UPDATE tally_tokens SET staked_in = 'VT-9-0123456789abcdef' WHERE token_id = '{staked}'", "tally_tokens", "{staked}" },
        { "a stake that the coin forgot", "UPDATE tally_tokens SET staked_in = NULL WHERE token_id = '{staked}'", "vote_stakes", "{vote}|{staked}" },
        { "another tally", "UPDATE votes SET weights = '7,0'", "votes", "{vote}" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task The_first_thing_that_is_named_is_the_damaged_row(string what, string statement, string table, string key)
    {
        Assert.NotEmpty(what);
        string file = story.Copy(story.Fill(statement));
        CommandLineUser.Run run = await story.Ada.RunAsync("audit", "--storage", "sqlite:" + file, "--json");
        run.MustFail(1, "AUDIT_FAILED");
        JsonNode first = run.Document!["findings"]![0]!;
        Assert.True(((string?)first["table"], (string?)first["key"]) == (table, story.Fill(key)), run.ToString());
    }

    [Fact]
    public async Task A_copy_that_nobody_changed_is_sound()
    {
        JsonObject report = await story.Ada.JsonAsync("audit", "--storage", "sqlite:" + story.Copy(null));
        Assert.True((bool)report["ok"]!);
        Assert.Equal((4, 1, 1), ((int)report["counts"]!["envelopes"]!, (int)report["counts"]!["burns"]!, (int)report["counts"]!["votes"]!));
    }

    /// <summary>A home with a coin kept, one sent, one burned and one staked.</summary>
    public sealed class Story : IAsyncLifetime
    {
        private readonly CommandLineUser _bob = new();
        private readonly Dictionary<string, string> _names = [];
        private TestHome _home = null!;
        private int _copies;

        internal CommandLineUser Ada { get; } = new();

        public async ValueTask InitializeAsync()
        {
            _home = await TestHome.StartAsync();
            (string ada, _) = await Ada.RegisterAsync(_home);
            (string bob, _) = await _bob.RegisterAsync(_home);
            string[] coins = new string[4];
            for (int i = 0; i < coins.Length; i++)
            {
                coins[i] = await Ada.MintAsync(_home, ada, i + 2);
            }

            await Ada.JsonAsync("send", coins[1], bob);
            string burn = (string)(await Ada.JsonAsync("burn", coins[2]))["burn_tx"]!;
            string vote = (string)(await Ada.JsonAsync("vote", "create", "Tea?", "yes", "no", "--in", "30d"))["vote"]!["id"]!;
            await Ada.JsonAsync("vote", "cast", vote, "yes", coins[3]);
            JsonObject note = await Ada.JsonAsync("chain", "event", "--type", "note", "--payload", "{\"n\":1}");
            long seq = (long)note["seq"]!;
            (_names["ada"], _names["bob"], _names["kept"], _names["sent"], _names["burned"], _names["staked"], _names["burn"], _names["vote"], _names["note"]) =
                (ada, bob, coins[0], coins[1], coins[2], coins[3], burn, vote, $"{ada.ToLowerInvariant()}|{seq}");
        }

        public async ValueTask DisposeAsync()
        {
            Ada.Dispose();
            _bob.Dispose();
            await _home.DisposeAsync();
        }

        internal string Fill(string text)
        {
            foreach ((string name, string value) in _names)
            {
                text = text.Replace("{" + name + "}", value, StringComparison.Ordinal);
            }

            return text.Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal);
        }

        /// <summary>A copy of the live store, without what guards its rows, and changed by a statement that must hit a row.</summary>
        internal string Copy(string? statement)
        {
            string file = Ada.PathOf($"copy-{++_copies}.db");

            // What the running home has in its journal comes into the file in a moment; whoever opens it to read waits for that.
            SqliteHomeStore.OpenReadOnly(_home.StorePath).DisposeAsync().AsTask().GetAwaiter().GetResult();
            using (sqlite3 live = Open(_home.StorePath))
            {
                Execute(live, $"VACUUM INTO '{file}'");
            }

            if (statement is not null)
            {
                using sqlite3 copy = Open(file);
                foreach (string trigger in Names(copy, "SELECT name FROM sqlite_schema WHERE type = 'trigger'"))
                {
                    Execute(copy, $"DROP TRIGGER {trigger}");
                }

                Execute(copy, statement);
                Assert.Equal(1, raw.sqlite3_changes(copy));
            }

            return file;
        }

        private static sqlite3 Open(string path)
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open_v2(path, out sqlite3 db, raw.SQLITE_OPEN_READWRITE, null));
            return db;
        }

        private static void Execute(sqlite3 db, string sql) => Assert.True(raw.sqlite3_exec(db, sql) == raw.SQLITE_OK, $"{sql}: {raw.sqlite3_errmsg(db).utf8_to_string()}");

        private static List<string> Names(sqlite3 db, string sql)
        {
            var names = new List<string>();
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(db, sql, out sqlite3_stmt statement));
            using (statement)
            {
                while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
                {
                    names.Add(raw.sqlite3_column_text(statement, 0).utf8_to_string());
                }
            }

            return names;
        }
    }
}
