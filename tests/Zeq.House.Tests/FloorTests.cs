using System.Reflection;

namespace Zeq.House.Tests;

/// <summary>Arrows point down only: what each package may reference, by what its assembly really references.</summary>
public class FloorTests
{
    private static readonly Dictionary<string, string[]> Below = new()
    {
        ["Zeq.Crypto"] = [],
        ["Zeq.Protocol"] = ["Zeq.Crypto"],
        ["Zeq.Storage.Sqlite"] = ["Zeq.Protocol", "Zeq.Crypto"],
        ["Zeq.Storage.Postgres"] = ["Zeq.Protocol", "Zeq.Crypto"],
        ["Zeq.Client"] = ["Zeq.Protocol", "Zeq.Crypto"],
        ["Zeq.Tunnel"] = ["Zeq.Protocol", "Zeq.Crypto"],
        ["Zeq.Hosting"] = ["Zeq.Client", "Zeq.Storage.Postgres", "Zeq.Storage.Sqlite", "Zeq.Protocol", "Zeq.Crypto"],
    };

    private static readonly Dictionary<string, string[]> Packages3 = new()
    {
        ["Zeq.Storage.Sqlite"] = ["SQLitePCLRaw.core", "SQLitePCLRaw.provider.e_sqlite3"],
        ["Zeq.Storage.Postgres"] = ["Npgsql"],
    };

    [Fact]
    public void EveryPackageReferencesOnlyTheFloorsBelowIt()
    {
        foreach (string name in Packages.Names)
        {
            string[] ours = [.. Packages.Load(name).GetReferencedAssemblies().Select(a => a.Name!).Where(a => a.StartsWith("Zeq.", StringComparison.Ordinal))];
            Assert.All(ours, reference => Assert.Contains(reference, Below[name]));
        }
    }

    [Fact]
    public void NothingElseIsReferencedButTheFrameworkAndTheNamedPackages()
    {
        foreach (string name in Packages.Names)
        {
            foreach (AssemblyName reference in Packages.Load(name).GetReferencedAssemblies())
            {
                string text = reference.Name!;
                bool isFramework = text.StartsWith("System.", StringComparison.Ordinal) || text is "System" or "netstandard" or "mscorlib" or "Microsoft.Win32.Primitives"
                    || (name == "Zeq.Hosting" && text.StartsWith("Microsoft.", StringComparison.Ordinal));
                Assert.True(
                    isFramework || text.StartsWith("Zeq.", StringComparison.Ordinal) || Packages3.GetValueOrDefault(name, []).Contains(text),
                    $"{name} references {text}");
            }
        }
    }

    [Fact]
    public void RulesSeeNoHttpNoDatabaseAndNoSockets()
    {
        string[] rooms = ["System.Net.Http", "System.Net.Sockets", "System.Data.Common", "System.Net.HttpListener", "Microsoft.Data.Sqlite", "SQLitePCLRaw.core", "Npgsql"];
        foreach (string name in (string[])["Zeq.Crypto", "Zeq.Protocol"])
        {
            Assert.DoesNotContain(Packages.Load(name).GetReferencedAssemblies(), reference => rooms.Contains(reference.Name));
        }

        string[] webAndData = ["System.Net.Http", "System.Data.Common", "System.Net.HttpListener"];
        Assert.DoesNotContain(Packages.Load("Zeq.Tunnel").GetReferencedAssemblies(), reference => webAndData.Contains(reference.Name));
        Assert.DoesNotContain(Packages.Load("Zeq.Storage.Sqlite").GetReferencedAssemblies(), reference => reference.Name!.StartsWith("System.Net", StringComparison.Ordinal));
    }
}
