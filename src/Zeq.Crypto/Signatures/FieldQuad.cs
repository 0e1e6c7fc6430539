using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>
/// Four elements of the field of <see cref="FieldElement"/>, one in each 64-bit lane of ten vectors: limbs of 26 and 25 bits in turn (limb 2k stands for 2^51k,
/// limb 2k+1 for 2^(51k+26)), so that products are sums of 32-bit multiplications, four at a time. For processors with AVX2.
/// Constant time: fixed sequences of vector additions, shifts, masks, shuffles by constants and multiplications; no branch and no index depends on a value.
/// Bounds, in bits above 26 and 25: products, squares and carried sums are reduced (far less than 0.1 above); a factor on the right side, and a square's,
/// may have 1.75 (three reduced values added up), a factor on the left side 2.5 (five); what <see cref="Flip"/> takes away has to be reduced.
/// </summary>
[SkipLocalsInit]
internal struct FieldQuad
{
    internal const int LaneCount = 4;

    /// <summary>Vectors of a packed value.</summary>
    internal const int PackedCount = 5;

    private const ulong Mask26 = (1UL << 26) - 1;
    private const ulong Mask25 = (1UL << 25) - 1;

    private Vector256<ulong> _0;
    private Vector256<ulong> _1;
    private Vector256<ulong> _2;
    private Vector256<ulong> _3;
    private Vector256<ulong> _4;
    private Vector256<ulong> _5;
    private Vector256<ulong> _6;
    private Vector256<ulong> _7;
    private Vector256<ulong> _8;
    private Vector256<ulong> _9;

    /// <summary>Whether this processor runs it.</summary>
    internal static bool IsSupported => Avx2.IsSupported;

    internal FieldQuad(in FieldElement lane0, in FieldElement lane1, in FieldElement lane2, in FieldElement lane3)
    {
        Unsafe.SkipInit(out this);
        Set(0, lane0);
        Set(1, lane1);
        Set(2, lane2);
        Set(3, lane3);
    }

    /// <summary>The element of one lane; the index is public.</summary>
    internal readonly FieldElement this[int lane] =>
        FieldElement.FromSplit(MemoryMarshal.Cast<FieldQuad, ulong>(new ReadOnlySpan<FieldQuad>(in this))[lane..], LaneCount);

    private void Set(int lane, in FieldElement value) => value.Split(MemoryMarshal.Cast<FieldQuad, ulong>(new Span<FieldQuad>(ref this))[lane..], LaneCount);

