using System.Buffers.Binary;

namespace Zeq.Tunnel;

/// <summary>
/// Cuts a super-packet of a device into the packets that go over the wire, each with headers, lengths and checksums of its own. A peer gets correct IP packets, whoever wrote it.
/// </summary>
internal ref struct SegmentSplitter
{
    private const byte ProtocolTcp = 6;
    private const byte ProtocolUdp = 17;
    private const int TcpFlagsAt = 13;
    private const byte TcpLastAlone = 0x01 | 0x08;
    private const byte TcpFirstAlone = 0x80;

    private readonly ReadOnlySpan<byte> _packet;
    private readonly int _transport;
    private readonly int _headers;
    private readonly int _segmentSize;
    private readonly bool _isTcp;
    private int _at;
    private int _number;

    /// <summary>Whether the packet is what its offload says; what is not is dropped.</summary>
    public readonly bool IsValid { get; }

    /// <param name="packet">The super-packet.</param>
    /// <param name="offload">What the device says of it; not <see cref="SegmentKind.None"/>.</param>
    /// <param name="firstSegment">The number of the segment to go on with.</param>
    public SegmentSplitter(ReadOnlySpan<byte> packet, in PacketOffload offload, int firstSegment)
    {
        _packet = packet;
        _isTcp = offload.Kind != SegmentKind.Udp;
        _transport = offload.ChecksumStart;
        _segmentSize = offload.SegmentSize;
        int least = _isTcp ? 20 : 8;
        if (packet.Length < InnerPacket.MinIPv4SizeBytes || _segmentSize < 1 || packet.Length < _transport + least
            || (packet[0] >> 4 == 4 ? _transport < InnerPacket.MinIPv4SizeBytes || _transport != (packet[0] & 15) * 4 : packet[0] >> 4 != 6 || _transport < InnerPacket.MinIPv6SizeBytes))
        {
            return;
        }

        _headers = _transport + (_isTcp ? (packet[_transport + 12] >> 4) * 4 : 8);
        _number = firstSegment;
        _at = _headers + (firstSegment * _segmentSize);
        IsValid = _headers >= _transport + least && packet.Length > _headers;
    }

    /// <summary>The size of the next segment; 0 where there is none left.</summary>
    public readonly int NextSize => _at >= _packet.Length ? 0 : _headers + Math.Min(_segmentSize, _packet.Length - _at);

    /// <summary>Writes the next segment, of <see cref="NextSize"/> bytes.</summary>
    public void WriteNext(Span<byte> segment)
    {
        int payload = segment.Length - _headers;
        _packet[.._headers].CopyTo(segment);
        _packet.Slice(_at, payload).CopyTo(segment[_headers..]);
        bool isLast = _at + payload == _packet.Length;
        if (segment[0] >> 4 == 4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(segment[2..], (ushort)segment.Length);
            BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)(BinaryPrimitives.ReadUInt16BigEndian(segment[4..]) + _number));
            segment.Slice(10, 2).Clear();
            InternetChecksum.Write(segment[10..], InternetChecksum.Sum(segment[..((segment[0] & 15) * 4)]));
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(segment[4..], (ushort)(segment.Length - InnerPacket.MinIPv6SizeBytes));
        }

        Span<byte> transport = segment[_transport..];
        int checksumAt = _isTcp ? 16 : 6;
        if (_isTcp)
        {
            uint sequence = BinaryPrimitives.ReadUInt32BigEndian(transport[4..]);
            BinaryPrimitives.WriteUInt32BigEndian(transport[4..], sequence + (uint)(_at - _headers));
            byte flags = transport[TcpFlagsAt];
            flags = isLast ? flags : (byte)(flags & ~TcpLastAlone);
            transport[TcpFlagsAt] = _number == 0 ? flags : (byte)(flags & ~TcpFirstAlone);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], (ushort)transport.Length);
        }

        transport.Slice(checksumAt, 2).Clear();
        ulong sum = InternetChecksum.PseudoHeader(segment, _isTcp ? ProtocolTcp : ProtocolUdp, transport.Length);
        InternetChecksum.Write(transport[checksumAt..], InternetChecksum.Sum(transport, sum), !_isTcp);
        _at += payload;
        _number++;
    }

    /// <summary>Finishes the checksum of a packet that is one.</summary>
    /// <returns>False where the packet is not what its offload says.</returns>
    public static bool TryFinish(Span<byte> packet, in PacketOffload offload)
    {
        if (!offload.NeedsChecksum)
        {
            return true;
        }

        int at = offload.ChecksumStart + offload.ChecksumOffset;
        if (offload.ChecksumStart >= packet.Length || at + 2 > packet.Length)
        {
            return false;
        }

        // The field holds the pseudo-header's sum.
        ulong sum = InternetChecksum.Sum(packet[offload.ChecksumStart..]);
        InternetChecksum.Write(packet[at..], sum, offload.ChecksumOffset == 6);
        return true;
    }
}
