using System.Text;

namespace Zeq.Protocol.Tests;

/// <summary>
/// The published vectors under <c>docs/vectors</c> are frozen: what this library computes today is what they say, byte for byte. They are
/// written anew only where the environment says <c>ZEQ_WRITE_VECTORS=1</c>, which is a change of the protocol and never a repair of a test.
/// </summary>
public class VectorTests
{
    public static TheoryData<string> Files => [.. VectorFiles.All.Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_published_bytes_are_what_the_library_computes(string name)
    {
        string path = Path.Combine(Folder(), name);
        byte[] computed = Encoding.UTF8.GetBytes(VectorFiles.All[name]());
        if (Environment.GetEnvironmentVariable("ZEQ_WRITE_VECTORS") == "1")
        {
            File.WriteAllBytes(path, computed);
        }

        Assert.Equal(Encoding.UTF8.GetString(computed), Encoding.UTF8.GetString(File.ReadAllBytes(path)));
        Assert.Equal(computed, File.ReadAllBytes(path));
    }

    [Fact]
    public void Every_published_file_is_computed_here_and_explained()
    {
        string[] published = [.. Directory.GetFiles(Folder(), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.Equal(VectorFiles.All.Keys.Order(StringComparer.Ordinal), published);
        string readme = File.ReadAllText(Path.Combine(Folder(), "README.md"));
        Assert.All(published, name => Assert.Contains($"`{name}`", readme, StringComparison.Ordinal));
    }

    private static string Folder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Zeq.Libraries.sln")))
            {
                return Path.Combine(at.FullName, "docs", "vectors");
            }
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
