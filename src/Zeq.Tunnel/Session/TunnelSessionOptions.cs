namespace Zeq.Tunnel;

/// <summary>How one tunnel behaves.</summary>
public sealed record TunnelSessionOptions
{
    /// <summary>Where an initiator's peer is; a responder learns it from the handshake.</summary>
    public PeerAddress Endpoint { get; init; }

    /// <summary>Whether a packet goes out at least every 25 s, which keeps a NAT open. Default false.</summary>
    public bool PersistentKeepalive { get; init; }

    /// <summary>Called where the tunnel comes up, goes down or is closed, on the thread that noticed, with no lock held. It must not block.</summary>
    public Action<TunnelSession>? StateChanged { get; init; }
}
