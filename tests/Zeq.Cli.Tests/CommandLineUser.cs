using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Zeq.Client;

namespace Zeq.Cli.Tests;

/// <summary>
/// A person at a keyboard with a config folder and a working folder of their own. Every run is held to what all commands promise: no key
/// on stdout or stderr, no escape sequences off a terminal, a failure as one line, with --json one document or nothing.
/// </summary>
internal sealed partial class CommandLineUser : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zeq-cli-user-");

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    public string ConfigFolder => Path.Combine(_folder.FullName, "config");

    public string ProfileFolder => Path.Combine(ConfigFolder, "zeq");

    public Func<ZeqClientOptions, ZeqClient> Connect { get; set; } = ZeqClient.Create;

    public bool IsTerminal { get; set; }

    public TextWriter? ErrorWriter { get; set; }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public Task<Run> RunAsync(params string[] args) => RunWithAsync("", args);

    public async Task<Run> RunWithAsync(string input, string[] args, CancellationToken ct = default)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var errors = new StringWriter(CultureInfo.InvariantCulture);
        var host = new CliHost
        {
            In = new StringReader(input),
            Out = output,
            Error = ErrorWriter ?? errors,
            Environment = name => name == "XDG_CONFIG_HOME" ? ConfigFolder : Environment.GetValueOrDefault(name),
            Connect = Connect,
            IsInputTerminal = IsTerminal,
            IsOutputTerminal = IsTerminal,
            IsErrorTerminal = IsTerminal,
        };
        int exitCode = await ZeqCommandLine.RunAsync(args, host, ct);
        var run = new Run(string.Join(' ', args), exitCode, output.ToString(), errors.ToString());
        run.MustKeepPromises(args.Contains("--json"), IsTerminal);
        return run;
    }

    /// <summary>Runs a command that must succeed, with --json, and gives its document.</summary>
    public async Task<JsonObject> JsonAsync(params string[] args)
    {
        Run run = await RunAsync([.. args, "--json"]);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run.Document!;
    }

    /// <summary>Registers the profile at a home; answers ZID and words.</summary>
    public async Task<(string Zid, string Words)> RegisterAsync(TestHome home, string profile = "default")
    {
        JsonObject document = await JsonAsync("register", "--origin", home.Url, "--profile", profile);
        return ((string)document["zid"]!, (string)document["recovery_words"]!);
    }

    /// <summary>Gives the profile paid fuel and mints a coin of six ZEQ.</summary>
    public async Task<string> MintAsync(TestHome home, string zid, double mass = 2, string profile = "default")
    {
        Environment["ZEQ_ADMIN_KEY"] = TestHome.AdminKey;
        await JsonAsync("admin", "grant", zid, "3", "--reference", Guid.NewGuid().ToString("N"), "--origin", home.Url);
        JsonObject computed = await JsonAsync(
            "compute", "KO42", "NM19", string.Create(CultureInfo.InvariantCulture, $"mass_kg={mass}"), "acceleration_ms2=3", "--profile", profile);
        return (string)computed["envelopes"]![0]!["token_id"]!;
    }

    public string KeyOf(string profile = "default") =>
        (string)JsonNode.Parse(File.ReadAllText(Path.Combine(ProfileFolder, profile + ".json")))!["key"]!;

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>What a run gave.</summary>
    internal sealed partial record Run(string CommandLine, int ExitCode, string Out, string Error)
    {
        public JsonObject? Document => Out.Length == 0 ? null : JsonNode.Parse(Out, null, new JsonDocumentOptions { AllowDuplicateProperties = false })!.AsObject();

        /// <summary>The code of the one line that says why it failed.</summary>
        public string? Code => Failure().Match(Error) is { Success: true } match ? match.Groups["code"].Value : null;

        public void MustFail(int exitCode, string code)
        {
            Assert.True(exitCode == ExitCode && code == Code, ToString());
        }

        public void MustKeepPromises(bool isJson, bool isTerminal)
        {
            Assert.DoesNotMatch(WholeKey(), Out);
            Assert.DoesNotMatch(WholeKey(), Error);
            Assert.DoesNotContain(TestHome.AdminKey, Out + Error, StringComparison.Ordinal);
            Assert.True(isTerminal || !(Out + Error).Contains('\u001b', StringComparison.Ordinal), ToString());
            Assert.InRange(ExitCode, 0, 3);
            if (!isTerminal)
            {
                Assert.True(ExitCode == 0 || Code is not null, ToString());
            }

            if (isJson && ExitCode == 0)
            {
                Assert.NotNull(Document);
                Assert.True(Error.Length == 0, ToString());
            }
            else if (isJson && !CommandLine.StartsWith("audit", StringComparison.Ordinal))
            {
                Assert.True(Out.Length == 0, ToString());
            }
        }

        public override string ToString() => $"{CommandLine}\nexit {ExitCode}\nout: {Out}\nerr: {Error}";

        [GeneratedRegex("(zeq_ak_|zsm_)[A-Za-z0-9_-]{20,}", RegexOptions.CultureInvariant)]
        private static partial Regex WholeKey();

        [GeneratedRegex(@"^(.*\[y/N\] \r?\n?)?error: [^\r\n]+ \((?<code>[A-Z][A-Z0-9_]*)\)\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
        private static partial Regex Failure();
    }
}
