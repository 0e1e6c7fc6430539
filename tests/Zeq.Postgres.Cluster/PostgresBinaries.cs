using System.Diagnostics;
using System.Globalization;

namespace Zeq.Postgres.Cluster;

/// <summary>The PostgreSQL programs of this machine, and the user that runs them: this one, or <c>postgres</c> where this one is root.</summary>
public sealed class PostgresBinaries
{
    private static readonly Lazy<(PostgresBinaries? Found, string? WhyNot)> Local = new(Find);

    private readonly bool _asPostgres;

    private PostgresBinaries(string folder, int major, bool asPostgres) => (Folder, Major, _asPostgres) = (folder, major, asPostgres);

    /// <summary>Why no cluster can be started here, or null where one can.</summary>
    public static string? WhyNot => Local.Value.WhyNot;

    /// <summary>Where <c>initdb</c> and <c>postgres</c> lie.</summary>
    public string Folder { get; }

    /// <summary>The major version, such as 15.</summary>
    public int Major { get; }

    internal static PostgresBinaries Required => Local.Value.Found ?? throw new InvalidOperationException(WhyNot);

    /// <summary>Runs a program to its end; what it wrote to its output. A program that fails throws, with what it wrote to its errors.</summary>
    internal async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        ProcessStartInfo start = Start(program, arguments);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input).ConfigureAwait(false);
        }

        process.StandardInput.Close();
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode == 0
            ? await output.ConfigureAwait(false)
            : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors.ConfigureAwait(false)}");
    }

    /// <summary>How a program is started as the user that owns the cluster. A program without a path is one of PostgreSQL's where it has it.</summary>
    internal ProcessStartInfo Start(string program, IEnumerable<string> arguments)
    {
        string path = Path.Combine(Folder, program);
        path = File.Exists(path) ? path : program;
        var start = new ProcessStartInfo { WorkingDirectory = "/", UseShellExecute = false };
        if (_asPostgres)
        {
            start.FileName = "setpriv";
            foreach (string argument in (string[])["--reuid=postgres", "--regid=postgres", "--init-groups", "--", path])
            {
                start.ArgumentList.Add(argument);
            }
        }
        else
        {
            start.FileName = path;
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C.UTF-8";
        return start;
    }

    private static (PostgresBinaries? Found, string? WhyNot) Find()
    {
        if (OperatingSystem.IsWindows())
        {
            return (null, "The private PostgreSQL cluster of these tests needs a Unix system.");
        }

        bool root = Environment.IsPrivilegedProcess;
        if (root && !(File.Exists("/etc/passwd") && File.ReadLines("/etc/passwd").Any(static line => line.StartsWith("postgres:", StringComparison.Ordinal))))
        {
            return (null, "PostgreSQL does not run as root, and there is no user postgres: install PostgreSQL (Debian: postgresql).");
        }

        if (root && OnPath("setpriv") is null)
        {
            return (null, "setpriv is missing, with which root starts PostgreSQL as the user postgres (Debian: util-linux).");
        }

        foreach (string folder in Folders().Where(static folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"))))
        {
            if (MajorOf(folder) is { } major and >= 13)
            {
                return (new PostgresBinaries(folder, major, root), null);
            }
        }

        return (null, "PostgreSQL 13 or later is not installed here: initdb and postgres were not found (Debian: postgresql).");
    }

    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable("ZEQ_TEST_POSTGRES") is { Length: > 0 } chosen)
        {
            return [chosen];
        }

        // Debian's pg_config is that of the development package where there is one; the server's programs lie beside it or nowhere.
        IEnumerable<string> installed = Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderByDescending(static folder => Number(Path.GetFileName(folder))).Select(static folder => Path.Combine(folder, "bin"))
            : [];
        string? configured = OnPath("pg_config") is { } config ? FirstLine(config, "--bindir") : null;
        string? onPath = OnPath("initdb") is { } initdb ? Path.GetDirectoryName(initdb) : null;
        return [.. ((string?[])[configured, .. installed, onPath]).OfType<string>()];
    }

    private static int? MajorOf(string folder) =>
        FirstLine(Path.Combine(folder, "postgres"), "--version") is { } version && Number(version.Split(' ').Skip(2).FirstOrDefault("").Split('.')[0]) is var major and > 0 ? major : null;

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(static folder => folder.Length > 0).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string? FirstLine(string program, string argument)
    {
        using Process? process = Process.Start(new ProcessStartInfo(program, argument) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false });
        string? line = process?.StandardOutput.ReadLine();
        process?.WaitForExit();
        return process?.ExitCode == 0 ? line : null;
    }
}
