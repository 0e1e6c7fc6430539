using System.Text.Json;

namespace Zeq.House.Tests;

/// <summary>What the README shows is what the code does.</summary>
public class ReadmeTests
{
    // Seen red with a line of the README changed, and with one left out.
    [Fact]
    public void TheFirstProgramIsTheOneThatIsCompiledHere()
    {
        string[] source = Lines(File.ReadAllText(Path.Combine(Packages.Root, "tests", "Zeq.House.Tests", "ReadmeProgram.cs")));
        string readme = File.ReadAllText(Path.Combine(Packages.Root, "README.md"));
        int begin = readme.IndexOf("```csharp", StringComparison.Ordinal) + 9;
        string[] shown = Lines(readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)]);

        // The README leaves out what the web SDK uses by itself, the namespace, and the method around the program: nothing else, and in no other order.
        int program = Array.IndexOf(source, "public static void Run(string[] args)") + 2;
        string[] compiled = [.. source.TakeWhile(line => line.StartsWith("using ", StringComparison.Ordinal)).Where(line => !line.Contains("Microsoft.", StringComparison.Ordinal)), .. source[program..^2]];
        Assert.True(shown.Length > 10);
        Assert.Equal(compiled, shown);
    }

    // Seen red with a program that maps no routes.
    [Fact]
    public async Task TheFirstProgramRuns()
    {
        Environment.CurrentDirectory = Directory.CreateTempSubdirectory("zeq-readme-").FullName;
        var program = new Thread(() => ReadmeProgram.Run([])) { IsBackground = true };
        program.Start();
        using var http = new HttpClient { BaseAddress = new Uri("http://127.0.0.1:8778") };
        for (int tries = 0; ; tries++)
        {
            try
            {
                using JsonDocument pulse = JsonDocument.Parse(await http.GetStringAsync("/api/zeq/pulse", TestContext.Current.CancellationToken));
                Assert.True(pulse.RootElement.GetProperty("ok").GetBoolean());
                return;
            }
            catch (HttpRequestException) when (tries < 200)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    // Seen red with a link to a document that is not there.
    [Fact]
    public void EveryLinkOfTheDocumentsLeadsSomewhere()
    {
        foreach (string file in (string[])["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/protocol.md", "docs/decisions.md", "docs/security-tests.md"])
        {
            string path = Path.Combine(Packages.Root, file);
            foreach (System.Text.RegularExpressions.Match link in System.Text.RegularExpressions.Regex.Matches(File.ReadAllText(path), @"\]\((?!https?:)([^)#]+)\)"))
            {
                string target = Path.Combine(Path.GetDirectoryName(path)!, link.Groups[1].Value);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{file} links to {link.Groups[1].Value}");
            }
        }
    }

    // Seen red with a class that is not there, and with a rule left out.
    [Fact]
    public void TheTableOfSecurityTestsNamesClassesThatAreThere()
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(Path.Combine(Packages.Root, "tests"), "*.cs", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file)),
        ];
        var rules = new List<int>();
        foreach (string row in File.ReadLines(Path.Combine(Packages.Root, "docs", "security-tests.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)))
        {
            string[] cells = row.Split('|', StringSplitOptions.TrimEntries);
            if (int.TryParse(cells[1], System.Globalization.CultureInfo.InvariantCulture, out int rule))
            {
                rules.Add(rule);
                Assert.All(cells[3].Split(", "), name => Assert.Contains(name.Trim('`'), files));
            }
        }

        Assert.Equal(Enumerable.Range(1, 28).Except([22, 24]), rules);
    }

    private static string[] Lines(string text) => [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
}
