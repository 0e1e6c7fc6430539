using System.Diagnostics.Metrics;

namespace Zeq.Client;

/// <summary>
/// Meter <c>Zeq.Client</c>: counter <c>zeq.peer.calls</c> and histogram <c>zeq.peer.call.duration_ms</c>, both with tag
/// <c>outcome</c>: <c>answer_2xx</c>, <c>answer_4xx</c>, <c>refused_…</c>, <c>unreachable_…</c>, <c>cancelled</c>. The peer is no tag:
/// strangers choose their names.
/// </summary>
internal static class PeerMetrics
{
    public const string MeterName = "Zeq.Client";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Calls = Meter.CreateCounter<long>("zeq.peer.calls", "{call}", "Calls to other homes");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("zeq.peer.call.duration_ms", "ms", "Time of a call to another home, retries included");

    public static void Record(PeerResult? result, TimeSpan elapsed)
    {
        var tag = new KeyValuePair<string, object?>("outcome", Outcome(result));
        Calls.Add(1, tag);
        Duration.Record(elapsed.TotalMilliseconds, tag);
    }

    private static string Outcome(PeerResult? result) => result switch
    {
        PeerAnswer { IsSuccess: true } => "answer_2xx",
        PeerAnswer => "answer_4xx",
        PeerRefusedLocally { Reason: var reason } => reason switch
        {
            PeerRefusal.OriginNotAllowed => "refused_origin_not_allowed",
            PeerRefusal.AddressNotPublic => "refused_address_not_public",
            PeerRefusal.BreakerOpen => "refused_breaker_open",
            _ => "refused_too_many_calls",
        },
        PeerUnreachable { Reason: var reason } => reason switch
        {
            PeerFailure.Timeout => "unreachable_timeout",
            PeerFailure.NameNotFound => "unreachable_name_not_found",
            PeerFailure.Connect => "unreachable_connect",
            PeerFailure.Tls => "unreachable_tls",
            PeerFailure.ConnectionLost => "unreachable_connection_lost",
            PeerFailure.Redirect => "unreachable_redirect",
            PeerFailure.ServerError => "unreachable_server_error",
            PeerFailure.NotHttp => "unreachable_not_http",
            PeerFailure.NotJson => "unreachable_not_json",
            _ => "unreachable_too_large",
        },
        _ => "cancelled",
    };
}
