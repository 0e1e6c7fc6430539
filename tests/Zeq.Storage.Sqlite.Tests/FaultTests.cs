using System.Diagnostics;
using System.Globalization;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>A full disk, a second writer, a killed process.</summary>
public sealed class FaultTests : IDisposable
{
    private static readonly Zid Owner = Zid.FromNumber(1);
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("home.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_disk_changes_nothing_and_the_store_goes_on_once_there_is_room()
    {
        string key = SealedSecret.KeyOf(Owner, "s");
        await using (SqliteHomeStore store = SqliteHomeStore.Open(Path, new SqliteOptions { MaxPages = 120 }))
        {
            await PutAsync(store, new SealedSecret(Owner, "s", 1, [1]));
            StoreException full = await Assert.ThrowsAsync<StoreException>(() => PutAsync(store, new SealedSecret(Owner, "big", 1, new byte[1_000_000]), new SealedSecret(Owner, "s", 2, [2])));
            Assert.True(full.IsTransient);
            Assert.False(full.OutcomeUnknown);
            Assert.Equal(1, (await store.FindAsync(SealedSecret.Table, key))!.Version);
            Assert.Null(await store.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(Owner, "big")));
            await PutAsync(store, new SealedSecret(Owner, "s", 2, [2]));
        }

        await using (SqliteHomeStore store = SqliteHomeStore.Open(Path))
        {
            await PutAsync(store, new SealedSecret(Owner, "big", 1, new byte[1_000_000]));
            Assert.Equal(2, (await store.FindAsync(SealedSecret.Table, key))!.Version);
        }
    }

