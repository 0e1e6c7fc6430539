using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>wrap</c>: packets sealed and opened in place, as the loop of a tunnel does it, beside a bare loop over libcrypto (IV, additional data, seal, tag) over the same bytes and beside .NET's
/// <see cref="AesGcm"/>. A packet opens once, so opening is timed together with sealing, and what sealing alone takes is taken off.
/// </summary>
internal static unsafe class WrapVerb
{
    private const int BatchSize = 64;
    private const int MinRounds = 5;
    private const int SliceMs = 5;
    private const int SlicesPerRound = 11;

    public static void Run(Arguments arguments)
    {
        int size = arguments.Number("size", 1_420);
        int seconds = arguments.Number("seconds", 3);
        int threads = arguments.Number("threads", 1);
        var bench = new WrapBench(size, BatchSize);
        Runner[] runners = [.. bench.Sealers(), .. bench.Pairs()];
        int rounds = Math.Max(MinRounds, seconds * 1_000 / (SlicesPerRound * runners.Length * SliceMs));
        RunnerTimes[] times = Race.Run(runners, rounds, SliceMs, isProcessorTime: true);
        Row[] rows = [.. Enumerable.Range(0, times.Length / 2).Select(i => Row.Of(times[i], times[i + (times.Length / 2)]))];
        double gbit = threads == 1 ? size * 8 / rows[0].SealNs : Together(size, threads, seconds);
        Row bare = rows.FirstOrDefault(row => row.Name == "libcrypto") ?? rows[0];
        if (arguments.IsTable)
        {
            Console.WriteLine(Output.Head("Wrap and unwrap") + $"""

                `wrap --size {size} --threads {threads}`: batches of {BatchSize} packets in place, {rounds} rounds of slices in turn, by processor time; medians, and medians of the rounds' ratios to the bare loop.


                """ + Output.Table(
                ["", "seal ns", "x", "open ns", "x", "bytes allocated"],
                rows.Select(row => new[]
                {
                    row.Name, Output.Whole(row.SealNs), Output.Fine(row.Seal.RatioTo(bare.Seal)), Output.Whole(row.OpenNs), Output.Fine(row.OpenRatioTo(bare)), Output.Fine(row.Pair.AllocBytes),
                })));
            return;
        }

        string baselines = string.Concat(rows.Skip(1).Select(row => string.Create(
            CultureInfo.InvariantCulture, $",\"{row.Name}\":{{\"ns_per_packet\":{row.SealNs:0},\"unwrap_ns_per_packet\":{row.OpenNs:0}}}")));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"size\":{size},\"threads\":{threads},\"ns_per_packet\":{rows[0].SealNs:0},\"unwrap_ns_per_packet\":{rows[0].OpenNs:0},\"gbit_per_s\":{gbit:0.0},\"alloc_bytes_per_packet\":{rows[0].Pair.AllocBytes:0.00}{baselines},\"ratio_to_libcrypto\":{rows[0].Seal.RatioTo(bare.Seal):0.000},\"unwrap_ratio_to_libcrypto\":{rows[0].OpenRatioTo(bare):0.000}}}"));
    }

    /// <summary>Several threads, each with a session of its own.</summary>
    private static double Together(int size, int threads, int seconds)
    {
        long packets = 0;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            Action<int> loop = new WrapBench(size, BatchSize).Sealers()[0].Loop;
            long began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds)
            {
                loop(BatchSize * 16);
                Interlocked.Add(ref packets, BatchSize * 16);
            }
        }))];
        Array.ForEach(all, thread => thread.Start());
        Array.ForEach(all, thread => thread.Join());
        return packets * (double)size * 8 / seconds / 1e9;
    }

    private sealed record Row(string Name, RunnerTimes Seal, RunnerTimes Pair)
    {
        public double SealNs => Seal.MedianUs * 1_000;

        public double OpenNs => Sample.Median(Opens()) * 1_000;

        public static Row Of(RunnerTimes seal, RunnerTimes pair) => new(seal.Name, seal, pair);

        public double OpenRatioTo(Row other) => Sample.Median([.. Opens().Zip(other.Opens(), (own, others) => own / others)]);

        private double[] Opens() => [.. Pair.Microseconds.Zip(Seal.Microseconds, (pair, seal) => pair - seal)];
    }
}