    /// <summary>Lane by lane. The result may be one of the factors.</summary>
    internal static void Mul(in FieldQuad a, in FieldQuad b, out FieldQuad result)
    {
        Vector256<ulong> b0 = b._0, b1 = b._1, b2 = b._2, b3 = b._3, b4 = b._4, b5 = b._5, b6 = b._6, b7 = b._7, b8 = b._8, b9 = b._9;
        var nineteen = Vector256.Create(19UL);
        Vector256<ulong> n1 = Product(b1, nineteen), n2 = Product(b2, nineteen), n3 = Product(b3, nineteen), n4 = Product(b4, nineteen), n5 = Product(b5, nineteen),
            n6 = Product(b6, nineteen), n7 = Product(b7, nineteen), n8 = Product(b8, nineteen), n9 = Product(b9, nineteen);

        var x = a._0;
        var r0 = Product(x, b0);
        var r1 = Product(x, b1);
        var r2 = Product(x, b2);
        var r3 = Product(x, b3);
        var r4 = Product(x, b4);
        var r5 = Product(x, b5);
        var r6 = Product(x, b6);
        var r7 = Product(x, b7);
        var r8 = Product(x, b8);
        var r9 = Product(x, b9);
        x = a._1;
        var twice = x + x;
        r1 += Product(x, b0);
        r2 += Product(twice, b1);
        r3 += Product(x, b2);
        r4 += Product(twice, b3);
        r5 += Product(x, b4);
        r6 += Product(twice, b5);
        r7 += Product(x, b6);
        r8 += Product(twice, b7);
        r9 += Product(x, b8);
        r0 += Product(twice, n9);
        x = a._2;
        r2 += Product(x, b0);
        r3 += Product(x, b1);
        r4 += Product(x, b2);
        r5 += Product(x, b3);
        r6 += Product(x, b4);
        r7 += Product(x, b5);
        r8 += Product(x, b6);
        r9 += Product(x, b7);
        r0 += Product(x, n8);
        r1 += Product(x, n9);
        x = a._3;
        twice = x + x;
        r3 += Product(x, b0);
        r4 += Product(twice, b1);
        r5 += Product(x, b2);
        r6 += Product(twice, b3);
        r7 += Product(x, b4);
        r8 += Product(twice, b5);
        r9 += Product(x, b6);
        r0 += Product(twice, n7);
        r1 += Product(x, n8);
        r2 += Product(twice, n9);
        x = a._4;
        r4 += Product(x, b0);
        r5 += Product(x, b1);
        r6 += Product(x, b2);
        r7 += Product(x, b3);
        r8 += Product(x, b4);
        r9 += Product(x, b5);
        r0 += Product(x, n6);
        r1 += Product(x, n7);
        r2 += Product(x, n8);
        r3 += Product(x, n9);
        x = a._5;
        twice = x + x;
        r5 += Product(x, b0);
        r6 += Product(twice, b1);
        r7 += Product(x, b2);
        r8 += Product(twice, b3);
        r9 += Product(x, b4);
        r0 += Product(twice, n5);
        r1 += Product(x, n6);
        r2 += Product(twice, n7);
        r3 += Product(x, n8);
        r4 += Product(twice, n9);
        x = a._6;
        r6 += Product(x, b0);
        r7 += Product(x, b1);
        r8 += Product(x, b2);
        r9 += Product(x, b3);
        r0 += Product(x, n4);
        r1 += Product(x, n5);
        r2 += Product(x, n6);
        r3 += Product(x, n7);
        r4 += Product(x, n8);
        r5 += Product(x, n9);
        x = a._7;
        twice = x + x;
        r7 += Product(x, b0);
        r8 += Product(twice, b1);
        r9 += Product(x, b2);
        r0 += Product(twice, n3);
        r1 += Product(x, n4);
        r2 += Product(twice, n5);
        r3 += Product(x, n6);
        r4 += Product(twice, n7);
        r5 += Product(x, n8);
        r6 += Product(twice, n9);
        x = a._8;
        r8 += Product(x, b0);
        r9 += Product(x, b1);
        r0 += Product(x, n2);
        r1 += Product(x, n3);
        r2 += Product(x, n4);
        r3 += Product(x, n5);
        r4 += Product(x, n6);
        r5 += Product(x, n7);
        r6 += Product(x, n8);
        r7 += Product(x, n9);
        x = a._9;
        twice = x + x;
        r9 += Product(x, b0);
        r0 += Product(twice, n1);
        r1 += Product(x, n2);
        r2 += Product(twice, n3);
        r3 += Product(x, n4);
        r4 += Product(twice, n5);
        r5 += Product(x, n6);
        r6 += Product(twice, n7);
        r7 += Product(x, n8);
        r8 += Product(twice, n9);
        Carry(r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, out result);
    }

    /// <summary>Lane by lane. The result may be the argument.</summary>
    internal static void Square(in FieldQuad a, out FieldQuad result)
    {
        Vector256<ulong> a0 = a._0, a1 = a._1, a2 = a._2, a3 = a._3, a4 = a._4, a5 = a._5, a6 = a._6, a7 = a._7, a8 = a._8, a9 = a._9;
        var nineteen = Vector256.Create(19UL);
        Vector256<ulong> n5 = Product(a5, nineteen), n6 = Product(a6, nineteen), n7 = Product(a7, nineteen), n8 = Product(a8, nineteen), n9 = Product(a9, nineteen);
        Vector256<ulong> d0 = a0 + a0, d1 = a1 + a1, d2 = a2 + a2, d3 = a3 + a3, d4 = a4 + a4, d5 = a5 + a5, d6 = a6 + a6, d7 = a7 + a7, d8 = a8 + a8, d9 = a9 + a9;
        Vector256<ulong> q1 = d1 + d1, q3 = d3 + d3, q5 = d5 + d5, q7 = d7 + d7;
        var r0 = Product(a0, a0) + Product(q1, n9) + Product(d2, n8) + Product(q3, n7) + Product(d4, n6) + Product(d5, n5);
        var r1 = Product(d0, a1) + Product(d2, n9) + Product(d3, n8) + Product(d4, n7) + Product(d5, n6);
        var r2 = Product(d0, a2) + Product(d1, a1) + Product(q3, n9) + Product(d4, n8) + Product(q5, n7) + Product(a6, n6);
        var r3 = Product(d0, a3) + Product(d1, a2) + Product(d4, n9) + Product(d5, n8) + Product(d6, n7);
        var r4 = Product(d0, a4) + Product(q1, a3) + Product(a2, a2) + Product(q5, n9) + Product(d6, n8) + Product(d7, n7);
        var r5 = Product(d0, a5) + Product(d1, a4) + Product(d2, a3) + Product(d6, n9) + Product(d7, n8);
        var r6 = Product(d0, a6) + Product(q1, a5) + Product(d2, a4) + Product(d3, a3) + Product(q7, n9) + Product(a8, n8);
        var r7 = Product(d0, a7) + Product(d1, a6) + Product(d2, a5) + Product(d3, a4) + Product(d8, n9);
        var r8 = Product(d0, a8) + Product(q1, a7) + Product(d2, a6) + Product(q3, a5) + Product(a4, a4) + Product(d9, n9);
        var r9 = Product(d0, a9) + Product(d1, a8) + Product(d2, a7) + Product(d3, a6) + Product(d4, a5);
        Carry(r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, out result);
    }

