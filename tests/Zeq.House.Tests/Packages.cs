using System.Reflection;
using System.Runtime.CompilerServices;

namespace Zeq.House.Tests;

/// <summary>The packages under <c>src/</c> and where their sources are.</summary>
internal static class Packages
{
    public static readonly string[] Names = ["Zeq.Crypto", "Zeq.Protocol", "Zeq.Storage.Sqlite", "Zeq.Storage.Postgres", "Zeq.Client", "Zeq.Hosting", "Zeq.Tunnel"];

    /// <summary>The root of the repository, found from this file's own place at build time, or above the test's folder.</summary>
    public static string Root { get; } = FindRoot();

    public static Assembly Load(string name) => Assembly.Load(name);

    public static string Folder(string name) => Path.Combine(Root, "src", name);

    public static IEnumerable<string> Sources(string name) =>
        Directory.EnumerateFiles(Folder(name), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}") && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}"));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        foreach (string start in (string[])[Path.GetDirectoryName(here) ?? "", AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Zeq.Libraries.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        throw new InvalidOperationException("The repository was not found above the test.");
    }
}
