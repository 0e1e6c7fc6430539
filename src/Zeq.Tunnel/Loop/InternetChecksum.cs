using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Zeq.Tunnel;

/// <summary>The checksum of IP, TCP and UDP (RFC 1071), summed in the machine's byte order and turned at the end.</summary>
internal static class InternetChecksum
{
    /// <summary>The sum of 16-bit words, not folded; the last odd byte counts as if a zero followed.</summary>
    [SkipLocalsInit]
    public static ulong Sum(ReadOnlySpan<byte> bytes, ulong sum = 0)
    {
        ref byte at = ref MemoryMarshal.GetReference(bytes);
        nuint i = 0;
        nuint length = (nuint)bytes.Length;
        if (Vector256.IsHardwareAccelerated && length >= 64)
        {
            // Lanes of 32 bits take 32,768 pairs of words before they overflow: more than the largest packet has.
            Vector256<uint> low = Vector256<uint>.Zero;
            Vector256<uint> high = Vector256<uint>.Zero;
            Vector256<uint> mask = Vector256.Create(0xFFFFu);
            for (; i + 32 <= length; i += 32)
            {
                Vector256<uint> words = Vector256.LoadUnsafe(ref at, i).AsUInt32();
                low += words & mask;
                high += words >> 16;
            }

            (Vector256<ulong> a, Vector256<ulong> b) = Vector256.Widen(low);
            (Vector256<ulong> c, Vector256<ulong> d) = Vector256.Widen(high);
            sum += Vector256.Sum(a + b + c + d);
        }

        for (; i + 4 <= length; i += 4)
        {
            uint word = Unsafe.ReadUnaligned<uint>(ref Unsafe.AddByteOffset(ref at, i));
            sum += (word & 0xFFFF) + (word >> 16);
        }

        if (i + 2 <= length)
        {
            sum += Unsafe.ReadUnaligned<ushort>(ref Unsafe.AddByteOffset(ref at, i));
            i += 2;
        }

        if (i < length)
        {
            byte last = Unsafe.AddByteOffset(ref at, i);
            sum += BitConverter.IsLittleEndian ? last : (ulong)last << 8;
        }

        return sum;
    }

    /// <summary>The sum of the pseudo-header of an IP packet with this much transport (RFC 9293 §3.1, RFC 8200 §8.1).</summary>
    public static ulong PseudoHeader(ReadOnlySpan<byte> packet, byte protocol, int transportSize)
    {
        ulong sum = packet[0] >> 4 == 4 ? Sum(packet.Slice(12, 8)) : Sum(packet.Slice(8, 32));
        return sum + Swap(protocol) + Swap((ushort)(transportSize >> 16)) + Swap((ushort)transportSize);
    }

    /// <summary>The 16 bits of a sum, in the machine's order.</summary>
    public static ushort Fold(ulong sum)
    {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
    }

    /// <summary>Writes the checksum that a sum makes.</summary>
    public static void Write(Span<byte> field, ulong sum, bool isUdp = false)
    {
        ushort checksum = (ushort)~Fold(sum);
        MemoryMarshal.Write(field, isUdp && checksum == 0 ? ushort.MaxValue : checksum);
    }

    /// <summary>Whether bytes that hold their own checksum sum up to all ones.</summary>
    public static bool IsRight(ulong sum) => Fold(sum) == ushort.MaxValue;

    public static ushort Swap(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
