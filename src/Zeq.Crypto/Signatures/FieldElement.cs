using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// An element of the field of integers mod p = 2^255 - 19, as five limbs of 51 bits, weakly reduced: a value has many forms until <see cref="ToBytes"/>.
/// Constant time: every operation is a fixed sequence of additions, shifts, masks and 64-bit multiplications; no branch and no index depends on a value.
/// Carries are comparisons turned into a bit (a flag read into a register, not a jump). <see cref="IsZero"/> and <see cref="IsNegative"/>
/// give bools on which only code over public values may branch.
/// Bounds: products, differences and decoded values have limbs below 2^52; <see cref="Mul"/>, <see cref="Square"/> and the right side of
/// <see cref="Sub"/> take limbs below 2^54, so at most two additions may be chained.
/// </summary>
internal readonly struct FieldElement
{
    private const ulong LimbMask = (1UL << 51) - 1;

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
        var b1 = b._1 * 19;
        var b2 = b._2 * 19;
        var b3 = b._3 * 19;
        var b4 = b._4 * 19;
        WideAccumulator r0 = default, r1 = default, r2 = default, r3 = default, r4 = default;
        r0.AddProduct(a._0, b._0);
        r0.AddProduct(a._1, b4);
        r0.AddProduct(a._2, b3);
        r0.AddProduct(a._3, b2);
        r0.AddProduct(a._4, b1);
        r1.AddProduct(a._0, b._1);
        r1.AddProduct(a._1, b._0);
        r1.AddProduct(a._2, b4);
        r1.AddProduct(a._3, b3);
        r1.AddProduct(a._4, b2);
        r2.AddProduct(a._0, b._2);
        r2.AddProduct(a._1, b._1);
        r2.AddProduct(a._2, b._0);
        r2.AddProduct(a._3, b4);
        r2.AddProduct(a._4, b3);
        r3.AddProduct(a._0, b._3);
        r3.AddProduct(a._1, b._2);
        r3.AddProduct(a._2, b._1);
        r3.AddProduct(a._3, b._0);
        r3.AddProduct(a._4, b4);
        r4.AddProduct(a._0, b._4);
        r4.AddProduct(a._1, b._3);
        r4.AddProduct(a._2, b._2);
        r4.AddProduct(a._3, b._1);
        r4.AddProduct(a._4, b._0);
        return CarryWide(ref r0, ref r1, ref r2, ref r3, ref r4);
    }

    internal static FieldElement Square(in FieldElement a)
    {
        var d0 = a._0 * 2;
        var d1 = a._1 * 2;
        var d2 = a._2 * 2;
        var n3 = a._3 * 19;
        var n4 = a._4 * 19;
        WideAccumulator r0 = default, r1 = default, r2 = default, r3 = default, r4 = default;
        r0.AddProduct(a._0, a._0);
        r0.AddProduct(d1, n4);
        r0.AddProduct(d2, n3);
        r1.AddProduct(d0, a._1);
        r1.AddProduct(d2, n4);
        r1.AddProduct(a._3, n3);
        r2.AddProduct(d0, a._2);
        r2.AddProduct(a._1, a._1);
        r2.AddProduct(a._3 * 2, n4);
        r3.AddProduct(d0, a._3);
        r3.AddProduct(d1, a._2);
        r3.AddProduct(a._4, n4);
        r4.AddProduct(d0, a._4);
        r4.AddProduct(d1, a._3);
        r4.AddProduct(a._2, a._2);
        return CarryWide(ref r0, ref r1, ref r2, ref r3, ref r4);
    }

    /// <summary>a times a public number below 2^32.</summary>
    internal static FieldElement MulSmall(in FieldElement a, ulong factor)
    {
        WideAccumulator r0 = default, r1 = default, r2 = default, r3 = default, r4 = default;
        r0.AddProduct(a._0, factor);
        r1.AddProduct(a._1, factor);
        r2.AddProduct(a._2, factor);
        r3.AddProduct(a._3, factor);
        r4.AddProduct(a._4, factor);
        return CarryWide(ref r0, ref r1, ref r2, ref r3, ref r4);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FieldElement CarryWide(ref WideAccumulator r0, ref WideAccumulator r1, ref WideAccumulator r2, ref WideAccumulator r3, ref WideAccumulator r4)
    {
        r1.Add(r0.ShiftRight51());
        r2.Add(r1.ShiftRight51());
        r3.Add(r2.ShiftRight51());
        r4.Add(r3.ShiftRight51());
        var l0 = (r0.Low & LimbMask) + (19 * r4.ShiftRight51());
        return new(
            l0 & LimbMask,
            (r1.Low & LimbMask) + (l0 >> 51),
            r2.Low & LimbMask,
            r3.Low & LimbMask,
            r4.Low & LimbMask);
    }
}
