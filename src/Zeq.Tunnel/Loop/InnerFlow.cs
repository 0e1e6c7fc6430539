using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Zeq.Tunnel;

/// <summary>The flow that an IP packet belongs to, as far as its packets may be joined: TCP with data and no unusual flag, UDP with a checksum, neither fragmented.</summary>
internal readonly record struct InnerFlow
{
    private const byte ProtocolTcp = 6;
    private const byte ProtocolUdp = 17;
    private const byte TcpAck = 0x10;
    private const byte TcpPush = 0x08;

    public bool IsJoinable { get; private init; }

    public int Hash { get; private init; }

    /// <summary>Bytes of all headers.</summary>
    public int Headers { get; private init; }

    private bool IsIPv4 { get; init; }

    private bool IsTcp { get; init; }

    private int Transport => IsIPv4 ? InnerPacket.MinIPv4SizeBytes : InnerPacket.MinIPv6SizeBytes;

    private uint Ports { get; init; }

    private UInt128 Source { get; init; }

    private UInt128 Destination { get; init; }

    public static InnerFlow Read(ReadOnlySpan<byte> packet, TunOffloads offloads)
    {
        bool isIPv4 = packet[0] >> 4 == 4;
        int transport = isIPv4 ? InnerPacket.MinIPv4SizeBytes : InnerPacket.MinIPv6SizeBytes;
        byte protocol = isIPv4 ? packet[9] : packet[6];
        bool isTcp = protocol == ProtocolTcp;
        int least = isTcp ? 20 : 8;

        // No options, and no part of a fragmented packet.
        if ((isIPv4 && (packet[0] != 0x45 || (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF) != 0)) || packet.Length <= transport + least)
        {
            return default;
        }

        int headers;
        if (isTcp)
        {
            headers = transport + ((packet[transport + 12] >> 4) * 4);
            if (headers < transport + least || packet.Length <= headers || (packet[transport + 13] & ~TcpPush) != TcpAck || (offloads & TunOffloads.Tcp) == 0)
            {
                return default;
            }
        }
        else
        {
            headers = transport + least;
            if (protocol != ProtocolUdp || (offloads & TunOffloads.Udp) == 0 || BinaryPrimitives.ReadUInt16BigEndian(packet[(transport + 6)..]) == 0
                || BinaryPrimitives.ReadUInt16BigEndian(packet[(transport + 4)..]) != packet.Length - transport)
            {
                return default;
            }
        }

        uint ports = BinaryPrimitives.ReadUInt32BigEndian(packet[transport..]);
        UInt128 source = isIPv4 ? BinaryPrimitives.ReadUInt32BigEndian(packet[12..]) : BinaryPrimitives.ReadUInt128BigEndian(packet[8..]);
        UInt128 destination = isIPv4 ? BinaryPrimitives.ReadUInt32BigEndian(packet[16..]) : BinaryPrimitives.ReadUInt128BigEndian(packet[24..]);
        return new InnerFlow
        {
            IsJoinable = true,
            IsIPv4 = isIPv4,
            IsTcp = isTcp,
            Headers = headers,
            Ports = ports,
            Source = source,
            Destination = destination,
            Hash = unchecked((int)((ports * 0x9E3779B1) >> 16) ^ (int)(uint)source ^ (int)(uint)destination),
        };
    }

    public bool IsSame(in InnerFlow other) =>
        Ports == other.Ports && Headers == other.Headers && IsTcp == other.IsTcp && IsIPv4 == other.IsIPv4 && Source == other.Source && Destination == other.Destination;

    /// <summary>Whether the transport checksum holds, and the header's.</summary>
    public bool HasRightChecksum(ReadOnlySpan<byte> packet)
    {
        if (IsIPv4 && !InternetChecksum.IsRight(InternetChecksum.Sum(packet[..InnerPacket.MinIPv4SizeBytes])))
        {
            return false;
        }

        ulong sum = InternetChecksum.PseudoHeader(packet, IsTcp ? ProtocolTcp : ProtocolUdp, packet.Length - Transport);
        return InternetChecksum.IsRight(InternetChecksum.Sum(packet[Transport..], sum));
    }

    /// <summary>Whether a packet goes on where a run ends.</summary>
    /// <param name="first">The first of the run.</param>
    /// <param name="last">The last of it.</param>
    /// <param name="next">The one in question.</param>
    /// <param name="runSize">Headers and payloads of the run.</param>
    [SkipLocalsInit]
    public bool IsFollowedBy(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last, ReadOnlySpan<byte> next, int runSize)
    {
        // A packet that is shorter than the first, or says that it is to be delivered, is the last of its run.
        if (next.Length > first.Length || last.Length != first.Length || !HasSameNetworkHeader(first, next))
        {
            return false;
        }

        if (!IsTcp)
        {
            return true;
        }

        int at = Transport;
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(first[(at + 4)..]) + (uint)(runSize - Headers);
        return (last[at + 13] & TcpPush) == 0
            && BinaryPrimitives.ReadUInt32BigEndian(next[(at + 4)..]) == sequence
            && first.Slice(at + 8, 5).SequenceEqual(next.Slice(at + 8, 5))
            && first.Slice(at + 14, 2).SequenceEqual(next.Slice(at + 14, 2))
            && first[(at + 18)..Headers].SequenceEqual(next[(at + 18)..Headers]);
    }

    /// <summary>Makes one super-packet of a run: lengths, flags, the pseudo-header's sum.</summary>
    /// <param name="packet">The first packet with all payloads behind it.</param>
    /// <param name="firstSize">The size of the first packet alone.</param>
    /// <param name="last">The last packet of the run.</param>
    public PacketOffload Join(Span<byte> packet, int firstSize, ReadOnlySpan<byte> last)
    {
        if (IsIPv4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
            packet.Slice(10, 2).Clear();
            InternetChecksum.Write(packet[10..], InternetChecksum.Sum(packet[..InnerPacket.MinIPv4SizeBytes]));
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - InnerPacket.MinIPv6SizeBytes));
        }

        int transportSize = packet.Length - Transport;
        int checksumOffset = IsTcp ? 16 : 6;
        if (IsTcp)
        {
            packet[Transport + 13] |= (byte)(last[Transport + 13] & TcpPush);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[(Transport + 4)..], (ushort)transportSize);
        }

        ulong sum = InternetChecksum.PseudoHeader(packet, IsTcp ? ProtocolTcp : ProtocolUdp, transportSize);
        System.Runtime.InteropServices.MemoryMarshal.Write(packet[(Transport + checksumOffset)..], InternetChecksum.Fold(sum));
        return new PacketOffload
        {
            Kind = !IsTcp ? SegmentKind.Udp : IsIPv4 ? SegmentKind.TcpIPv4 : SegmentKind.TcpIPv6,
            NeedsChecksum = true,
            ChecksumStart = Transport,
            ChecksumOffset = checksumOffset,
            HeaderLength = Headers,
            SegmentSize = firstSize - Headers,
        };
    }

    private bool HasSameNetworkHeader(ReadOnlySpan<byte> first, ReadOnlySpan<byte> next) => IsIPv4
        ? first[1] == next[1] && first.Slice(6, 3).SequenceEqual(next.Slice(6, 3))
        : first[..4].SequenceEqual(next[..4]) && first[7] == next[7];
}
