namespace Zeq.Tunnel;

/// <summary>How a super-packet is cut into packets.</summary>
public enum SegmentKind : byte
{
    /// <summary>It is one packet.</summary>
    None = 0,

    /// <summary>TCP over IPv4.</summary>
    TcpIPv4 = 1,

    /// <summary>TCP over IPv6.</summary>
    TcpIPv6 = 4,

    /// <summary>UDP over either.</summary>
    Udp = 5,
}

/// <summary>What a device leaves to whoever takes its packet, or takes over from whoever gives it one. <c>default</c> is a finished packet.</summary>
public record struct PacketOffload
{
    /// <summary>Whether and how the packet is to be cut.</summary>
    public SegmentKind Kind { get; set; }

    /// <summary>Whether the transport checksum holds the pseudo-header's sum alone.</summary>
    public bool NeedsChecksum { get; set; }

    /// <summary>The first byte of the transport header.</summary>
    public int ChecksumStart { get; set; }

    /// <summary>Where the checksum stands, from there.</summary>
    public int ChecksumOffset { get; set; }

    /// <summary>Bytes of payload in each packet but the last.</summary>
    public int SegmentSize { get; set; }

    /// <summary>Bytes of all headers.</summary>
    public int HeaderLength { get; set; }
}

/// <summary>What a queue of a device takes over.</summary>
[Flags]
public enum TunOffloads
{
    /// <summary>Finished packets alone.</summary>
    None = 0,

    /// <summary>TCP super-packets of up to 65,535 bytes, and checksums.</summary>
    Tcp = 1,

    /// <summary>UDP super-packets too.</summary>
    Udp = 2,
}