    /// <summary>Lane by lane, without a carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Add(in FieldQuad a, in FieldQuad b, out FieldQuad result)
    {
        result._0 = a._0 + b._0;
        result._1 = a._1 + b._1;
        result._2 = a._2 + b._2;
        result._3 = a._3 + b._3;
        result._4 = a._4 + b._4;
        result._5 = a._5 + b._5;
        result._6 = a._6 + b._6;
        result._7 = a._7 + b._7;
        result._8 = a._8 + b._8;
        result._9 = a._9 + b._9;
    }

    /// <summary>a - b lane by lane, b reduced, without a carry: a counts for the result's bound, and two reduced values more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Sub(in FieldQuad a, in FieldQuad b, out FieldQuad result)
    {
        var even = Vector256.Create(2 * Mask26);
        var odd = Vector256.Create(2 * Mask25);
        result._0 = a._0 + Vector256.Create(2 * (Mask26 - 18)) - b._0;
        result._1 = a._1 + odd - b._1;
        result._2 = a._2 + even - b._2;
        result._3 = a._3 + odd - b._3;
        result._4 = a._4 + even - b._4;
        result._5 = a._5 + odd - b._5;
        result._6 = a._6 + even - b._6;
        result._7 = a._7 + odd - b._7;
        result._8 = a._8 + even - b._8;
        result._9 = a._9 + odd - b._9;
    }

    /// <summary>The sum of the lanes of each that its mask keeps, without a carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Combine(in FieldQuad a, Vector256<ulong> aMask, in FieldQuad b, Vector256<ulong> bMask, out FieldQuad result)
    {
        result._0 = (a._0 & aMask) + (b._0 & bMask);
        result._1 = (a._1 & aMask) + (b._1 & bMask);
        result._2 = (a._2 & aMask) + (b._2 & bMask);
        result._3 = (a._3 & aMask) + (b._3 & bMask);
        result._4 = (a._4 & aMask) + (b._4 & bMask);
        result._5 = (a._5 & aMask) + (b._5 & bMask);
        result._6 = (a._6 & aMask) + (b._6 & bMask);
        result._7 = (a._7 & aMask) + (b._7 & bMask);
        result._8 = (a._8 & aMask) + (b._8 & bMask);
        result._9 = (a._9 & aMask) + (b._9 & bMask);
    }

    /// <summary>
    /// The argument in lanes where the mask is zero, 2p minus the argument where it is all ones, which must be reduced there. Without a carry.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Flip(in FieldQuad a, Vector256<ulong> mask, out FieldQuad result)
    {
        // 2p + 1 + ~a = 2p - a.
        var first = mask & Vector256.Create((2 * (Mask26 - 18)) + 1);
        var even = mask & Vector256.Create((2 * Mask26) + 1);
        var odd = mask & Vector256.Create((2 * Mask25) + 1);
        result._0 = (a._0 ^ mask) + first;
        result._1 = (a._1 ^ mask) + odd;
        result._2 = (a._2 ^ mask) + even;
        result._3 = (a._3 ^ mask) + odd;
        result._4 = (a._4 ^ mask) + even;
        result._5 = (a._5 ^ mask) + odd;
        result._6 = (a._6 ^ mask) + even;
        result._7 = (a._7 ^ mask) + odd;
        result._8 = (a._8 ^ mask) + even;
        result._9 = (a._9 ^ mask) + odd;
    }

    /// <summary><paramref name="b"/> in lanes where the mask is all ones, <paramref name="a"/> where it is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Select(in FieldQuad a, in FieldQuad b, Vector256<ulong> mask, out FieldQuad result)
    {
        result._0 = a._0 ^ (mask & (a._0 ^ b._0));
        result._1 = a._1 ^ (mask & (a._1 ^ b._1));
        result._2 = a._2 ^ (mask & (a._2 ^ b._2));
        result._3 = a._3 ^ (mask & (a._3 ^ b._3));
        result._4 = a._4 ^ (mask & (a._4 ^ b._4));
        result._5 = a._5 ^ (mask & (a._5 ^ b._5));
        result._6 = a._6 ^ (mask & (a._6 ^ b._6));
        result._7 = a._7 ^ (mask & (a._7 ^ b._7));
        result._8 = a._8 ^ (mask & (a._8 ^ b._8));
        result._9 = a._9 ^ (mask & (a._9 ^ b._9));
    }

