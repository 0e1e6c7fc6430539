using System.Diagnostics.Metrics;

namespace Zeq.Hosting;

/// <summary>What the doors count, under the meter <c>Zeq.Hosting</c>.</summary>
internal static class HostMetrics
{
    private static readonly Meter Meter = new("Zeq.Hosting");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("zeq.http.requests", "{request}", "Requests answered, by route and status.");
    private static readonly Histogram<double> DurationMs = Meter.CreateHistogram<double>("zeq.http.request.duration", "ms", "Time from the request's head to its answer.");

    public static void Request(ApiRoute route, int status, TimeSpan duration)
    {
        var pattern = new KeyValuePair<string, object?>("route", $"{route.Method} {route.Pattern}");
        Requests.Add(1, pattern, new KeyValuePair<string, object?>("status", status));
        DurationMs.Record(duration.TotalMilliseconds, pattern);
    }

    public static ObservableGauge<int> Queue(Func<int> waiting) => Meter.CreateObservableGauge("zeq.home.queue", waiting, "{command}", "Commands that wait or are being decided.");
}
