using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>
/// Four words at a time, on AVX2: two rows side by side, so that one hides the other's latency; then two columns at once, one in each half of a vector.
/// AVX-512, where it is there, rotates in one instruction.
/// </summary>
internal readonly unsafe struct Argon2Vector256 : IArgon2Compression
{
    private const int BlockVectors = Argon2Memory.BlockWords / 4;

    public static bool IsSupported => Avx2.IsSupported;

    public static void Compress(ulong* previous, ulong* reference, ulong* output, ulong* scratch, bool isXored)
    {
        var x = (Vector256<ulong>*)previous;
        var y = (Vector256<ulong>*)reference;
        var z = (Vector256<ulong>*)scratch;
        var result = (Vector256<ulong>*)output;
        for (var i = 0; i < BlockVectors; i++)
        {
            z[i] = x[i] ^ y[i];
        }

        for (var pair = 0; pair < 4; pair++)
        {
            TwoRows(z + (8 * pair));
        }

        for (var pair = 0; pair < 4; pair++)
        {
            TwoColumns(z + pair);
        }

        if (isXored)
        {
            for (var i = 0; i < BlockVectors; i++)
            {
                result[i] ^= z[i] ^ x[i] ^ y[i];
            }
        }
        else
        {
            for (var i = 0; i < BlockVectors; i++)
            {
                result[i] = z[i] ^ x[i] ^ y[i];
            }
        }
    }

    // A method of its own each: in one body the compiler would stop inlining half-way.

    /// <summary>Each row is four vectors; the diagonals come above each other by turning the lower three.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TwoRows(Vector256<ulong>* v)
    {
        var (a0, b0, c0, d0) = (v[0], v[1], v[2], v[3]);
        var (a1, b1, c1, d1) = (v[4], v[5], v[6], v[7]);
        Mix(ref a0, ref b0, ref c0, ref d0, ref a1, ref b1, ref c1, ref d1);
        (b0, c0, d0) = (Avx2.Permute4x64(b0, 0b00_11_10_01), Avx2.Permute4x64(c0, 0b01_00_11_10), Avx2.Permute4x64(d0, 0b10_01_00_11));
        (b1, c1, d1) = (Avx2.Permute4x64(b1, 0b00_11_10_01), Avx2.Permute4x64(c1, 0b01_00_11_10), Avx2.Permute4x64(d1, 0b10_01_00_11));
        Mix(ref a0, ref b0, ref c0, ref d0, ref a1, ref b1, ref c1, ref d1);
        v[0] = a0;
        v[1] = Avx2.Permute4x64(b0, 0b10_01_00_11);
        v[2] = Avx2.Permute4x64(c0, 0b01_00_11_10);
        v[3] = Avx2.Permute4x64(d0, 0b00_11_10_01);
        v[4] = a1;
        v[5] = Avx2.Permute4x64(b1, 0b10_01_00_11);
        v[6] = Avx2.Permute4x64(c1, 0b01_00_11_10);
        v[7] = Avx2.Permute4x64(d1, 0b00_11_10_01);
    }

    /// <summary>A column's words come in pairs, one pair to a row: each half of a vector holds the pair of its own column.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TwoColumns(Vector256<ulong>* v)
    {
        var (a0, a1, b0, b1) = (v[0], v[4], v[8], v[12]);
        var (c0, c1, d0, d1) = (v[16], v[20], v[24], v[28]);
        Mix(ref a0, ref b0, ref c0, ref d0, ref a1, ref b1, ref c1, ref d1);
        (b0, b1) = (Middle(b0, b1), Middle(b1, b0));
        (c0, c1) = (c1, c0);
        (d0, d1) = (Middle(d1, d0), Middle(d0, d1));
        Mix(ref a0, ref b0, ref c0, ref d0, ref a1, ref b1, ref c1, ref d1);
        (v[0], v[4]) = (a0, a1);
        (v[8], v[12]) = (Middle(b1, b0), Middle(b0, b1));
        (v[16], v[20]) = (c1, c0);
        (v[24], v[28]) = (Middle(d0, d1), Middle(d1, d0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector256<ulong> a0, ref Vector256<ulong> b0, ref Vector256<ulong> c0, ref Vector256<ulong> d0,
        ref Vector256<ulong> a1, ref Vector256<ulong> b1, ref Vector256<ulong> c1, ref Vector256<ulong> d1)
    {
        (a0, a1) = (AddMultiply(a0, b0), AddMultiply(a1, b1));
        (d0, d1) = (RotateRight32(d0 ^ a0), RotateRight32(d1 ^ a1));
        (c0, c1) = (AddMultiply(c0, d0), AddMultiply(c1, d1));
        (b0, b1) = (RotateRight24(b0 ^ c0), RotateRight24(b1 ^ c1));
        (a0, a1) = (AddMultiply(a0, b0), AddMultiply(a1, b1));
        (d0, d1) = (RotateRight16(d0 ^ a0), RotateRight16(d1 ^ a1));
        (c0, c1) = (AddMultiply(c0, d0), AddMultiply(c1, d1));
        (b0, b1) = (RotateRight63(b0 ^ c0), RotateRight63(b1 ^ c1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> AddMultiply(Vector256<ulong> x, Vector256<ulong> y)
    {
        var product = Avx2.Multiply(x.AsUInt32(), y.AsUInt32());
        return x + y + (product + product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateRight32(Vector256<ulong> x) => Avx2.Shuffle(x.AsUInt32(), 0b10_11_00_01).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateRight24(Vector256<ulong> x) => Avx512F.VL.IsSupported
        ? Avx512F.VL.RotateRight(x, 24)
        : Avx2.Shuffle(x.AsByte(), Vector256.Create(
            (byte)3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10, 3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateRight16(Vector256<ulong> x) => Avx512F.VL.IsSupported
        ? Avx512F.VL.RotateRight(x, 16)
        : Avx2.Shuffle(x.AsByte(), Vector256.Create(
            (byte)2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9, 2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9)).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateRight63(Vector256<ulong> x) => Avx512F.VL.IsSupported
        ? Avx512F.VL.RotateRight(x, 63)
        : (x + x) ^ (x >>> 63);

    /// <summary>In each half: the high word of the first, then the low word of the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Middle(Vector256<ulong> first, Vector256<ulong> second) =>
        Avx2.AlignRight(second.AsByte(), first.AsByte(), 8).AsUInt64();
}
