using System.Diagnostics;
using System.Globalization;

namespace Zeq.Simulation.Tests;

/// <summary>
/// Runs the simulator, in processes of its own: it needs a thread pool of one thread. <c>ZEQ_SIM_SEED</c> names the first seed (default 1),
/// <c>ZEQ_SIM_COUNT</c> how many there are (default 10,000).
/// </summary>
public class SimulationTests
{
    private const int Processes = 2;
    private const int DefaultCount = 10_000;

    [Fact]
    public async Task No_schedule_breaks_an_invariant()
    {
        int first = Number("ZEQ_SIM_SEED", 1);
        int each = Math.Max(1, Number("ZEQ_SIM_COUNT", DefaultCount) / Processes);
        Run[] runs = await Task.WhenAll(Enumerable.Range(0, Processes).Select(n => RunAsync(first + (n * each), each)));
        Assert.All(runs, run => Assert.True(run.Code == 0, run.Said));
    }

    [Fact]
    public async Task Two_runs_of_one_seed_are_the_same()
    {
        Run[] runs = await Task.WhenAll(RunAsync(17, 40), RunAsync(17, 40));
        Assert.Contains("trace ", runs[0].Said, StringComparison.Ordinal);
        Assert.Equal(runs[0], runs[1]);
        Assert.NotEqual(runs[0].Said, (await RunAsync(18, 40)).Said);
    }

    [Fact]
    public async Task A_home_that_acknowledges_before_its_commit_is_durable_is_found_out()
    {
        Run run = await RunAsync(1, 200, "--lying-disks");
        Assert.Equal(1, run.Code);
        Assert.StartsWith("ZEQ_SIM_SEED=", run.Said, StringComparison.Ordinal);
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : otherwise;

    private static async Task<Run> RunAsync(int seed, int count, params string[] more)
    {
        string[] arguments =
        [
            "exec", Path.Combine(AppContext.BaseDirectory, "Zeq.Simulation.dll"),
            "--seed", seed.ToString(CultureInfo.InvariantCulture), "--count", count.ToString(CultureInfo.InvariantCulture), .. more,
        ];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new Run(process.ExitCode, said);
    }

    private sealed record Run(int Code, string Said);
}
