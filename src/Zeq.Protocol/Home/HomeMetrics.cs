using System.Diagnostics.Metrics;

namespace Zeq.Protocol;

/// <summary>What the writer counts, under the meter <c>Zeq.Home</c>.</summary>
internal static class HomeMetrics
{
    private static readonly Meter Meter = new("Zeq.Home");

    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>("zeq.home.batch.size", "{command}", "Commands that shared a commit.");

    public static readonly Histogram<double> CommitMs = Meter.CreateHistogram<double>("zeq.home.commit.duration", "ms", "Time of one durable commit.");

    public static readonly Counter<long> Commands = Meter.CreateCounter<long>("zeq.home.commands", "{command}", "Commands decided, by type and outcome.");
}
