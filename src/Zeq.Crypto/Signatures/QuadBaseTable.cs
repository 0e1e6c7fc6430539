using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Multiplication of the base point by a secret scalar with <see cref="FieldQuad"/>: of the scalar's 64 signed digits of base 16 each lane adds up sixteen,
/// from a table of j * 16^i * B (i below 64, j from 1 to 8); the four sums are added in the end.
/// Constant time: for each digit all eight entries are read and one is kept by a mask, its negation too; the digit 0 adds the neutral element like any other.
/// The digits and the sums are zeroed after use.
/// </summary>
[SkipLocalsInit]
internal static class QuadBaseTable
{
    private const int StepCount = BasePointTable.DigitCount / FieldQuad.LaneCount;
    private const int EntriesPerStep = 8;

    // y + x, y - x and 2dxy.
    private const int VectorsPerEntry = 3 * FieldQuad.PackedCount;

    // 60 KiB, made at the first use from the public base point. Lane n of step s is digit 16 n + s.
    private static readonly Vector256<uint>[] Entries = Make();

    /// <summary>scalar * B.</summary>
    /// <param name="scalar">32 little-endian bytes, secret, below 2^255.</param>
    internal static EdwardsPoint Multiply(ReadOnlySpan<byte> scalar)
    {
        Span<sbyte> digits = stackalloc sbyte[BasePointTable.DigitCount];
        BasePointTable.ToSignedDigits(scalar, digits);
        var sums = Sums.Identity;
        for (var step = 0; step < StepCount; step++)
        {
            var digit = Vector256.Create((long)digits[step], digits[StepCount + step], digits[(2 * StepCount) + step], digits[(3 * StepCount) + step]);
            AddStep(ref sums, Entries.AsSpan(step * EntriesPerStep * VectorsPerEntry, EntriesPerStep * VectorsPerEntry), digit);
        }

        var sum = sums[0];
        for (var lane = 1; lane < FieldQuad.LaneCount; lane++)
        {
            sum = EdwardsPoint.Add(sum, new CachedPoint(sums[lane]));
        }

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(digits));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(new Span<Sums>(ref sums)));
        return sum;
    }

    private static void AddStep(ref Sums sums, ReadOnlySpan<Vector256<uint>> entries, Vector256<long> digit)
    {
        var sign = Vector256.ShiftRightArithmetic(digit, 63);
        var magnitude = ((digit ^ sign) - sign).AsUInt32();

        // Each digit's low half, for the lanes of two limbs.
        magnitude = Vector256.Shuffle(magnitude, Vector256.Create(0u, 2, 4, 6, 0, 2, 4, 6));
        Vector256<uint> mask1 = Vector256.Equals(magnitude, Vector256.Create(1u)), mask2 = Vector256.Equals(magnitude, Vector256.Create(2u));
        Vector256<uint> mask3 = Vector256.Equals(magnitude, Vector256.Create(3u)), mask4 = Vector256.Equals(magnitude, Vector256.Create(4u));
        Vector256<uint> mask5 = Vector256.Equals(magnitude, Vector256.Create(5u)), mask6 = Vector256.Equals(magnitude, Vector256.Create(6u));
        Vector256<uint> mask7 = Vector256.Equals(magnitude, Vector256.Create(7u)), mask8 = Vector256.Equals(magnitude, Vector256.Create(8u));
        Span<Vector256<uint>> chosen = stackalloc Vector256<uint>[VectorsPerEntry];
        entries = entries[..(EntriesPerStep * VectorsPerEntry)];
        for (var i = 0; i < VectorsPerEntry; i++)
        {
            chosen[i] = (entries[i] & mask1) | (entries[i + VectorsPerEntry] & mask2)
                | (entries[i + (2 * VectorsPerEntry)] & mask3) | (entries[i + (3 * VectorsPerEntry)] & mask4)
                | (entries[i + (4 * VectorsPerEntry)] & mask5) | (entries[i + (5 * VectorsPerEntry)] & mask6)
                | (entries[i + (6 * VectorsPerEntry)] & mask7) | (entries[i + (7 * VectorsPerEntry)] & mask8);
        }

        // The neutral element: 1, 1, 0.
        var one = Vector256.Equals(magnitude, Vector256<uint>.Zero) & Vector256.Create(1u, 1, 1, 1, 0, 0, 0, 0);
        chosen[0] |= one;
        chosen[FieldQuad.PackedCount] |= one;

        FieldQuad.Unpack(chosen, out var plus);
        FieldQuad.Unpack(chosen[FieldQuad.PackedCount..], out var minus);
        FieldQuad.Unpack(chosen[(2 * FieldQuad.PackedCount)..], out var t2d);
        FieldQuad.Select(plus, minus, sign.AsUInt64(), out var yPlusX);
        FieldQuad.Select(minus, plus, sign.AsUInt64(), out var yMinusX);
        FieldQuad.Flip(t2d, sign.AsUInt64(), out t2d);
        sums.Add(yPlusX, yMinusX, t2d);
    }

    private static Vector256<uint>[] Make()
    {
        // Row i is 16^i * B times 1 to 8.
        var points = new EdwardsPoint[BasePointTable.DigitCount * EntriesPerStep];
        var power = EdwardsPoint.Base;
        for (var row = 0; row < BasePointTable.DigitCount; row++)
        {
            var step = new CachedPoint(power);
            points[row * EntriesPerStep] = power;
            for (var j = 1; j < EntriesPerStep; j++)
            {
                points[(row * EntriesPerStep) + j] = EdwardsPoint.Add(points[(row * EntriesPerStep) + j - 1], step);
            }

            power = EdwardsPoint.Double(points[(row * EntriesPerStep) + EntriesPerStep - 1]);
        }

        var affine = AffinePoint.FromMany(points);
        var entries = new Vector256<uint>[StepCount * EntriesPerStep * VectorsPerEntry];
        for (var i = 0; i < StepCount * EntriesPerStep; i++)
        {
            const int NextLane = StepCount * EntriesPerStep;
            AffinePoint a = affine[i], b = affine[i + NextLane], c = affine[i + (2 * NextLane)], d = affine[i + (3 * NextLane)];
            var entry = entries.AsSpan(i * VectorsPerEntry, VectorsPerEntry);
            new FieldQuad(a.YPlusX, b.YPlusX, c.YPlusX, d.YPlusX).Pack(entry);
            new FieldQuad(a.YMinusX, b.YMinusX, c.YMinusX, d.YMinusX).Pack(entry[FieldQuad.PackedCount..]);
            new FieldQuad(a.T2D, b.T2D, c.T2D, d.T2D).Pack(entry[(2 * FieldQuad.PackedCount)..]);
        }

        return entries;
    }

    /// <summary>Four points, one a lane, in extended coordinates.</summary>
    [SkipLocalsInit]
    private struct Sums
    {
        private FieldQuad _x;
        private FieldQuad _y;
        private FieldQuad _z;
        private FieldQuad _t;

        internal static Sums Identity
        {
            get
            {
                FieldElement zero = FieldElement.Zero, one = FieldElement.One;
                return new Sums { _x = new(zero, zero, zero, zero), _y = new(one, one, one, one), _z = new(one, one, one, one), _t = new(zero, zero, zero, zero) };
            }
        }

        internal readonly EdwardsPoint this[int lane] => new(_x[lane], _y[lane], _z[lane], _t[lane]);

        /// <summary>The formulas of <see cref="EdwardsPoint"/>, in four lanes.</summary>
        internal void Add(in FieldQuad yPlusX, in FieldQuad yMinusX, in FieldQuad t2d)
        {
            FieldQuad.Sub(_y, _x, out var a);
            FieldQuad.Mul(a, yMinusX, out a);
            FieldQuad.Add(_y, _x, out var b);
            FieldQuad.Mul(b, yPlusX, out b);
            FieldQuad.Mul(_t, t2d, out var c);
            FieldQuad.Add(_z, _z, out var d);
            FieldQuad.Sub(b, a, out var e);
            FieldQuad.Sub(d, c, out var f);
            FieldQuad.Add(d, c, out var g);
            FieldQuad.Add(b, a, out var h);
            FieldQuad.Mul(f, e, out _x);
            FieldQuad.Mul(g, h, out _y);
            FieldQuad.Mul(f, g, out _z);
            FieldQuad.Mul(e, h, out _t);
        }
    }
}
