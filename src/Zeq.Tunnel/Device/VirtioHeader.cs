using System.Runtime.InteropServices;

namespace Zeq.Tunnel;

/// <summary>The header before each packet of a Linux device with IFF_VNET_HDR (virtio 1.2 §5.1.6, in the machine's byte order).</summary>
internal static class VirtioHeader
{
    public const int SizeBytes = 10;
    private const byte NeedsChecksum = 1;
    private const byte ExplicitCongestion = 0x80;

    public static void Write(Span<byte> header, in PacketOffload offload)
    {
        header[0] = offload.NeedsChecksum ? NeedsChecksum : (byte)0;
        header[1] = (byte)offload.Kind;
        MemoryMarshal.Write(header[2..], (ushort)offload.HeaderLength);
        MemoryMarshal.Write(header[4..], (ushort)offload.SegmentSize);
        MemoryMarshal.Write(header[6..], (ushort)offload.ChecksumStart);
        MemoryMarshal.Write(header[8..], (ushort)offload.ChecksumOffset);
    }

    public static PacketOffload Read(ReadOnlySpan<byte> header) => new()
    {
        NeedsChecksum = (header[0] & NeedsChecksum) != 0,
        Kind = (SegmentKind)(header[1] & ~ExplicitCongestion),
        HeaderLength = MemoryMarshal.Read<ushort>(header[2..]),
        SegmentSize = MemoryMarshal.Read<ushort>(header[4..]),
        ChecksumStart = MemoryMarshal.Read<ushort>(header[6..]),
        ChecksumOffset = MemoryMarshal.Read<ushort>(header[8..]),
    };
}
