using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>
/// An element of the field of integers mod p = 2^255 - 19, as five limbs of 51 bits, weakly reduced: a value has many forms until <see cref="ToBytes"/>.
/// Constant time: every operation is a fixed sequence of additions, shifts, masks and 64-bit multiplications; no branch and no index depends on a value.
/// <see cref="IsZero"/> and <see cref="IsNegative"/> give bools on which only code over public values may branch.
/// Bounds: products, differences and decoded values have limbs below 2^52; <see cref="Mul"/>, <see cref="Square"/> and the right side of
/// <see cref="Sub"/> take limbs below 2^54, so at most two additions may be chained.
/// </summary>
internal readonly struct FieldElement
{
    private const ulong LimbMask = (1UL << 51) - 1;

    // A right factor's limbs, below 2^54, are shifted to the top of a word, so that the high half of a product begins at its bit 54.
    private const int HighShift = 10;

    // Limbs of 16p: added before a subtraction so that no limb falls below zero.
    private const ulong SixteenP0 = (LimbMask - 18) * 16;
    private const ulong SixteenP = LimbMask * 16;

    private readonly ulong _0;
    private readonly ulong _1;
    private readonly ulong _2;
    private readonly ulong _3;
    private readonly ulong _4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FieldElement(ulong limb0, ulong limb1, ulong limb2, ulong limb3, ulong limb4)
    {
        _0 = limb0;
        _1 = limb1;
        _2 = limb2;
        _3 = limb3;
        _4 = limb4;
    }

    internal static FieldElement Zero => default;

    internal static FieldElement One => FromSmall(1);

    /// <summary>A number below 2^51.</summary>
    internal static FieldElement FromSmall(ulong value) => new(value, 0, 0, 0, 0);

    /// <summary>Reads 32 little-endian bytes; the top bit is ignored and a value of p or more is reduced.</summary>
    internal static FieldElement FromBytes(ReadOnlySpan<byte> bytes)
    {
        var w0 = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var w1 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        var w2 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        var w3 = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
        return new(
            w0 & LimbMask,
            ((w0 >> 51) | (w1 << 13)) & LimbMask,
            ((w1 >> 38) | (w2 << 26)) & LimbMask,
            ((w2 >> 25) | (w3 << 39)) & LimbMask,
            (w3 >> 12) & LimbMask);
    }

    /// <summary>Writes the one canonical form: 32 little-endian bytes, below p.</summary>
    internal void ToBytes(Span<byte> bytes)
    {
        var r = Carry(_0, _1, _2, _3, _4);

        // q = 1 exactly where the value is p or more; then value - q*p = value + 19q - q*2^255.
        var q = (r._0 + 19) >> 51;
        q = (r._1 + q) >> 51;
        q = (r._2 + q) >> 51;
        q = (r._3 + q) >> 51;
        q = (r._4 + q) >> 51;
        var l0 = r._0 + (19 * q);
        var l1 = r._1 + (l0 >> 51);
        var l2 = r._2 + (l1 >> 51);
        var l3 = r._3 + (l2 >> 51);
        var l4 = r._4 + (l3 >> 51);
        l0 &= LimbMask;
        l1 &= LimbMask;
        l2 &= LimbMask;
        l3 &= LimbMask;
        l4 &= LimbMask;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, l0 | (l1 << 51));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], (l1 >> 13) | (l2 << 38));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], (l2 >> 26) | (l3 << 25));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], (l3 >> 39) | (l4 << 12));
    }

    /// <summary>Writes the ten limbs of <see cref="FieldQuad"/>, each a number of positions after the one before.</summary>
    internal void Split(Span<ulong> limbs, int stride)
    {
        const ulong Mask26 = (1UL << 26) - 1;
        limbs[0] = _0 & Mask26;
        limbs[stride] = _0 >> 26;
        limbs[2 * stride] = _1 & Mask26;
        limbs[3 * stride] = _1 >> 26;
        limbs[4 * stride] = _2 & Mask26;
        limbs[5 * stride] = _2 >> 26;
        limbs[6 * stride] = _3 & Mask26;
        limbs[7 * stride] = _3 >> 26;
        limbs[8 * stride] = _4 & Mask26;
        limbs[9 * stride] = _4 >> 26;
    }

    /// <summary>Reads what <see cref="Split"/> wrote, or what came of it, limbs below 2^27.</summary>
    internal static FieldElement FromSplit(ReadOnlySpan<ulong> limbs, int stride) => Carry(
        limbs[0] + (limbs[stride] << 26),
        limbs[2 * stride] + (limbs[3 * stride] << 26),
        limbs[4 * stride] + (limbs[5 * stride] << 26),
        limbs[6 * stride] + (limbs[7 * stride] << 26),
        limbs[8 * stride] + (limbs[9 * stride] << 26));

    /// <summary>The lowest bit of the canonical form: RFC 8032's sign of x.</summary>
    internal bool IsNegative()
    {
        Span<byte> bytes = stackalloc byte[32];
        ToBytes(bytes);
        return (bytes[0] & 1) != 0;
    }

    internal bool IsZero()
    {
        Span<byte> bytes = stackalloc byte[32];
        ToBytes(bytes);
        var bits = 0;
        foreach (var b in bytes)
        {
            bits |= b;
        }

        return bits == 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static FieldElement Add(in FieldElement a, in FieldElement b) =>
        new(a._0 + b._0, a._1 + b._1, a._2 + b._2, a._3 + b._3, a._4 + b._4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static FieldElement Sub(in FieldElement a, in FieldElement b) => Carry(
        a._0 + SixteenP0 - b._0,
        a._1 + SixteenP - b._1,
        a._2 + SixteenP - b._2,
        a._3 + SixteenP - b._3,
        a._4 + SixteenP - b._4);

    internal static FieldElement Negate(in FieldElement a) => Sub(default, a);

    internal static FieldElement Mul(in FieldElement a, in FieldElement b)
    {
        ulong a0 = a._0, a1 = a._1, a2 = a._2, a3 = a._3, a4 = a._4;
        ulong b0 = b._0, b1 = b._1, b2 = b._2, b3 = b._3, b4 = b._4;
        ulong n1 = a1 * 19, n2 = a2 * 19, n3 = a3 * 19, n4 = a4 * 19;
        ulong b0s = b0 << HighShift, b1s = b1 << HighShift, b2s = b2 << HighShift, b3s = b3 << HighShift, b4s = b4 << HighShift;
        var h0 = High(a0, b0s) + High(n1, b4s) + High(n2, b3s) + High(n3, b2s) + High(n4, b1s);
        var l0 = (a0 * b0) + (n1 * b4) + (n2 * b3) + (n3 * b2) + (n4 * b1);
        var h1 = High(a0, b1s) + High(a1, b0s) + High(n2, b4s) + High(n3, b3s) + High(n4, b2s);
        var l1 = (a0 * b1) + (a1 * b0) + (n2 * b4) + (n3 * b3) + (n4 * b2);
        var h2 = High(a0, b2s) + High(a1, b1s) + High(a2, b0s) + High(n3, b4s) + High(n4, b3s);
        var l2 = (a0 * b2) + (a1 * b1) + (a2 * b0) + (n3 * b4) + (n4 * b3);
        var h3 = High(a0, b3s) + High(a1, b2s) + High(a2, b1s) + High(a3, b0s) + High(n4, b4s);
        var l3 = (a0 * b3) + (a1 * b2) + (a2 * b1) + (a3 * b0) + (n4 * b4);
        var h4 = High(a0, b4s) + High(a1, b3s) + High(a2, b2s) + High(a3, b1s) + High(a4, b0s);
        var l4 = (a0 * b4) + (a1 * b3) + (a2 * b2) + (a3 * b1) + (a4 * b0);
        return FromProducts(l0, l1, l2, l3, l4, h0, h1, h2, h3, h4);
    }

    internal static FieldElement Square(in FieldElement a)
    {
        ulong a0 = a._0, a1 = a._1, a2 = a._2, a3 = a._3, a4 = a._4;
        ulong d0 = a0 * 2, d1 = a1 * 2, e3 = a3 * 38, e4 = a4 * 38, n3 = a3 * 19, n4 = a4 * 19;
        ulong a0s = a0 << HighShift, a1s = a1 << HighShift, a2s = a2 << HighShift, a3s = a3 << HighShift, a4s = a4 << HighShift;
        var h0 = High(a0, a0s) + High(e4, a1s) + High(e3, a2s);
        var l0 = (a0 * a0) + (e4 * a1) + (e3 * a2);
        var h1 = High(d0, a1s) + High(e4, a2s) + High(n3, a3s);
        var l1 = (d0 * a1) + (e4 * a2) + (n3 * a3);
        var h2 = High(d0, a2s) + High(a1, a1s) + High(e4, a3s);
        var l2 = (d0 * a2) + (a1 * a1) + (e4 * a3);
        var h3 = High(d0, a3s) + High(d1, a2s) + High(n4, a4s);
        var l3 = (d0 * a3) + (d1 * a2) + (n4 * a4);
        var h4 = High(d0, a4s) + High(d1, a3s) + High(a2, a2s);
        var l4 = (d0 * a4) + (d1 * a3) + (a2 * a2);
        return FromProducts(l0, l1, l2, l3, l4, h0, h1, h2, h3, h4);
    }

    /// <summary>a times a public number below 2^32.</summary>
    internal static FieldElement MulSmall(in FieldElement a, ulong factor)
    {
        ulong a0 = a._0, a1 = a._1, a2 = a._2, a3 = a._3, a4 = a._4;
        return FromProducts(
            a0 * factor,
            a1 * factor,
            a2 * factor,
            a3 * factor,
            a4 * factor,
            High(factor, a0 << HighShift),
            High(factor, a1 << HighShift),
            High(factor, a2 << HighShift),
            High(factor, a3 << HighShift),
            High(factor, a4 << HighShift));
    }

    /// <summary>a^(2^count).</summary>
    internal static FieldElement SquareTimes(in FieldElement a, int count)
    {
        var r = a;
        for (var i = 0; i < count; i++)
        {
            r = Square(r);
        }

        return r;
    }

    /// <summary>1/a = a^(p-2) by Fermat; 0 for 0.</summary>
    internal static FieldElement Invert(in FieldElement a)
    {
        // p - 2 = 2^5 * (2^250 - 1) + 11.
        var power250 = Power2To250Minus1(a, out var power11);
        return Mul(SquareTimes(power250, 5), power11);
    }

    /// <summary>a^((p-5)/8), the power of which square roots are made.</summary>
    internal static FieldElement PowerP58(in FieldElement a)
    {
        // (p - 5)/8 = 2^252 - 3 = 4 * (2^250 - 1) + 1.
        return Mul(SquareTimes(Power2To250Minus1(a, out _), 2), a);
    }

    /// <summary><paramref name="b"/> where the mask is all ones, <paramref name="a"/> where it is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static FieldElement Select(in FieldElement a, in FieldElement b, ulong mask) => new(
        a._0 ^ (mask & (a._0 ^ b._0)),
        a._1 ^ (mask & (a._1 ^ b._1)),
        a._2 ^ (mask & (a._2 ^ b._2)),
        a._3 ^ (mask & (a._3 ^ b._3)),
        a._4 ^ (mask & (a._4 ^ b._4)));

    /// <summary>Exchanges the two where the mask is all ones, and nothing where it is zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Swap(ref FieldElement a, ref FieldElement b, ulong mask)
    {
        var x = Select(a, b, mask);
        b = Select(b, a, mask);
        a = x;
    }

    private static FieldElement Power2To250Minus1(in FieldElement a, out FieldElement power11)
    {
        var power2 = Square(a);
        var power9 = Mul(SquareTimes(power2, 2), a);
        power11 = Mul(power9, power2);
        var to5 = Mul(Square(power11), power9);
        var to10 = Mul(SquareTimes(to5, 5), to5);
        var to20 = Mul(SquareTimes(to10, 10), to10);
        var to40 = Mul(SquareTimes(to20, 20), to20);
        var to50 = Mul(SquareTimes(to40, 10), to10);
        var to100 = Mul(SquareTimes(to50, 50), to50);
        var to200 = Mul(SquareTimes(to100, 100), to100);
        return Mul(SquareTimes(to200, 50), to50);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement Carry(ulong l0, ulong l1, ulong l2, ulong l3, ulong l4) => new(
        (l0 & LimbMask) + (19 * (l4 >> 51)),
        (l1 & LimbMask) + (l0 >> 51),
        (l2 & LimbMask) + (l1 >> 51),
        (l3 & LimbMask) + (l2 >> 51),
        (l4 & LimbMask) + (l3 >> 51));

    /// <summary>floor(a * b / 2^54) for a number b that was shifted left by <see cref="HighShift"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong High(ulong a, ulong shifted) =>
        Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(a, shifted) : Math.BigMul(a, shifted, out _);

    /// <summary>
    /// A sum of products P = h * 2^54 + t comes as h and as l = P mod 2^64. Up to five products have t below 5 * 2^54, so t = l - h * 2^54 mod 2^64:
    /// no carry out of a 64-bit sum is ever needed. h then counts eight times in the next limb.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement FromProducts(
        ulong l0, ulong l1, ulong l2, ulong l3, ulong l4, ulong h0, ulong h1, ulong h2, ulong h3, ulong h4) => Carry(
        l0 - (h0 << 54) + (h4 * (8 * 19)),
        l1 - (h1 << 54) + (h0 << 3),
        l2 - (h2 << 54) + (h1 << 3),
        l3 - (h3 << 54) + (h2 << 3),
        l4 - (h4 << 54) + (h3 << 3));
}
