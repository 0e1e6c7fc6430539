using System.Diagnostics;
using System.Diagnostics.Metrics;
using Zeq.Protocol;

namespace Zeq.Benchmarks;

/// <summary>Clients that move coins as fast as the home lets them, each waiting for its answer before it asks again.</summary>
internal static class TransferLoad
{
    /// <summary>Runs the load. Each client has coins of its own, so that none is refused for losing a race.</summary>
    public static async Task<Sample> RunAsync(Home home, TokenId[] coins, int accounts, int clients, TimeSpan duration, int seed)
    {
        using var batches = new BatchMeter();
        var ticks = new List<long>[clients];
        long[] rejected = new long[clients];
        long began = Stopwatch.GetTimestamp();
        long until = began + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(seed + client);
            List<long> own = ticks[client] = new List<long>(65_536);
            int count = coins.Length / clients;
            int first = client * count;
            int[] holders = [.. Enumerable.Range(first, count).Select(coin => coin % accounts)];
            while (Stopwatch.GetTimestamp() is var start && start < until)
            {
                int at = random.Next(count);
                int to = (holders[at] + 1 + random.Next(accounts - 1)) % accounts;
                var command = new TransferEnvelope(BenchHome.CallerOf(holders[at]), coins[first + at], Zid.FromNumber(to), null, HeldOnArrival: true);
                if ((await home.ExecuteAsync(command).ConfigureAwait(false)).Decision is Accepted<MoveResult>)
                {
                    own.Add(Stopwatch.GetTimestamp() - start);
                    holders[at] = to;
                }
                else
                {
                    rejected[client]++;
                }
            }
        }))).ConfigureAwait(false);
        return Sample.Of(ticks, rejected.Sum(), Stopwatch.GetElapsedTime(began), batches.Mean);
    }

    /// <summary>Listens to how many commands share a commit.</summary>
    private sealed class BatchMeter : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _batches;
        private long _commands;

        public BatchMeter()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Meter.Name: "Zeq.Home", Name: "zeq.home.batch.size" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<int>((_, size, _, _) =>
            {
                _batches++;
                _commands += size;
            });
            _listener.Start();
        }

        public double Mean => _batches == 0 ? 0 : (double)_commands / _batches;

        public void Dispose() => _listener.Dispose();
    }
}
