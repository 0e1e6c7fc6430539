using System.Buffers.Binary;

namespace Zeq.Tunnel;

/// <summary>What the tunnel reads of an IP packet: its version and its length.</summary>
internal static class InnerPacket
{
    public const int MinIPv4SizeBytes = 20;
    public const int MinIPv6SizeBytes = 40;

    /// <summary>The length that an IP packet says of itself, or 0 where these bytes hold no whole packet of this kind (spec 06 rule 19).</summary>
    /// <param name="kind">4 or 6.</param>
    /// <param name="bytes">The packet, perhaps with padding after it.</param>
    public static int Measure(InnerKind kind, ReadOnlySpan<byte> bytes)
    {
        if (kind == InnerKind.IPv4)
        {
            if (bytes.Length < MinIPv4SizeBytes || bytes[0] >> 4 != 4)
            {
                return 0;
            }

            int header = (bytes[0] & 15) * 4;
            int total = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            return header >= MinIPv4SizeBytes && total >= header && total <= bytes.Length ? total : 0;
        }

        if (bytes.Length < MinIPv6SizeBytes || bytes[0] >> 4 != 6)
        {
            return 0;
        }

        int size = MinIPv6SizeBytes + BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        return size <= bytes.Length ? size : 0;
    }

    /// <summary>The kind of a packet by its version, or <see cref="InnerKind.Keepalive"/> where it is no IP packet of its whole length.</summary>
    public static InnerKind KindOf(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
        {
            return InnerKind.Keepalive;
        }

        var kind = (InnerKind)(packet[0] >> 4);
        return kind is InnerKind.IPv4 or InnerKind.IPv6 && Measure(kind, packet) == packet.Length ? kind : InnerKind.Keepalive;
    }
}
