using System.CommandLine;
using System.Diagnostics;

namespace Zeq.Cli.Tests;

/// <summary>Every command explains itself with an example that its own parser takes.</summary>
public sealed class HelpTests
{
    [Fact]
    public async Task Every_command_has_help_with_an_example()
    {
        using var user = new CommandLineUser();
        foreach ((Command command, string path) in CommandTree.Paths(CommandTree.Root(), ""))
        {
            CommandLineUser.Run run = await user.RunAsync([.. path.Split(' '), "--help"]);
            Assert.True(run is { ExitCode: 0, Error: "" }, run.ToString());
            Assert.Contains("Example:", run.Out, StringComparison.Ordinal);
            Assert.Contains($"zeq {path}", run.Out, StringComparison.Ordinal);
            Assert.False(string.IsNullOrEmpty(command.Description), path);
        }

        CommandLineUser.Run root = await user.RunAsync("--help");
        Assert.Contains("Example:", root.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_takes_json_and_profile()
    {
        foreach ((_, string path) in CommandTree.Paths(CommandTree.Root(), ""))
        {
            ParseResult parsed = CommandTree.Root().Parse([.. path.Split(' '), "--json", "--profile", "x"]);
            Assert.DoesNotContain(parsed.UnmatchedTokens, t => t is "--json" or "--profile");
        }
    }

    [Theory]
    [InlineData("zeq se", 6, "send")]
    [InlineData("zeq send ", 9, "claims")]
    [InlineData("zeq coins --status ", 19, "active")]
    [InlineData("zeq machine key --role ", 23, "operator")]
    public async Task The_line_completes_itself(string line, int position, string expected)
    {
        using var user = new CommandLineUser();
        CommandLineUser.Run run = await user.RunAsync($"[suggest:{position}]", line);
        Assert.Contains(expected, run.Out.Split('\n').Select(l => l.Trim()));
    }

    [Fact]
    public async Task The_program_itself_runs()
    {
        string dll = Path.Combine(AppContext.BaseDirectory, "zeq.dll");
        foreach ((string argument, int exitCode) in new[] { ("--help", 0), ("bogus", 2) })
        {
            var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
            start.ArgumentList.Add(dll);
            start.ArgumentList.Add(argument);
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == exitCode, output + await errors);
            Assert.Equal(exitCode == 0, output.Contains("Usage:", StringComparison.Ordinal));
        }
    }
}
