using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zeq.Tunnel;

/// <summary>The first bytes of a packet of the tunnel, and the sizes around what it carries (spec 50 §2).</summary>
internal static class DataHeader
{
    public const byte TypeInit = 1;
    public const byte TypeResponse = 2;
    public const byte TypeData = 3;
    public const byte TypeCookie = 4;
    public const byte TypePunch = 5;

    public const int SizeBytes = 20;
    public const int TagSizeBytes = 16;
    public const int KindSizeBytes = 1;

    /// <summary>Where the inner packet stands in a datagram.</summary>
    public const int PacketOffset = SizeBytes + KindSizeBytes;

    /// <summary>Inner bytes come in whole blocks.</summary>
    public const int BlockSizeBytes = 16;

    public const int MinDatagramSizeBytes = SizeBytes + BlockSizeBytes + TagSizeBytes;

    private const int NonceAt = 8;
    private const int CounterAt = 12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int InnerSize(int packetSizeBytes) => (packetSizeBytes + KindSizeBytes + BlockSizeBytes - 1) & ~(BlockSizeBytes - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int DatagramSize(int packetSizeBytes) => SizeBytes + InnerSize(packetSizeBytes) + TagSizeBytes;

    /// <summary>Type, epoch, reserved bytes and receiver, as one little-endian number.</summary>
    public static ulong Head(int epoch, uint receiver) => TypeData | ((ulong)(byte)epoch << 8) | ((ulong)receiver << 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(Span<byte> datagram, ulong head, uint zeqond, ulong counter)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(datagram, head);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[NonceAt..], zeqond);
        BinaryPrimitives.WriteUInt64BigEndian(datagram[CounterAt..], counter);
    }

    public static uint Receiver(ReadOnlySpan<byte> datagram) => BinaryPrimitives.ReadUInt32LittleEndian(datagram[4..]);

    public static ulong Counter(ReadOnlySpan<byte> datagram) => BinaryPrimitives.ReadUInt64BigEndian(datagram[CounterAt..]);

    /// <summary>The nonce: bytes 8 to 19 of the header XOR the static IV of the epoch.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteNonce(ReadOnlySpan<byte> datagram, EpochCipher epoch, Span<byte> nonce)
    {
        ref byte from = ref Unsafe.AsRef(in datagram[NonceAt + 11]);
        from = ref Unsafe.Subtract(ref from, 11);
        ref byte to = ref MemoryMarshal.GetReference(nonce[..12]);
        Unsafe.WriteUnaligned(ref to, Unsafe.ReadUnaligned<uint>(ref from) ^ epoch.IvHead);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 4), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, 4)) ^ epoch.IvTail);
    }
}