    [Fact]
    public async Task A_second_process_waits_for_the_writer_and_fails_in_time()
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path, new SqliteOptions { BusyTimeoutMs = 200 });
        using Process child = ChildProcess.Start(["hold", Path]);
        Assert.Equal("held", await child.StandardOutput.ReadLineAsync());
        StoreException busy = await Assert.ThrowsAsync<StoreException>(() => PutAsync(store, new SealedSecret(Owner, "s", 1, [1])));
        Assert.True(busy.IsTransient);
        Assert.False(busy.OutcomeUnknown);
        Assert.Null(await store.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(Owner, "s")));
        await child.StandardInput.WriteLineAsync("go");
        await child.WaitForExitAsync();
        await PutAsync(store, new SealedSecret(Owner, "s", 1, [1]));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("4")]
    [InlineData("4096")]
    public async Task What_was_acknowledged_survives_a_kill(string journalSizeKib)
    {
        string acknowledged = _folder.File("acknowledged");
        long last = 0;
        for (int round = 0; round < 10; round++)
        {
            using Process child = ChildProcess.Start(["commit", Path, acknowledged, journalSizeKib]);
            var waited = Stopwatch.StartNew();
            while (LastOf(acknowledged) < last + 3 + (round * 7) && waited.ElapsedMilliseconds < 20_000 && !child.HasExited)
            {
                await Task.Delay(1);
            }

            child.Kill();
            await child.WaitForExitAsync();
            last = LastOf(acknowledged);
            Assert.True(last > 0);
            if (round % 2 == 1)
            {
                // Every other time the next child recovers by itself.
                await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
                CreditMove newest = (await store.FindAsync(CreditMove.Table, Owner.Text))!;
                FuelPool pool = (await store.FindAsync(FuelPool.Table, Owner.Text))!;
                Assert.InRange(newest.Seq, last, last + 1);
                Assert.Equal(newest.Seq, pool.Moves);
                Assert.Equal(newest.Seq, await CountAsync(store));
            }
        }
    }

    [Fact]
    public async Task A_log_that_a_crash_left_is_read_whole_without_a_byte_written()
    {
        using (Process child = ChildProcess.Start(["commit", Path, _folder.File("acknowledged"), "4096"]))
        {
            while (LastOf(_folder.File("acknowledged")) < 20)
            {
                await Task.Delay(1);
            }

            child.Kill();
            await child.WaitForExitAsync();
        }

        long last = LastOf(_folder.File("acknowledged"));
        foreach (bool hasIndex in (bool[])[true, false])
        {
            if (!hasIndex)
            {
                File.Delete(Path + "-shm");
            }

            Assert.True(StoreFile.HasLog(Path));
            Dictionary<string, string> before = Files();
            await using (SqliteHomeStore audit = SqliteHomeStore.OpenReadOnly(Path))
            {
                Assert.InRange(await CountAsync(audit), last, last + 1);
                await Assert.ThrowsAsync<InvalidOperationException>(async () => await audit.BeginAsync(new KeySet(), default));
            }

            Assert.Equal(before, Files());
        }

        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        Assert.InRange(await CountAsync(store), last, last + 1);
    }

    [Fact]
    public async Task A_closed_store_is_read_from_a_copy_that_is_gone_afterwards()
    {
        await using (SqliteHomeStore store = SqliteHomeStore.Open(Path))
        {
            await PutAsync(store, new SealedSecret(Owner, "s", 1, [1]));
        }

        Dictionary<string, string> before = Files();
        Assert.Single(before);
        int copies = Directory.GetDirectories(System.IO.Path.GetTempPath(), "zeq-audit-*").Length;
        await using (SqliteHomeStore audit = SqliteHomeStore.OpenReadOnly(Path))
        {
            Assert.NotNull(await audit.FindAsync(SealedSecret.Table, SealedSecret.KeyOf(Owner, "s")));
            Assert.Equal(before, Files());
        }

        Assert.Equal(before, Files());
        Assert.True(Directory.GetDirectories(System.IO.Path.GetTempPath(), "zeq-audit-*").Length <= copies);
    }

    [Fact]
    public async Task A_running_nodes_store_is_read_beside_it()
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        await PutAsync(store, new SealedSecret(Owner, "s", 1, [1]));
        await using SqliteHomeStore audit = SqliteHomeStore.OpenReadOnly(Path);
        string key = SealedSecret.KeyOf(Owner, "s");
        Assert.Equal(1, (await audit.FindAsync(SealedSecret.Table, key))!.Version);
        await PutAsync(store, new SealedSecret(Owner, "s", 2, [2]));
        Assert.Equal(2, (await audit.FindAsync(SealedSecret.Table, key))!.Version);
        await using (IHomeReader snapshot = await audit.SnapshotAsync())
        {
            await PutAsync(store, new SealedSecret(Owner, "s", 3, [3]));
            Assert.Equal(2, (await snapshot.FindAsync(SealedSecret.Table, key))!.Version);
        }

        Assert.Equal(3, (await audit.FindAsync(SealedSecret.Table, key))!.Version);
    }

    [Fact]
    public async Task The_log_stays_bounded_and_shrinks_after_a_snapshot()
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path, new SqliteOptions { CheckpointPages = 100, JournalSizeKib = 0 });
        await using (IHomeReader snapshot = await store.SnapshotAsync())
        {
            await FillAsync(1);
            Assert.True(new FileInfo(Path + "-wal").Length > 2_000_000);
        }

        await FillAsync(101);
        await FillAsync(201);
        Assert.InRange(new FileInfo(Path + "-wal").Length, 1, 1_500_000);

        async Task FillAsync(int first)
        {
            for (int i = 0; i < 100; i++)
            {
                await PutAsync(store, new SealedSecret(Owner, "s", first + i, System.Security.Cryptography.RandomNumberGenerator.GetBytes(30_000)));
            }
        }
    }

    private static async Task PutAsync(SqliteHomeStore store, params SealedSecret[] secrets)
    {
        var keys = new KeySet();
        foreach (SealedSecret secret in secrets)
        {
            keys.Add(SealedSecret.Table, SealedSecret.Table.KeyOf(secret));
        }

        await using HomeTransaction transaction = await store.BeginAsync(keys, default);
        foreach (SealedSecret secret in secrets)
        {
            transaction.Workspace.Put(SealedSecret.Table, secret);
        }

        await transaction.CommitAsync(default);
    }

    private static async Task<int> CountAsync(SqliteHomeStore store)
    {
        int count = 0;
        await foreach (CreditMove _ in store.QueryAsync(new Query<CreditMove>(CreditMove.Table)))
        {
            count++;
        }

        return count;
    }

    private static long LastOf(string acknowledged)
    {
        if (!File.Exists(acknowledged))
        {
            return 0;
        }

        using var file = new StreamReader(new FileStream(acknowledged, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string[] lines = file.ReadToEnd().Split('\n');
        return lines.Length < 2 ? 0 : long.Parse(lines[^2], CultureInfo.InvariantCulture);
    }

    private Dictionary<string, string> Files() =>
        Directory.GetFiles(_folder.Path, "home.db*").ToDictionary(file => file, file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
}
