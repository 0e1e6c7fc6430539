using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// <see cref="DoubleScalar"/> with the coordinates of a point side by side in a <see cref="FieldQuad"/>. Variable time, on purpose: every input is public.
/// </summary>
[SkipLocalsInit]
internal static class QuadDoubleScalar
{
    private const int PointMultipleCount = 1 << (DoubleScalar.PointWindowBits - 2);

    // B, 3B, 5B .. 127B, 20 KiB; made at the first use.
    private static readonly FieldQuad[] BaseOddMultiples = MakeBaseOddMultiples();

    /// <summary>a * A + b * B.</summary>
    /// <param name="a">32 little-endian bytes, below 2^255.</param>
    /// <param name="point">A.</param>
    /// <param name="b">32 little-endian bytes, below 2^255.</param>
    internal static EdwardsPoint Multiply(ReadOnlySpan<byte> a, in EdwardsPoint point, ReadOnlySpan<byte> b)
    {
        Span<sbyte> aDigits = stackalloc sbyte[DoubleScalar.DigitCount];
        Span<sbyte> bDigits = stackalloc sbyte[DoubleScalar.DigitCount];
        DoubleScalar.ToNonAdjacentForm(a, DoubleScalar.PointWindowBits, aDigits);
        DoubleScalar.ToNonAdjacentForm(b, DoubleScalar.BaseWindowBits, bDigits);
        Span<FieldQuad> oddMultiples = stackalloc FieldQuad[PointMultipleCount];
        FillOddMultiples(point, oddMultiples);

        var sum = QuadPoint.From(EdwardsPoint.Identity);
        for (var i = DoubleScalar.LastPosition(aDigits, bDigits); i >= 0; i--)
        {
            QuadPoint.Double(sum, out sum);
            if (aDigits[i] != 0)
            {
                AddMultiple(ref sum, oddMultiples, aDigits[i]);
            }

            if (bDigits[i] != 0)
            {
                AddMultiple(ref sum, BaseOddMultiples, bDigits[i]);
            }
        }

        return QuadPoint.ToPoint(sum);
    }

    private static void AddMultiple(ref FieldQuad sum, ReadOnlySpan<FieldQuad> oddMultiples, int digit)
    {
        ref readonly var multiple = ref oddMultiples[Math.Abs(digit) / 2];
        if (digit > 0)
        {
            QuadPoint.Add(sum, multiple, out sum);
        }
        else
        {
            QuadPoint.NegatePrepared(multiple, out var negated);
            QuadPoint.Add(sum, negated, out sum);
        }
    }

    private static FieldQuad[] MakeBaseOddMultiples()
    {
        var multiples = new FieldQuad[1 << (DoubleScalar.BaseWindowBits - 2)];
        FillOddMultiples(EdwardsPoint.Base, multiples);
        return multiples;
    }

    /// <summary>A, 3A, 5A .., prepared.</summary>
    private static void FillOddMultiples(in EdwardsPoint point, Span<FieldQuad> prepared)
    {
        var multiple = QuadPoint.From(point);
        QuadPoint.Double(multiple, out var twice);
        QuadPoint.Prepare(twice, out twice);
        QuadPoint.Prepare(multiple, out prepared[0]);
        for (var i = 1; i < prepared.Length; i++)
        {
            QuadPoint.Add(multiple, twice, out multiple);
            QuadPoint.Prepare(multiple, out prepared[i]);
        }
    }
}
