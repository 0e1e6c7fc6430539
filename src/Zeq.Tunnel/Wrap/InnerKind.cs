namespace Zeq.Tunnel;

/// <summary>The first byte inside a data packet (spec 50 §2).</summary>
public enum InnerKind : byte
{
    /// <summary>Nothing: the packet says that its sender is there.</summary>
    Keepalive = 0,

    /// <summary>Cover traffic, dropped by the receiver.</summary>
    Cover = 1,

    /// <summary>A control packet: an operation and its body (spec 06 rule 5).</summary>
    Control = 2,

    /// <summary>An IPv4 packet.</summary>
    IPv4 = 4,

    /// <summary>An IPv6 packet.</summary>
    IPv6 = 6,
}
