using System.Security.Cryptography;
using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite.Tests;

/// <summary>What is no store of ours is refused in one sentence, and stays as it was to the byte.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_store_of_a_newer_version()
    {
        string path = await MakeAsync();
        RunRaw(path, "INSERT INTO schema_migrations (number, name, sha256) VALUES (9999, '9999_later.sql', 'x')");
        await RefusesUntouchedAsync(path, "newer version");
    }

    [Fact]
    public async Task A_newer_version_that_is_running()
    {
        string path = await MakeAsync();
        using Connection other = Connection.Open(path, path, raw.SQLITE_OPEN_READWRITE, 1000);
        other.Execute("INSERT INTO schema_migrations (number, name, sha256) VALUES (9999, '9999_later.sql', 'x')");
        Assert.True(StoreFile.HasLog(path));
        StoreException refused = Assert.Throws<StoreException>(() => SqliteHomeStore.Open(path));
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_whose_steps_were_others()
    {
        string path = await MakeAsync();
        RunRaw(path, "UPDATE schema_migrations SET sha256 = 'x' WHERE number = 2");
        await RefusesUntouchedAsync(path, "another step 2");
    }

    [Fact]
    public async Task A_database_of_another_program()
    {
        string path = _folder.File("other.db");
        RunRaw(path, "CREATE TABLE notes (text TEXT)", raw.SQLITE_OPEN_CREATE);
        await RefusesUntouchedAsync(path, "no Zeq store");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(5000)]
    public async Task A_file_that_is_no_database(int size)
    {
        string path = _folder.File("text.db");
        await System.IO.File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(size));
        await RefusesUntouchedAsync(path, "no SQLite database");
    }

    [Fact]
    public async Task A_file_of_which_the_middle_is_gone()
    {
        string path = await MakeAsync();
        using (FileStream file = System.IO.File.OpenWrite(path))
        {
            file.SetLength(9000);
        }

        byte[] before = await System.IO.File.ReadAllBytesAsync(path);
        Assert.Throws<StoreException>(() => SqliteHomeStore.Open(path));
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(path));
    }

    [Fact]
    public void A_folder()
    {
        StoreException refused = Assert.Throws<StoreException>(() => SqliteHomeStore.Open(_folder.Path));
        Assert.Contains("is a folder", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Assert.Throws<StoreException>(() => SqliteHomeStore.OpenReadOnly(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_does_not_exist()
    {
        StoreException refused = Assert.Throws<StoreException>(() => SqliteHomeStore.Open(_folder.File("no/home.db")));
        Assert.Contains("does not exist", refused.Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Assert.Throws<StoreException>(() => SqliteHomeStore.OpenReadOnly(_folder.File("no.db"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_where_nothing_can_be_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        StoreException refused = Assert.Throws<StoreException>(() => SqliteHomeStore.Open("/proc/zeq-home.db"));
        Assert.False(refused.IsTransient);
        Assert.Contains("/proc/zeq-home.db", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_or_folder_without_the_right_to_write(bool isFile)
    {
        Assert.SkipUnless(Environment.UserName == "root" && System.IO.File.Exists("/usr/bin/setpriv"), "needs another user to be");
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string path = await MakeAsync();
        System.IO.File.SetUnixFileMode(_folder.Path, (UnixFileMode)(isFile ? 0b111_111_111 : 0b111_101_101));
        System.IO.File.SetUnixFileMode(path, (UnixFileMode)(isFile ? 0b110_100_100 : 0b110_110_110));
        byte[] before = await System.IO.File.ReadAllBytesAsync(path);
        string said = await ChildProcess.RunAsync(["open", path], user: "65534");
        Assert.StartsWith("False: ", said, StringComparison.Ordinal);
        Assert.Contains(path, said, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task The_bundled_library_makes_stores_that_the_systems_opens()
    {
        string path = _folder.File("bundled.db");
        string said = await ChildProcess.RunAsync(["open", path], sqlite: "bundled");
        Assert.StartsWith("SQLite 3.", said, StringComparison.Ordinal);
        await using SqliteHomeStore store = SqliteHomeStore.Open(path);
        Assert.Equal("the child", (await store.FindAsync(HomeMeta.Table, "by"))!.Value);
    }

    [Fact]
    public async Task A_store_that_needs_a_newer_SQLite()
    {
        string path = await MakeAsync();
        byte[] before = await System.IO.File.ReadAllBytesAsync(path);
        string said = await ChildProcess.RunAsync(["open", path], sqlite: "bundled");
        Assert.SkipWhen(said.StartsWith("SQLite 3.", StringComparison.Ordinal), "the bundled SQLite is new enough");
        Assert.Contains("newer SQLite", said, StringComparison.Ordinal);
        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(path));
    }

    private static void RunRaw(string path, string sql, int flags = 0)
    {
        _ = NativeSqlite.Version;
        using Connection connection = Connection.Open(path, path, raw.SQLITE_OPEN_READWRITE | flags, 1000);
        connection.Execute(sql);
    }

    private async Task<string> MakeAsync()
    {
        string path = _folder.File("home.db");
        await using SqliteHomeStore store = SqliteHomeStore.Open(path);
        return path;
    }

    private async Task RefusesUntouchedAsync(string path, string because)
    {
        byte[] before = await System.IO.File.ReadAllBytesAsync(path);
        string[] files = Directory.GetFiles(_folder.Path);
        foreach (Func<string, SqliteHomeStore> open in (Func<string, SqliteHomeStore>[])[file => SqliteHomeStore.Open(file), file => SqliteHomeStore.OpenReadOnly(file)])
        {
            StoreException refused = Assert.Throws<StoreException>(() => open(path));
            Assert.False(refused.IsTransient);
            Assert.Contains(because, refused.Message, StringComparison.Ordinal);
            Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await System.IO.File.ReadAllBytesAsync(path));
        Assert.Equal(files, Directory.GetFiles(_folder.Path));
    }
}
