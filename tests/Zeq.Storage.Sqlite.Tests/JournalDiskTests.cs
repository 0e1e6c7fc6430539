using System.Globalization;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>A disk that fails where the journal is written: commits go into the file at once, or fail in words, and none is lost.</summary>
public sealed class JournalDiskTests : IDisposable
{
    private static readonly Zid Owner = Zid.FromNumber(1);
    private readonly TempFolder _folder = new();

    private string Path => _folder.File("home.db");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/dev/full")] // takes no byte
    [InlineData("/dev/null")] // takes all, and makes nothing durable
    [InlineData("")] // cannot be made
    public async Task Where_the_journal_cannot_be_written_the_file_takes_each_commit(string device)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The devices are Linux's.");
        await LinkAsync(device);
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        for (int i = 1; i <= 5; i++)
        {
            await CommitAsync(store, i);

            // Acknowledged means durable: the file itself has it, seen by another connection and with no journal's help.
            using Connection connection = OpenRaw(Path);
            Assert.Equal(i, connection.Ask("SELECT count(*) FROM credit_moves").Integer);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/dev/null")]
    public async Task A_full_disk_fails_a_commit_in_words_and_the_store_goes_on_once_there_is_room(string? device)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Limits of files are Linux's.");
        if (device is not null)
        {
            await LinkAsync(device);
        }

        string[] said = (await ChildProcess.RunAsync(["small-disk", Path])).Split('\n');
        Assert.Equal(3, said.Length);

        // The file's own commit has failed too: nobody knows what a recovery would find.
        Assert.Equal("unknown: True", said[0]);
        long acknowledged = long.Parse(said[1], CultureInfo.InvariantCulture);
        long after = long.Parse(said[2], CultureInfo.InvariantCulture);

        Assert.InRange(after, acknowledged, acknowledged + 1);
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        long last = 0;
        await foreach (CreditMove move in store.QueryAsync(new Query<CreditMove>(CreditMove.Table)))
        {
            Assert.Equal(++last, move.Seq);
        }

        Assert.Equal(after + 5, last);
        Assert.Equal(last, (await store.FindAsync(FuelPool.Table, Owner.Text))!.Moves);
    }

    [Fact]
    public async Task What_no_batch_follows_comes_into_the_file_by_itself()
    {
        await using SqliteHomeStore store = SqliteHomeStore.Open(Path);
        await CommitAsync(store, 1);
        using Connection connection = OpenRaw(Path);
        for (int tries = 0; tries < 1_000 && connection.Ask("SELECT count(*) FROM credit_moves").Integer == 0; tries++)
        {
            await Task.Delay(10);
        }

        Assert.Equal(1, connection.Ask("SELECT count(*) FROM credit_moves").Integer);

        // And whoever else writes is not kept out.
        connection.Execute("UPDATE fuel_pools SET free = 7");
    }

    /// <summary>Puts a device, or a folder, where the journal of an existing store would be: a new store clears the place.</summary>
    private async Task LinkAsync(string device)
    {
        await SqliteHomeStore.Open(Path).DisposeAsync();
        if (device.Length > 0)
        {
            File.CreateSymbolicLink(Journal.PathOf(Path), device);
        }
        else
        {
            Directory.CreateDirectory(Journal.PathOf(Path));
        }
    }

    private static Connection OpenRaw(string path)
    {
        _ = NativeSqlite.Version;
        return Connection.Open(path, path, raw.SQLITE_OPEN_READWRITE, 1_000);
    }

    private static async Task CommitAsync(SqliteHomeStore store, long seq)
    {
        await using HomeTransaction transaction = await store.BeginAsync(new KeySet().Add(FuelPool.Table, Owner.Text), default);
        transaction.Workspace.Append(CreditMove.Table, new CreditMove(Owner, seq, new Zeqond(seq), CreditReason.Claim, "r", 1, 0, 0));
        transaction.Workspace.Put(FuelPool.Table, new FuelPool(Owner, seq, 0, 0, 0, seq));
        await transaction.CommitAsync(default);
    }
}
