namespace Zeq.Tunnel;

/// <summary>Which tunnel a packet of the device takes, and which packets of a tunnel the device is given. Called for every packet: it must be quick, and thread-safe.</summary>
public interface IPacketRoutes
{
    /// <summary>The tunnel for a packet, or null where there is none.</summary>
    /// <param name="packet">An IP packet of its whole length, or the headers and payload of a super-packet.</param>
    TunnelSession? Find(ReadOnlySpan<byte> packet);

    /// <summary>Whether a packet of a tunnel is let through.</summary>
    /// <param name="session">The tunnel that it came by.</param>
    /// <param name="packet">An IP packet of its whole length.</param>
    bool Accepts(TunnelSession session, ReadOnlySpan<byte> packet);
}

/// <summary>One tunnel for everything, both ways.</summary>
public sealed class SinglePeerRoutes(TunnelSession session) : IPacketRoutes
{
    /// <inheritdoc/>
    public TunnelSession? Find(ReadOnlySpan<byte> packet) => session;

    /// <inheritdoc/>
    public bool Accepts(TunnelSession session, ReadOnlySpan<byte> packet) => true;
}
