namespace Zeq.Tunnel;

/// <summary>Datagrams of one address and one size, one after the other in the buffer of a <see cref="DatagramBatch"/>; the last may be shorter.</summary>
public record struct DatagramTrain
{
    /// <summary>The first byte.</summary>
    public int Offset { get; set; }

    /// <summary>The bytes of all datagrams.</summary>
    public int Length { get; set; }

    /// <summary>The size of every datagram but the last; at least 1.</summary>
    public int SegmentSize { get; set; }

    /// <summary>Where the datagrams come from, or go to.</summary>
    public PeerAddress Address { get; set; }

    /// <summary>How many datagrams these are.</summary>
    public readonly int DatagramCount => (Length + SegmentSize - 1) / SegmentSize;
}
