using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Zeq.Hosting;

/// <summary>
/// Collects what the libraries count and writes it in the Prometheus text format (version 0.0.4): counters and gauges as they are,
/// histograms as buckets with sum and count. Series are bounded.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    private const int MaxSeries = 10_000;
    private static readonly double[] Bounds = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 5_000];

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<(string Name, string Labels), Series> _series = new();
    private readonly ConcurrentDictionary<string, (string Type, string Help)> _families = new(StringComparer.Ordinal);

    /// <summary>Begins to collect the meters whose names begin with <c>Zeq.</c>.</summary>
    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Zeq.", StringComparison.Ordinal))
            {
                string type = instrument.GetType().Name.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
                    : instrument is ObservableInstrument<int> or ObservableInstrument<long> ? "gauge" : "counter";
                _families.TryAdd(NameOf(instrument), (type, instrument.Description ?? ""));
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Everything collected so far.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder(4_096);
        foreach ((string name, (string type, string help)) in _families.OrderBy(family => family.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
            foreach (((string Name, string Labels) key, Series series) in _series.Where(entry => entry.Key.Name == name).OrderBy(entry => entry.Key.Labels, StringComparer.Ordinal))
            {
                series.Write(text, name, key.Labels, type == "histogram");
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static string NameOf(Instrument instrument)
    {
        string name = instrument.Name.Replace('.', '_');
        return instrument.Unit == "ms" ? (name.EndsWith("_ms", StringComparison.Ordinal) ? name : name + "_ms") : instrument.GetType().Name.StartsWith("Counter", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        (string, string) key = (NameOf(instrument), Labels(tags));
        if (!_series.TryGetValue(key, out Series? series))
        {
            if (_series.Count >= MaxSeries)
            {
                return;
            }

            series = _series.GetOrAdd(key, static _ => new Series());
        }

        series.Note(value, isGauge: instrument.IsObservable);
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder(64);
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            string value = Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "";
            text.Append(text.Length == 0 ? "" : ",").Append(tag.Key).Append("=\"")
                .Append(value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    private sealed class Series
    {
        private readonly long[] _buckets = new long[Bounds.Length];
        private readonly Lock _lock = new();
        private double _sum;
        private long _count;

        public void Note(double value, bool isGauge)
        {
            lock (_lock)
            {
                _sum = isGauge ? value : _sum + value;
                _count++;
                int bucket = Array.FindIndex(Bounds, bound => value <= bound);
                if (bucket >= 0)
                {
                    _buckets[bucket]++;
                }
            }
        }

        public void Write(StringBuilder text, string name, string labels, bool isHistogram)
        {
            lock (_lock)
            {
                string braces = labels.Length == 0 ? "" : "{" + labels + "}";
                if (!isHistogram)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{braces} {_sum}\n");
                    return;
                }

                string comma = labels.Length == 0 ? "" : ",";
                long below = 0;
                for (int i = 0; i < Bounds.Length; i++)
                {
                    below += _buckets[i];
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"{Bounds[i]}\"}} {below}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{labels}{comma}le=\"+Inf\"}} {_count}\n{name}_sum{braces} {_sum}\n{name}_count{braces} {_count}\n");
            }
        }
    }
}

/// <summary>Maps the metrics of the home.</summary>
public static class ZeqMetricsExtensions
{
    /// <summary>
    /// Serves <c>GET /metrics</c> in the Prometheus text format, to clients on this machine alone: counters tell strangers when a home is
    /// busy, and with what.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="metrics">The collector; the application disposes it.</param>
    public static IEndpointRouteBuilder MapZeqMetrics(this IEndpointRouteBuilder endpoints, PrometheusText metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        endpoints.MapGet("/metrics", http =>
        {
            // A proxy on this machine speaks for clients elsewhere, and says so.
            bool isForwarded = http.Request.Headers.ContainsKey("X-Forwarded-For") || http.Request.Headers.ContainsKey("Forwarded");
            if (isForwarded || http.Connection.RemoteIpAddress is not { } address || !IPAddress.IsLoopback(address))
            {
                http.Response.StatusCode = 404;
                return Task.CompletedTask;
            }

            http.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return http.Response.WriteAsync(metrics.Write());
        });
        return endpoints;
    }
}
