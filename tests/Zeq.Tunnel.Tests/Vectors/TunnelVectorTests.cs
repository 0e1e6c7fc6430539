using System.Text;

namespace Zeq.Tunnel.Tests;

/// <summary>
/// The published vectors under <c>docs/vectors/tunnel</c> are frozen: what this library computes today is what they say, byte for byte. They are written anew only where the
/// environment says <c>ZEQ_WRITE_VECTORS=1</c>, which is a change of the protocol and never a repair of a test.
/// </summary>
public class TunnelVectorTests
{
    private static readonly Dictionary<string, Func<string>> s_files = new()
    {
        ["static.json"] = HandshakeVectors.Static,
        ["suite-1.json"] = () => HandshakeVectors.Suite(TunnelSuite.Classic),
        ["suite-2.json"] = () => HandshakeVectors.Suite(TunnelSuite.Hybrid),
    };

    public static TheoryData<string> Files => [.. s_files.Keys];

    // Seen red with another label, and with a bundle that is left out.
    [Theory]
    [MemberData(nameof(Files))]
    public void The_published_bytes_are_what_the_library_computes(string name)
    {
        string path = Path.Combine(Folder(), name);
        byte[] computed = Encoding.UTF8.GetBytes(s_files[name]());
        if (Environment.GetEnvironmentVariable("ZEQ_WRITE_VECTORS") == "1")
        {
            File.WriteAllBytes(path, computed);
        }

        Assert.Equal(Encoding.UTF8.GetString(computed), File.ReadAllText(path));
    }

    [Fact]
    public void Every_published_file_is_computed_here()
    {
        Assert.Equal(s_files.Keys.Order(StringComparer.Ordinal), Directory.GetFiles(Folder(), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Contains("`tunnel/`", File.ReadAllText(Path.Combine(Folder(), "..", "README.md")), StringComparison.Ordinal);
    }

    private static string Folder()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Zeq.Libraries.sln")))
            {
                return Path.Combine(at.FullName, "docs", "vectors", "tunnel");
            }
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
