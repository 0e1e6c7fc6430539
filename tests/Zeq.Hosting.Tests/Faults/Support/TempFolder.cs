#pragma warning disable CA1416 // File modes: these tests start a node as an operator of a Unix system does.
using System.Security.Cryptography;

namespace Zeq.Hosting.Tests.Faults;

/// <summary>A folder of a test's own, gone after it.</summary>
internal sealed class TempFolder : IDisposable
{
    public TempFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "zeq-faults-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Every file with its mode, size and bytes, to be compared before and after.</summary>
    public static string PictureOf(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return "(no folder)";
        }

        IEnumerable<string> lines = Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{path} {File.GetUnixFileMode(path)} {(Directory.Exists(path) ? "folder" : Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))))}");
        return string.Join('\n', lines);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
