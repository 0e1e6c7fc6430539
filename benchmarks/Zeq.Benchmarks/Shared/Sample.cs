using System.Diagnostics;

namespace Zeq.Benchmarks;

/// <summary>One timed run: how many operations, in what time, and how long single ones took.</summary>
/// <param name="Count">Operations that succeeded.</param>
/// <param name="Rejected">Operations that were refused.</param>
/// <param name="Elapsed">From the first operation's start to the last one's end.</param>
/// <param name="P50Ms">Half of the operations took at most this.</param>
/// <param name="P99Ms">99 of 100 operations took at most this.</param>
/// <param name="BatchMean">Operations per durable commit, where that is known.</param>
internal readonly record struct Sample(long Count, long Rejected, TimeSpan Elapsed, double P50Ms, double P99Ms, double BatchMean)
{
    public double PerSecond => Count / Elapsed.TotalSeconds;

    /// <summary>A sample of latencies in ticks of <see cref="Stopwatch"/>.</summary>
    public static Sample Of(IEnumerable<List<long>> ticks, long rejected, TimeSpan elapsed, double batchMean)
    {
        long[] all = [.. ticks.SelectMany(own => own)];
        Array.Sort(all);
        return new Sample(all.Length, rejected, elapsed, MsAt(all, 0.50), MsAt(all, 0.99), batchMean);
    }

    /// <summary>The sample in the middle, by operations per second.</summary>
    public static Sample Median(IEnumerable<Sample> samples)
    {
        Sample[] sorted = [.. samples.OrderBy(sample => sample.PerSecond)];
        return sorted[sorted.Length / 2];
    }

    /// <summary>The number in the middle.</summary>
    public static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return sorted[sorted.Length / 2];
    }

    private static double MsAt(long[] sorted, double part) =>
        sorted.Length == 0 ? 0 : sorted[(int)((sorted.Length - 1) * part)] * 1_000.0 / Stopwatch.Frequency;
}
