using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>
/// The encodings of the ring's elements, 8 coefficients at a time in 128-bit vectors. Constant time: bits are moved by products with powers of two and by shuffles
/// of fixed pattern; compression estimates its quotient by a product and corrects it by a mask (no division, so no KyberSlash).
/// </summary>
/// <remarks>
/// Every group of 8 numbers is d bytes. Loads and stores are 16 bytes wide: loads of the last group step back instead of reading past the end, stores overlap what
/// the next group overwrites, and the last one is exact.
/// </remarks>
internal static class VectorCoding
{
    private const int N = KyberConstants.Degree;
    private const int Q = KyberConstants.Modulus;
    private const int Numbers = 8;
    private const int VectorBytes = 16;

    /// <summary>Whether this processor has what the vectors need.</summary>
    internal static bool IsSupported => Ssse3.IsSupported || AdvSimd.Arm64.IsSupported;

    // Where the bytes of 8 numbers of 12 and of 10 bits stand, each number in a word; and as those of the last group, whose load starts earlier.
    private static Vector128<byte> Pattern12 => Vector128.Create((byte)0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11);

    private static Vector128<byte> Pattern10 => Vector128.Create((byte)0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9);

    internal static void Encode12(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        const int Size = 12;
        for (var i = 0; i < N / Numbers; i++)
        {
            // Two numbers in every 32 bits, then without the empty fourth byte.
            var pairs = ShortOps128.PairProducts(Load(polynomial, i), Vector128.Create(1, 4096, 1, 4096, 1, 4096, 1, 4096)).AsByte();
            Store(Vector128.Shuffle(pairs, Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255)), bytes, i, Size);
        }
    }

    internal static void Decode12(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < N / Numbers; i++)
        {
            Decode12(bytes, i).CopyTo(polynomial[(i * Numbers)..]);
        }
    }

    internal static bool IsBelowModulus(ReadOnlySpan<byte> bytes384)
    {
        var below = Vector128<short>.AllBitsSet;
        for (var i = 0; i < N / Numbers; i++)
        {
            below &= Decode12(bytes384, i) - Vector128.Create((short)Q);
        }

        return Vector128.LessThanAll(below, Vector128<short>.Zero);
    }

    internal static void Compress10(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        const int Size = 10;
        for (var i = 0; i < N / Numbers; i++)
        {
            // Two numbers in every 32 bits, then four in every 64, then without the empty bytes.
            var numbers = Compress(Load(polynomial, i), 10, 20159);
            var pairs = ShortOps128.PairProducts(numbers, Vector128.Create(1, 1024, 1, 1024, 1, 1024, 1, 1024)).AsUInt64();
            var fours = (pairs & Vector128.Create(0xF_FFFFUL)) | (Vector128.ShiftRightLogical(pairs, 12) & Vector128.Create(0xFF_FFF0_0000UL));
            Store(Vector128.Shuffle(fours.AsByte(), Vector128.Create((byte)0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 255, 255, 255, 255, 255, 255)), bytes, i, Size);
        }
    }

    internal static void Decompress10(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < N / Numbers; i++)
        {
            // The 10 bits to the top of the word, then to the place where a rounded product with q takes off 2^15.
            var words = LoadGroup(bytes, i, 10, Pattern10) * Vector128.Create((ushort)64, 16, 4, 1, 64, 16, 4, 1);
            var numbers = Vector128.ShiftRightLogical(words, 1) & Vector128.Create((ushort)0x7FE0);
            MultiplyRounded(numbers.AsInt16()).CopyTo(polynomial[(i * Numbers)..]);
        }
    }

    internal static void Compress4(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        for (var i = 0; i < N / Numbers; i++)
        {
            // Two numbers in every 32 bits, four of which are narrowed to bytes.
            var pairs = ShortOps128.PairProducts(Compress(Load(polynomial, i), 4, 315), Vector128.Create(1, 16, 1, 16, 1, 16, 1, 16)).AsByte();
            var packed = Vector128.Shuffle(pairs, Vector128.Create((byte)0, 4, 8, 12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255));
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], packed.AsUInt32().ToScalar());
        }
    }

    internal static void Decompress4(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < N / Numbers; i++)
        {
            // The low nibble of every byte to an even word, the high one to an odd one, both at bit 11.
            var words = Spread(BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..])) * Vector128.Create((ushort)2048, 128, 2048, 128, 2048, 128, 2048, 128);
            MultiplyRounded((words & Vector128.Create((ushort)0x7800)).AsInt16()).CopyTo(polynomial[(i * Numbers)..]);
        }
    }

    internal static void Compress1(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        for (var i = 0; i < N / Numbers; i++)
        {
            bytes[i] = (byte)Vector128.ShiftLeft(Compress(Load(polynomial, i), 1, 39), 15).ExtractMostSignificantBits();
        }
    }

    internal static void Decompress1(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        var bits = Vector128.Create(1, 2, 4, 8, 16, 32, 64, 128);
        for (var i = 0; i < N / Numbers; i++)
        {
            (Vector128.Equals(Vector128.Create((short)bytes[i]) & bits, bits) & Vector128.Create((short)((Q + 1) / 2))).CopyTo(polynomial[(i * Numbers)..]);
        }
    }

    internal static void SampleNoise(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < KyberConstants.NoiseSizeBytes / VectorBytes; i++)
        {
            // In every nibble: the sum of the two low bits, less that of the two high ones, plus 4, which is 2 to 6.
            var bits = Vector128.Create(bytes.Slice(i * VectorBytes, VectorBytes)).AsUInt16();
            var sums = (bits & Vector128.Create((ushort)0x5555)) + (Vector128.ShiftRightLogical(bits, 1) & Vector128.Create((ushort)0x5555));
            var differences = (sums & Vector128.Create((ushort)0x3333)) + Vector128.Create((ushort)0x4444)
                - (Vector128.ShiftRightLogical(sums, 2) & Vector128.Create((ushort)0x3333));
            var numbers = polynomial[(i * 2 * VectorBytes)..];
            Noise(differences.AsUInt32().GetElement(0)).CopyTo(numbers);
            Noise(differences.AsUInt32().GetElement(1)).CopyTo(numbers[Numbers..]);
            Noise(differences.AsUInt32().GetElement(2)).CopyTo(numbers[(2 * Numbers)..]);
            Noise(differences.AsUInt32().GetElement(3)).CopyTo(numbers[(3 * Numbers)..]);
        }
    }

    /// <summary>8 numbers of 12 bits of the 16 bytes from the first on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<short> Unpack12(Vector128<byte> bytes) => Unpack12Words(Vector128.Shuffle(bytes, Pattern12).AsUInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Decode12(ReadOnlySpan<byte> bytes, int group) => Unpack12Words(LoadGroup(bytes, group, 12, Pattern12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Unpack12Words(Vector128<ushort> words) =>
        Vector128.ShiftRightLogical(words * Vector128.Create((ushort)16, 1, 16, 1, 16, 1, 16, 1), 4).AsInt16();

    /// <summary>8 nibbles less 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Noise(uint nibbles)
    {
        var words = Spread(nibbles) * Vector128.Create((ushort)4096, 256, 4096, 256, 4096, 256, 4096, 256);
        return Vector128.ShiftRightLogical(words, 12).AsInt16() - Vector128.Create((short)4);
    }

    /// <summary>Every one of 4 bytes in two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> Spread(uint bytes) =>
        Vector128.Shuffle(Vector128.CreateScalar(bytes).AsByte(), Vector128.Create((byte)0, 255, 0, 255, 1, 255, 1, 255, 2, 255, 2, 255, 3, 255, 3, 255)).AsUInt16();

    /// <summary>
    /// round(2^d / q x) mod 2^d of canonical x: the quotient by <paramref name="factor"/>, floor(2^(16 + d) / q), is at most 1 too small, which the remainder tells.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Compress(Vector128<short> x, int d, short factor)
    {
        var quotient = ShortOps128.MultiplyHigh(x, Vector128.Create(factor));
        var remainder = Vector128.ShiftLeft(x, d) + Vector128.Create((short)(Q / 2)) - (quotient * Vector128.Create((short)Q));
        return (quotient - Vector128.GreaterThan(remainder, Vector128.Create((short)(Q - 1)))) & Vector128.Create((short)((1 << d) - 1));
    }

    /// <summary>(a q + 2^14) / 2^15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> MultiplyRounded(Vector128<short> a) => AdvSimd.IsSupported
        ? AdvSimd.MultiplyRoundedDoublingSaturateHigh(a, Vector128.Create((short)Q))
        : Ssse3.MultiplyHighRoundScale(a, Vector128.Create((short)Q));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Load(ReadOnlySpan<short> polynomial, int group) => Vector128.Create(polynomial.Slice(group * Numbers, Numbers));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ushort> LoadGroup(ReadOnlySpan<byte> bytes, int group, int size, Vector128<byte> pattern)
    {
        var isLast = group == (N / Numbers) - 1;
        var back = isLast ? VectorBytes - size : 0;
        var loaded = Vector128.Create(bytes.Slice((group * size) - back, VectorBytes));
        return Vector128.Shuffle(loaded, pattern + Vector128.Create((byte)back)).AsUInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<byte> vector, Span<byte> bytes, int group, int size)
    {
        var target = bytes[(group * size)..];
        if (group < (N / Numbers) - 1)
        {
            vector.CopyTo(target);
            return;
        }

        BinaryPrimitives.WriteUInt64LittleEndian(target, vector.AsUInt64().ToScalar());
        var rest = vector.AsUInt64().GetElement(1);
        for (var i = 8; i < size; i++, rest >>= 8)
        {
            target[i] = (byte)rest;
        }
    }
}
