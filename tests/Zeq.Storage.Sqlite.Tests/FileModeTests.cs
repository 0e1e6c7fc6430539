namespace Zeq.Storage.Sqlite.Tests;

/// <summary>A store's files are for its owner alone, whatever the folder allows.</summary>
public class FileModeTests
{
    // Seen red with a file made with the mode that the process has by default.
    [Fact]
    public async Task ANewStoreIsForItsOwnerAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "File modes are Unix's.");

        string folder = Directory.CreateTempSubdirectory("zeq-sqlite-").FullName;
        try
        {
            await using SqliteHomeStore store = SqliteHomeStore.Open(Path.Combine(folder, "home.db"));
            FileInfo[] files = new DirectoryInfo(folder).GetFiles();
            Assert.Equal(["home.db", "home.db-shm", "home.db-wal"], files.Select(file => file.Name).Order(StringComparer.Ordinal));
            Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