    /// <summary>The lanes in another order: two bits of <paramref name="order"/> a lane, the lowest ones for lane 0. A constant, or the code is slow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Shuffle(in FieldQuad a, [ConstantExpected] byte order, out FieldQuad result)
    {
        result._0 = Avx2.Permute4x64(a._0, order);
        result._1 = Avx2.Permute4x64(a._1, order);
        result._2 = Avx2.Permute4x64(a._2, order);
        result._3 = Avx2.Permute4x64(a._3, order);
        result._4 = Avx2.Permute4x64(a._4, order);
        result._5 = Avx2.Permute4x64(a._5, order);
        result._6 = Avx2.Permute4x64(a._6, order);
        result._7 = Avx2.Permute4x64(a._7, order);
        result._8 = Avx2.Permute4x64(a._8, order);
        result._9 = Avx2.Permute4x64(a._9, order);
    }

    /// <summary>Brings limbs below 2^32 back to 26 and 25 bits: each limb's carry is small, so all of them move at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Reduce(in FieldQuad a, out FieldQuad result)
    {
        var mask26 = Vector256.Create(Mask26);
        var mask25 = Vector256.Create(Mask25);
        var over = a._9 >>> 25;
        var r0 = (a._0 & mask26) + over + (over << 1) + (over << 4);
        var r1 = (a._1 & mask25) + (a._0 >>> 26);
        var r2 = (a._2 & mask26) + (a._1 >>> 25);
        var r3 = (a._3 & mask25) + (a._2 >>> 26);
        var r4 = (a._4 & mask26) + (a._3 >>> 25);
        var r5 = (a._5 & mask25) + (a._4 >>> 26);
        var r6 = (a._6 & mask26) + (a._5 >>> 25);
        var r7 = (a._7 & mask25) + (a._6 >>> 26);
        var r8 = (a._8 & mask26) + (a._7 >>> 25);
        var r9 = (a._9 & mask25) + (a._8 >>> 26);
        result._0 = r0;
        result._1 = r1;
        result._2 = r2;
        result._3 = r3;
        result._4 = r4;
        result._5 = r5;
        result._6 = r6;
        result._7 = r7;
        result._8 = r8;
        result._9 = r9;
    }

    /// <summary>Reads five vectors, each with two limbs of the four elements as 32-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Unpack(ReadOnlySpan<Vector256<uint>> packed, out FieldQuad result)
    {
        packed = packed[..PackedCount];
        (result._0, result._1) = Vector256.Widen(packed[0]);
        (result._2, result._3) = Vector256.Widen(packed[1]);
        (result._4, result._5) = Vector256.Widen(packed[2]);
        (result._6, result._7) = Vector256.Widen(packed[3]);
        (result._8, result._9) = Vector256.Widen(packed[4]);
    }

    /// <summary>Writes what <see cref="Unpack"/> reads.</summary>
    internal readonly void Pack(Span<Vector256<uint>> packed)
    {
        packed[0] = Vector256.Narrow(_0, _1);
        packed[1] = Vector256.Narrow(_2, _3);
        packed[2] = Vector256.Narrow(_4, _5);
        packed[3] = Vector256.Narrow(_6, _7);
        packed[4] = Vector256.Narrow(_8, _9);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Product(Vector256<ulong> a, Vector256<ulong> b) => Avx2.Multiply(a.AsUInt32(), b.AsUInt32());

    /// <summary>Limbs below 2^64 - 2^39 to reduced ones: two chains at once, through five limbs each, then from the last limb to the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Carry(
        Vector256<ulong> r0, Vector256<ulong> r1, Vector256<ulong> r2, Vector256<ulong> r3, Vector256<ulong> r4,
        Vector256<ulong> r5, Vector256<ulong> r6, Vector256<ulong> r7, Vector256<ulong> r8, Vector256<ulong> r9, out FieldQuad result)
    {
        var mask26 = Vector256.Create(Mask26);
        var mask25 = Vector256.Create(Mask25);
        r1 += r0 >>> 26;
        r5 += r4 >>> 26;
        r2 += r1 >>> 25;
        r6 += r5 >>> 25;
        r3 += r2 >>> 26;
        r7 += r6 >>> 26;
        r4 = (r4 & mask26) + (r3 >>> 25);
        r8 += r7 >>> 25;
        r5 = (r5 & mask25) + (r4 >>> 26);
        r9 += r8 >>> 26;
        var over = r9 >>> 25;
        r0 = (r0 & mask26) + over + (over << 1) + (over << 4);
        r1 = (r1 & mask25) + (r0 >>> 26);
        result._0 = r0 & mask26;
        result._1 = r1;
        result._2 = r2 & mask26;
        result._3 = r3 & mask25;
        result._4 = r4 & mask26;
        result._5 = r5;
        result._6 = r6 & mask26;
        result._7 = r7 & mask25;
        result._8 = r8 & mask26;
        result._9 = r9 & mask25;
    }
}
