using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>The journal beside the file: whatever a crash leaves of it and of the log, what was acknowledged is there, once.</summary>
public sealed class JournalTests : IDisposable
{
    private static readonly Zid Owner = Zid.FromNumber(1);
    private readonly TempFolder _folder = new();
    private readonly Random _random;
    private int _copies;

    public JournalTests()
    {
        int seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        if (int.TryParse(Environment.GetEnvironmentVariable("ZEQ_TEST_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given))
        {
            seed = given;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"ZEQ_TEST_SEED={seed}");
        _random = new Random(seed);
    }

    private string Path => _folder.File("home.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_journal_cut_anywhere_gives_the_entries_before_the_cut()
    {
        long acknowledged = await KilledAsync();
        byte[] journal = await File.ReadAllBytesAsync(Journal.PathOf(Path));
        List<int> ends = EndsOf(journal);
        long all = await SeqAsync(Path, journal);
        Assert.InRange(all, acknowledged, acknowledged + 1);
        long first = all - (ends.Count - 1);
        for (int i = 0; i < 24; i++)
        {
            int cut = i < 8 ? ends[_random.Next(ends.Count)] : _random.Next(ends[^1]);
            byte[] torn = (byte[])journal.Clone();
            if (i % 3 == 0)
            {
                torn = torn[..cut];
            }
            else if (i % 3 == 1)
            {
                torn.AsSpan(cut).Clear();
            }
            else
            {
                _random.NextBytes(torn.AsSpan(cut));
            }

            // An entry whose last bytes were zero stands although they were cleared.
            int standing = ends.FindLastIndex(end => end <= torn.Length && torn.AsSpan(0, end).SequenceEqual(journal.AsSpan(0, end)));
            Assert.Equal(first + standing, await SeqAsync(Path, torn));
        }
    }

    [Fact]
    public async Task A_log_cut_anywhere_while_the_journal_goes_into_the_file_loses_nothing()
    {
        await KilledAsync();
        string replayed = Copy(Path, await File.ReadAllBytesAsync(Journal.PathOf(Path)));
        byte[] journal = await File.ReadAllBytesAsync(Journal.PathOf(replayed));
        string before = Copy(replayed, journal);
        Assert.False(File.Exists(before + "-wal"));
        long all;
        byte[] log;
        using (Connection connection = OpenRaw(replayed))
        {
            SqliteWriter.Recover(connection);
            all = connection.Ask("SELECT count(*) FROM credit_moves").Integer;
            log = await File.ReadAllBytesAsync(replayed + "-wal");
        }

        for (int i = 0; i < 24; i++)
        {
            int cut = i < 8 ? 32 + (_random.Next((log.Length - 32) / 4120) * 4120) : _random.Next(log.Length);
            string copy = Copy(before, journal);
            byte[] torn = (byte[])log.Clone();
            if (i % 2 == 0)
            {
                torn.AsSpan(cut).Clear();
            }
            else
            {
                _random.NextBytes(torn.AsSpan(cut));
            }

            await File.WriteAllBytesAsync(copy + "-wal", torn);
            Assert.Equal(all, await OpenedSeqAsync(copy));
        }
    }

    [Fact]
    public async Task A_journal_of_another_generation_or_of_a_deleted_store_is_void()
    {
        long acknowledged = await KilledAsync();
        byte[] journal = await File.ReadAllBytesAsync(Journal.PathOf(Path));
        long all = await OpenedSeqAsync(Path);
        Assert.InRange(all, acknowledged, acknowledged + 1);
        Assert.False(File.Exists(Journal.PathOf(Path)));
        await File.WriteAllBytesAsync(Journal.PathOf(Path), journal);
        Assert.Equal(all, await OpenedSeqAsync(Path));

        string fresh = _folder.File("fresh.db");
        BinaryPrimitives.WriteInt32LittleEndian(journal.AsSpan(8), 0);
        await File.WriteAllBytesAsync(Journal.PathOf(fresh), journal);
        Assert.Equal(0, await OpenedSeqAsync(fresh));
    }

    [Fact]
    public async Task A_journal_that_does_not_fit_is_refused_in_one_sentence()
    {
        await KilledAsync();
        using (Connection connection = OpenRaw(Path))
        {
            connection.Execute($"INSERT INTO credit_moves VALUES ('{Owner.Text}', (SELECT coalesce(max(seq), 0) + 1 FROM credit_moves), 1, 1, NULL, 1, 0, 0)");
        }

        StoreException refused = Assert.Throws<StoreException>(() => SqliteHomeStore.Open(Path));
        Assert.Contains("does not fit", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsTransient);
        Assert.True(File.Exists(Journal.PathOf(Path)));
    }

    [Fact]
    public async Task A_refused_batch_takes_nothing_of_those_before_it_along()
    {
        long last = 0;
        await using (SqliteHomeStore store = SqliteHomeStore.Open(Path))
        {
            for (int i = 0; i < 20; i++)
            {
                await CommitAsync(store, ++last, last);
                await Assert.ThrowsAsync<StoreException>(() => CommitAsync(store, last, last));
            }

            Assert.Equal(last, (await store.FindAsync(CreditMove.Table, Owner.Text))!.Seq);
        }

        Assert.Equal(last, await OpenedSeqAsync(Path));
    }

    [Fact]
    public async Task A_living_process_puts_a_dead_ones_journal_into_the_file_and_decides_again()
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        await CommitAsync(store, 1, 1);
        Assert.Equal(1, await SeqAsync(store));
        long acknowledged = await KilledAsync();
        HomeTransaction early = await store.BeginAsync(new KeySet().Add(CreditMove.Table, Owner.Text), default);
        long seen = early.Workspace.Find(CreditMove.Table, Owner.Text)!.Seq;
        early.Workspace.Append(CreditMove.Table, MoveOf(seen + 1));
        Assert.True((await Assert.ThrowsAsync<StoreException>(async () => await early.CommitAsync(default))).IsStale);
        long all = await SeqAsync(store);
        Assert.InRange(all, acknowledged, acknowledged + 1);
        await CommitAsync(store, all + 1, all + 1);
        Assert.Equal(all + 1, await SeqAsync(store));
    }

    [Fact]
    public async Task Two_living_processes_lose_nothing_of_each_other()
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        using Process child = ChildProcess.Start(["open", Path]);
        long last = 0;
        while (!child.HasExited || last < 50)
        {
            try
            {
                await CommitAsync(store, last + 1, last + 1);
                last++;
            }
            catch (StoreException stale) when (stale.IsStale)
            {
                await Task.Yield();
            }

            await Task.Delay(last % 10 == 0 ? 100 : 0);
        }

        Assert.StartsWith("SQLite ", await child.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(last, await SeqAsync(store));
        Assert.Equal("the child", (await store.FindAsync(HomeMeta.Table, "by"))!.Value);
    }

    [Fact]
    public async Task A_commit_that_waits_for_the_writer_is_stood_on_already()
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        KeySet keys = new KeySet().Add(CreditMove.Table, Owner.Text);
        for (int i = 1; i <= 200; i++)
        {
            HomeTransaction transaction = await store.BeginAsync(keys, default);
            Assert.Equal(i - 1, transaction.Workspace.Find(CreditMove.Table, Owner.Text)?.Seq ?? 0);
            transaction.Workspace.Append(CreditMove.Table, MoveOf(i));

            // A reader holds the writer just then.
            Task<long> reading = SeqAsync(store);
            Task committing = transaction.CommitAsync(default).AsTask();
            await using (HomeTransaction next = await store.BeginAsync(keys, default))
            {
                Assert.Equal(i, next.Workspace.Find(CreditMove.Table, Owner.Text)!.Seq);
            }

            await committing;
            Assert.InRange(await reading, i - 1, i);
        }
    }

    /// <summary>A store whose writer was killed while its journal held entries; what was acknowledged last.</summary>
    private async Task<long> KilledAsync()
    {
        string acknowledged = _folder.File("acknowledged");
        for (int tries = 0; tries < 20; tries++)
        {
            using Process child = ChildProcess.Start(["commit", Path, acknowledged, "4096"]);
            var waited = Stopwatch.StartNew();
            int before = Lines(acknowledged).Length;
            while (Lines(acknowledged).Length < before + 60 && waited.ElapsedMilliseconds < 20_000)
            {
                await Task.Delay(1);
            }

            child.Kill();
            await child.WaitForExitAsync();
            using Connection connection = OpenRaw(Path);
            if (Journal.GenerationOf(Path) == connection.Ask("PRAGMA user_version").Integer)
            {
                return long.Parse(Lines(acknowledged)[^1], CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException("The child was always killed when its journal was empty.");
    }

    private static string[] Lines(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Where the entries of the newest generation end, from 0.</summary>
    private static List<int> EndsOf(byte[] journal)
    {
        List<int> ends = [0];
        int generation = BinaryPrimitives.ReadInt32LittleEndian(journal.AsSpan(8));
        while (ends[^1] + Journal.HeaderSizeBytes <= journal.Length
            && BinaryPrimitives.ReadInt32LittleEndian(journal.AsSpan(ends[^1] + 8)) == generation
            && BinaryPrimitives.ReadInt32LittleEndian(journal.AsSpan(ends[^1] + 12)) == ends.Count - 1)
        {
            ends.Add(ends[^1] + Journal.HeaderSizeBytes + BinaryPrimitives.ReadInt32LittleEndian(journal.AsSpan(ends[^1] + 16)));
        }

        return ends;
    }

    private async Task<long> SeqAsync(string path, byte[] journal) => await OpenedSeqAsync(Copy(path, journal));

    private static async Task<long> OpenedSeqAsync(string path)
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(path);
        return await SeqAsync(store);
    }

    /// <summary>The newest number; all below it must be there, and the pool must be of the same batch.</summary>
    private static async Task<long> SeqAsync(SqliteHomeStore store)
    {
        await using IHomeReader reader = await store.SnapshotAsync();
        long last = 0;
        await foreach (CreditMove move in reader.QueryAsync(new Query<CreditMove>(CreditMove.Table)))
        {
            Assert.Equal(++last, move.Seq);
        }

        if (await reader.FindAsync(FuelPool.Table, Owner.Text) is { } pool)
        {
            Assert.Equal(last, pool.Moves);
        }

        return last;
    }

    private string Copy(string path, byte[] journal)
    {
        string copy = _folder.File($"copy{_copies++}.db");
        File.Copy(path, copy);
        if (File.Exists(path + "-wal"))
        {
            File.Copy(path + "-wal", copy + "-wal");
        }

        File.WriteAllBytes(Journal.PathOf(copy), journal);
        return copy;
    }

    private static Connection OpenRaw(string path)
    {
        _ = NativeSqlite.Version;
        return Connection.Open(path, path, raw.SQLITE_OPEN_READWRITE, 1_000);
    }

    private static CreditMove MoveOf(long seq) => new(Owner, seq, new Zeqond(seq), CreditReason.Claim, new string('r', 300), 1, 0, 0);

    private static async Task CommitAsync(SqliteHomeStore store, long seq, long moves)
    {
        await using HomeTransaction transaction = await store.BeginAsync(new KeySet().Add(FuelPool.Table, Owner.Text), default);
        transaction.Workspace.Append(CreditMove.Table, MoveOf(seq));
        transaction.Workspace.Put(FuelPool.Table, new FuelPool(Owner, moves, 0, 0, 0, moves));
        await transaction.CommitAsync(default);
    }
}
