using System.Diagnostics;
using System.Security.Cryptography;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Benchmarks;

/// <summary>
/// The baseline: the rows of a transfer, written by plain prepared statements in one loop, with no home, no rule and no hash around
/// them. Same library, same file, same schema, same durable settings. A row that SQLite accepts is all that it promises.
/// </summary>
internal sealed class PlainTransfers : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _coin;
    private readonly sqlite3_stmt _head;
    private readonly sqlite3_stmt _moveCoin;
    private readonly sqlite3_stmt _move;
    private readonly sqlite3_stmt _row;
    private readonly sqlite3_stmt _moveHead;
    private readonly byte[] _salt = RandomNumberGenerator.GetBytes(32);
    private readonly Random _random = new(7);
    private readonly byte[] _bytes = new byte[32];

    public PlainTransfers(string path)
    {
        Check(raw.sqlite3_open_v2(path, out _database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null));
        Check(raw.sqlite3_exec(_database, """
            PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;
            PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8192
            """));
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _coin = Prepare("SELECT issued_to, spend_seq FROM tally_tokens WHERE token_id = ?1");
        _head = Prepare("SELECT seq, state_hash FROM chain_heads WHERE slug = ?1");
        _moveCoin = Prepare("UPDATE tally_tokens SET issued_to = ?1, holder_origin = ?2, spend_seq = spend_seq + 1 WHERE token_id = ?3 AND spend_seq = ?4");
        _move = Prepare("""
            INSERT INTO moves (token_id, spend_seq, kind, from_zid, from_origin, to_zid, to_origin, zeqond, means, out_slug, out_seq, out_hash, in_slug, in_seq, in_hash)
            VALUES (?1, ?2, 2, ?3, ?4, ?5, ?4, ?6, 1, ?7, ?8, ?9, ?10, ?11, ?12)
            """);
        _row = Prepare("""
            INSERT INTO chain_rows (slug, seq, zeqond, type, transition_id, payload_hash, prev_hash, state_hash, actor_hash, flags, actor_zid, key_prefix, payload, salt)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 's0', ?10, 'zeq_ak_00000', ?11, ?12)
            """);
        _moveHead = Prepare("UPDATE chain_heads SET seq = ?1, zeqond = ?2, state_hash = ?3 WHERE slug = ?4 AND seq = ?1 - 1");
    }

    /// <summary>Moves random coins, so many in a commit.</summary>
    public Sample Run(TokenId[] coins, int accounts, int perCommit, TimeSpan duration, int seed)
    {
        var random = new Random(seed);
        List<long> ticks = [];
        long began = Stopwatch.GetTimestamp();
        long until = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        int waiting = 0;
        while (Stopwatch.GetTimestamp() is var start && start < until)
        {
            Run(_begin);
            for (waiting = 0; waiting < perCommit; waiting++)
            {
                Transfer(coins[random.Next(coins.Length)].Text, Zid.FromNumber(random.Next(accounts)).Text);
            }

            Run(_commit);
            long took = Stopwatch.GetTimestamp() - start;
            for (int i = 0; i < perCommit; i++)
            {
                ticks.Add(took);
            }
        }

        return Sample.Of([ticks], 0, Stopwatch.GetElapsedTime(began), perCommit);
    }

    public void Dispose()
    {
        foreach (sqlite3_stmt statement in (sqlite3_stmt[])[_begin, _commit, _coin, _head, _moveCoin, _move, _row, _moveHead])
        {
            statement.Dispose();
        }

        raw.sqlite3_close_v2(_database);
    }

    private void Transfer(string token, string to)
    {
        const string Origin = "https://bench.example";
        long zeqond = Zeqond.FromUnixMs(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Value;
        Bind(_coin, 1, token);
        Require(raw.sqlite3_step(_coin), raw.SQLITE_ROW);
        string from = raw.sqlite3_column_text(_coin, 0).utf8_to_string();
        long height = raw.sqlite3_column_int64(_coin, 1);
        raw.sqlite3_reset(_coin);

        string payload = $$"""{"from":"{{from}}","from_origin":"{{Origin}}","home_origin":"{{Origin}}","kind":"transfer","spend_seq":{{height + 1}},"to":"{{to}}","to_origin":"{{Origin}}","token_id":"{{token}}","value_zqt":2,"zeqond":{{zeqond}}}""";
        string outSlug = from.ToLowerInvariant();
        string inSlug = to.ToLowerInvariant();
        (long outSeq, string outHash) = Append(outSlug, "transfer_out", payload, from, zeqond);
        (long inSeq, string inHash) = Append(inSlug, "transfer_in", payload, from, zeqond);

        Bind(_move, 1, token);
        Bind(_move, 2, height + 1);
        Bind(_move, 3, from);
        Bind(_move, 4, Origin);
        Bind(_move, 5, to);
        Bind(_move, 6, zeqond);
        Bind(_move, 7, outSlug);
        Bind(_move, 8, outSeq);
        Bind(_move, 9, outHash);
        Bind(_move, 10, inSlug);
        Bind(_move, 11, inSeq);
        Bind(_move, 12, inHash);
        Run(_move);

        Bind(_moveCoin, 1, to);
        Bind(_moveCoin, 2, Origin);
        Bind(_moveCoin, 3, token);
        Bind(_moveCoin, 4, height);
        Run(_moveCoin);
    }

    private (long Seq, string Hash) Append(string slug, string type, string payload, string actor, long zeqond)
    {
        Bind(_head, 1, slug);
        Require(raw.sqlite3_step(_head), raw.SQLITE_ROW);
        long seq = raw.sqlite3_column_int64(_head, 0) + 1;
        string prev = raw.sqlite3_column_text(_head, 1).utf8_to_string();
        raw.sqlite3_reset(_head);

        string hash = Hex();
        Bind(_row, 1, slug);
        Bind(_row, 2, seq);
        Bind(_row, 3, zeqond);
        Bind(_row, 4, type);
        Bind(_row, 5, "01890000-0000-7000-8000-000000000000");
        Bind(_row, 6, hash);
        Bind(_row, 7, prev);
        Bind(_row, 8, hash);
        Bind(_row, 9, hash);
        Bind(_row, 10, actor);
        Bind(_row, 11, payload);
        Check(raw.sqlite3_bind_blob(_row, 12, _salt));
        Run(_row);

        Bind(_moveHead, 1, seq);
        Bind(_moveHead, 2, zeqond);
        Bind(_moveHead, 3, hash);
        Bind(_moveHead, 4, slug);
        Run(_moveHead);
        return (seq, hash);
    }

    private string Hex()
    {
        _random.NextBytes(_bytes);
        return Convert.ToHexStringLower(_bytes);
    }

    private void Bind(sqlite3_stmt statement, int parameter, string text) => Check(raw.sqlite3_bind_text(statement, parameter, text));

    private void Bind(sqlite3_stmt statement, int parameter, long value) => Check(raw.sqlite3_bind_int64(statement, parameter, value));

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out sqlite3_stmt statement));
        return statement;
    }

    private void Run(sqlite3_stmt statement)
    {
        Require(raw.sqlite3_step(statement), raw.SQLITE_DONE);
        raw.sqlite3_reset(statement);
    }

    private void Check(int code) => Require(code, raw.SQLITE_OK);

    private void Require(int code, int expected)
    {
        if (code != expected)
        {
            throw new InvalidOperationException($"SQLite {code}: {raw.sqlite3_errmsg(_database).utf8_to_string()}");
        }
    }
}
