using System.Diagnostics;

namespace Zeq.Benchmarks;

/// <summary>One way to do a job: its name, and a loop that does the job so many times.</summary>
internal sealed record Runner(string Name, Action<int> Loop);

/// <summary>What a runner took per operation: one entry per round, and the managed bytes of one operation.</summary>
internal sealed record RunnerTimes(string Name, double[] Microseconds, double AllocBytes)
{
    public double MedianUs => Sample.Median(Microseconds);

    /// <summary>The median of the rounds' ratios: what slows both in one round cancels.</summary>
    public double RatioTo(RunnerTimes other) => Sample.Median(Microseconds.Zip(other.Microseconds, (own, others) => own / others));
}

/// <summary>
/// Runs several ways of a job in turn on one thread. A round is made of short slices, one of each runner after the other, so that a slow spell of the
/// machine meets all of them; a round's time is the median of its slices.
/// </summary>
internal static class Race
{
    private const int SlicesPerRound = 11;

    /// <param name="runners">Each is warmed up first, until the run-time has compiled its last version.</param>
    /// <param name="rounds">At least 1.</param>
    /// <param name="sliceMs">The length of one slice.</param>
    /// <param name="isProcessorTime">Whether the processor's time of this process is taken instead of the clock's: what other programs take does not count. Slices of 5 ms at least.</param>
    public static RunnerTimes[] Run(IReadOnlyList<Runner> runners, int rounds, int sliceMs, bool isProcessorTime = false)
    {
        int[] counts = [.. runners.Select(runner => WarmUp(runner, sliceMs))];
        double[][] times = [.. runners.Select(_ => new double[rounds])];
        double[] allocated = [.. runners.Select((runner, i) => AllocatedBytes(runner, counts[i]))];
        for (int round = 0; round < rounds; round++)
        {
            double[][] slices = [.. runners.Select(_ => new double[SlicesPerRound])];
            for (int slice = 0; slice < SlicesPerRound; slice++)
            {
                for (int i = 0; i < runners.Count; i++)
                {
                    slices[i][slice] = Time(runners[i], counts[i], isProcessorTime) * 1e6 / counts[i];
                }
            }

            for (int i = 0; i < runners.Count; i++)
            {
                times[i][round] = Sample.Median(slices[i]);
            }
        }

        return [.. runners.Select((runner, i) => new RunnerTimes(runner.Name, times[i], allocated[i]))];
    }

    /// <summary>How many operations fit a slice.</summary>
    private static int WarmUp(Runner runner, int sliceMs)
    {
        long began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < TimeSpan.FromMilliseconds(400))
        {
            runner.Loop(40);
        }

        // The last version is compiled in the background.
        Thread.Sleep(150);
        int count = 64;
        while (Time(runner, count) * 1_000 < sliceMs)
        {
            count *= 2;
        }

        return Math.Max(1, (int)(count * (sliceMs / 1_000.0) / Time(runner, count)));
    }

    private static double Time(Runner runner, int count, bool isProcessorTime = false)
    {
        if (isProcessorTime)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            runner.Loop(count);
            return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
        }

        long began = Stopwatch.GetTimestamp();
        runner.Loop(count);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double AllocatedBytes(Runner runner, int count)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        runner.Loop(count);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;
    }
}
