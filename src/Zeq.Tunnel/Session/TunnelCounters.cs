namespace Zeq.Tunnel;

/// <summary>What an endpoint or a tunnel counted. Thread-safe; each number is right by itself.</summary>
public sealed class TunnelCounters
{
    private readonly long[] _drops = new long[(int)DropReason.NoSession + 1];
    private long _packetsSent;
    private long _bytesSent;
    private long _packetsReceived;
    private long _bytesReceived;
    private long _handshakes;
    private long _roams;

    /// <summary>IP packets sealed.</summary>
    public long PacketsSent => Interlocked.Read(ref _packetsSent);

    /// <summary>Bytes of IP packets sealed, without what the tunnel adds.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>IP packets opened.</summary>
    public long PacketsReceived => Interlocked.Read(ref _packetsReceived);

    /// <summary>Bytes of IP packets opened.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>Sessions that became current.</summary>
    public long Handshakes => Interlocked.Read(ref _handshakes);

    /// <summary>How often the peer's address moved.</summary>
    public long Roams => Interlocked.Read(ref _roams);

    /// <summary>How many datagrams were dropped for a reason.</summary>
    /// <param name="reason">One of the enumeration.</param>
    public long Drops(DropReason reason) => Interlocked.Read(ref _drops[(int)reason]);

    internal void Drop(DropReason reason) => Interlocked.Increment(ref _drops[(int)reason]);

    internal void Sent(int packets, long bytes)
    {
        Interlocked.Add(ref _packetsSent, packets);
        Interlocked.Add(ref _bytesSent, bytes);
    }

    internal void Received(int packets, long bytes)
    {
        Interlocked.Add(ref _packetsReceived, packets);
        Interlocked.Add(ref _bytesReceived, bytes);
    }

    internal void Handshake() => Interlocked.Increment(ref _handshakes);

    internal void Roam() => Interlocked.Increment(ref _roams);
}
