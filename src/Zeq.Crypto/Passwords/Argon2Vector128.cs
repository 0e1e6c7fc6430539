using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>
/// Two words at a time: AdvSimd, or SSE where there is no AVX2. A row of 16 words is eight vectors; a column is eight vectors as well, since its words come in pairs:
/// both pass through the same round.
/// </summary>
internal readonly unsafe struct Argon2Vector128 : IArgon2Compression
{
    private const int BlockVectors = Argon2Memory.BlockWords / 2;

    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    public static void Compress(ulong* previous, ulong* reference, ulong* output, ulong* scratch, bool isXored)
    {
        var x = (Vector128<ulong>*)previous;
        var y = (Vector128<ulong>*)reference;
        var z = (Vector128<ulong>*)scratch;
        var result = (Vector128<ulong>*)output;
        for (var i = 0; i < BlockVectors; i++)
        {
            z[i] = x[i] ^ y[i];
        }

        for (var row = 0; row < 8; row++)
        {
            Round(z + (8 * row), 1);
        }

        for (var column = 0; column < 8; column++)
        {
            Round(z + column, 8);
        }

        for (var i = 0; i < BlockVectors; i++)
        {
            var vector = z[i] ^ x[i] ^ y[i];
            result[i] = isXored ? result[i] ^ vector : vector;
        }
    }

    // A method of its own: inlined twice into one body, the compiler would stop inlining half-way, at a third of the speed.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Round(Vector128<ulong>* v, int stride)
    {
        var (a0, a1) = (v[0], v[stride]);
        var (b0, b1) = (v[2 * stride], v[3 * stride]);
        var (c0, c1) = (v[4 * stride], v[5 * stride]);
        var (d0, d1) = (v[6 * stride], v[7 * stride]);
        Mix(ref a0, ref b0, ref c0, ref d0);
        Mix(ref a1, ref b1, ref c1, ref d1);

        // Turned so that the diagonals stand above each other, and back.
        (b0, b1) = (Middle(b0, b1), Middle(b1, b0));
        (c0, c1) = (c1, c0);
        (d0, d1) = (Middle(d1, d0), Middle(d0, d1));
        Mix(ref a0, ref b0, ref c0, ref d0);
        Mix(ref a1, ref b1, ref c1, ref d1);
        (v[0], v[stride]) = (a0, a1);
        (v[2 * stride], v[3 * stride]) = (Middle(b1, b0), Middle(b0, b1));
        (v[4 * stride], v[5 * stride]) = (c1, c0);
        (v[6 * stride], v[7 * stride]) = (Middle(d0, d1), Middle(d1, d0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref Vector128<ulong> a, ref Vector128<ulong> b, ref Vector128<ulong> c, ref Vector128<ulong> d)
    {
        a = AddMultiply(a, b);
        d = Vector128.Shuffle((d ^ a).AsUInt32(), Vector128.Create(1u, 0, 3, 2)).AsUInt64();
        c = AddMultiply(c, d);
        b = Vector128.Shuffle((b ^ c).AsByte(), Vector128.Create((byte)3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10)).AsUInt64();
        a = AddMultiply(a, b);
        d = Vector128.Shuffle((d ^ a).AsByte(), Vector128.Create((byte)2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9)).AsUInt64();
        c = AddMultiply(c, d);
        b ^= c;
        b = (b + b) ^ (b >>> 63);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> AddMultiply(Vector128<ulong> x, Vector128<ulong> y)
    {
        var product = MultiplyLow(x, y);
        return x + y + product + product;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> MultiplyLow(Vector128<ulong> x, Vector128<ulong> y)
    {
        if (Sse2.IsSupported)
        {
            return Sse2.Multiply(x.AsUInt32(), y.AsUInt32());
        }

        if (AdvSimd.IsSupported)
        {
            return AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(x), AdvSimd.ExtractNarrowingLower(y));
        }

        return Vector128.Create((ulong)(uint)x[0] * (uint)y[0], (ulong)(uint)x[1] * (uint)y[1]);
    }

    /// <summary>The high word of the first, then the low word of the second.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Middle(Vector128<ulong> first, Vector128<ulong> second)
    {
        if (Ssse3.IsSupported)
        {
            return Ssse3.AlignRight(second.AsByte(), first.AsByte(), 8).AsUInt64();
        }

        if (AdvSimd.IsSupported)
        {
            return AdvSimd.ExtractVector128(first, second, 1);
        }

        return Vector128.Create(first[1], second[0]);
    }
}
