using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Zeq.Benchmarks;

/// <summary>What the verbs print.</summary>
internal static class Output
{
    /// <summary>The date, the processor, the system and the commit, as the head of a table.</summary>
    public static string Head(string title) => string.Create(
        CultureInfo.InvariantCulture,
        $"# {title}\n\n{DateTimeOffset.UtcNow:yyyy-MM-dd HH:mm} UTC, {Processor()}, {Environment.ProcessorCount} processors, .NET {Environment.Version}, commit {Commit()}\n");

    /// <summary>A table's rows as Markdown.</summary>
    public static string Table(string[] head, IEnumerable<string[]> rows)
    {
        var text = new StringBuilder();
        text.Append("| ").AppendJoin(" | ", head).Append(" |\n|").Append(string.Concat(Enumerable.Repeat(" --- |", head.Length))).Append('\n');
        foreach (string[] row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row).Append(" |\n");
        }

        return text.ToString();
    }

    public static string Whole(double number) => number.ToString("#,##0", CultureInfo.InvariantCulture);

    public static string Fine(double number) => number.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Processor()
    {
        const string Name = "model name";
        string? line = File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string Commit()
    {
        try
        {
            using Process git = Process.Start(new ProcessStartInfo("git", ["describe", "--always", "--dirty"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 && commit.Length > 0 ? commit : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}
