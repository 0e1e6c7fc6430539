namespace Zeq.Tunnel;

/// <summary>How an endpoint behaves.</summary>
public sealed record TunnelEndpointOptions
{
    /// <summary>Authentic inits per second above which senders pay with a cookie first. Default 200, which is some percent of a processor.</summary>
    public int InitsPerSecond { get; init; } = 200;

    /// <summary>The most tunnels. Default 1,000,000.</summary>
    public int MaxTunnels { get; init; } = 1_000_000;

    /// <summary>Takes a line for the log, such as <c>clock differs</c>; it holds no secret and no address.</summary>
    public Action<string>? Log { get; init; }
}
