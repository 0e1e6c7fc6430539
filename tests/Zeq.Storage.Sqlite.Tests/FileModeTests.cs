namespace Zeq.Storage.Sqlite.Tests;

/// <summary>A store's files are for its owner alone, whatever the folder allows.</summary>
public class FileModeTests
{
    [Fact]
    public async Task ANewStoreIsForItsOwnerAlone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "File modes are Unix's.");

        string folder = Directory.CreateTempSubdirectory("zeq-sqlite-").FullName;
        try
        {
            await using SqliteHomeStore store = SqliteHomeStore.Open(Path.Combine(folder, "home.db"));
            Assert.All(new DirectoryInfo(folder).GetFiles("home.db*"), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
