namespace Zeq.Client;

/// <summary>The clock of a home (spec 00, "Time").</summary>
public sealed class TimeClient
{
    private readonly ZeqTransport _transport;

    internal TimeClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>GET /api/zeq/pulse</c>: the clock as it stands. Needs no key.</summary>
    public Task<PulseAnswer> GetPulseAsync(CancellationToken ct = default) => _transport.GetAsync("api/zeq/pulse", WireJson.Default.PulseAnswer, ct);
}
