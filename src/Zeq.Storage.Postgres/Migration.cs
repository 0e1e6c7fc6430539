using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Zeq.Storage.Postgres;

/// <summary>One numbered step of the schema. Steps are only ever added: a changed one would leave two kinds of stores.</summary>
/// <param name="Number">1, 2, 3 …</param>
/// <param name="Name">The file's name.</param>
/// <param name="Sql">Its statements.</param>
/// <param name="Sha256">SHA-256 of the statements, lower-case hex.</param>
internal sealed record Migration(int Number, string Name, string Sql, string Sha256)
{
    private const string Folder = ".Migrations.";

    /// <summary>All steps in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <summary>What the node's role may do, run after the steps: <c>{node}</c> and <c>{schema}</c> stand for names.</summary>
    public static string Grants { get; } = LoadGrants();

    private static string LoadGrants()
    {
        using var reader = new StreamReader(typeof(Migration).Assembly.GetManifestResourceStream("Zeq.Storage.Postgres.Grants.sql")!, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static Migration[] Load()
    {
        Assembly assembly = typeof(Migration).Assembly;
        var all = new List<Migration>();
        foreach (string resource in assembly.GetManifestResourceNames())
        {
            int folder = resource.IndexOf(Folder, StringComparison.Ordinal);
            if (folder >= 0 && resource.EndsWith(".sql", StringComparison.Ordinal))
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
                string name = resource[(folder + Folder.Length)..];

                // A checkout with other line ends is the same step.
                string sql = reader.ReadToEnd().ReplaceLineEndings("\n");
                string sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(sql)));
                all.Add(new Migration(int.Parse(name.AsSpan(0, 4), CultureInfo.InvariantCulture), name, sql, sha256));
            }
        }

        all.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        return [.. all];
    }
}
