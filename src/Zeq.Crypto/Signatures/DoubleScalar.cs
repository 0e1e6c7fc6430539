using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// a * A + b * B for verification. Variable time, on purpose: every input is public. Both scalars are written in non-adjacent form,
/// so that about one step in six (for A) and one in nine (for B) adds an odd multiple from a table.
/// </summary>
internal static class DoubleScalar
{
    internal const int DigitCount = 256;
    internal const int PointWindowBits = 5;
    internal const int BaseWindowBits = 8;

    /// <summary>The last position of a digit in either, or 0.</summary>
    internal static int LastPosition(ReadOnlySpan<sbyte> aDigits, ReadOnlySpan<sbyte> bDigits) =>
        Math.Max(0, Math.Max(aDigits.LastIndexOfAnyExcept((sbyte)0), bDigits.LastIndexOfAnyExcept((sbyte)0)));

    /// <summary>a * A + b * B, by <see cref="QuadDoubleScalar"/> where that can run.</summary>
    /// <param name="a">32 little-endian bytes, below 2^255.</param>
    /// <param name="point">A.</param>
    /// <param name="b">32 little-endian bytes, below 2^255.</param>
    internal static EdwardsPoint Multiply(ReadOnlySpan<byte> a, in EdwardsPoint point, ReadOnlySpan<byte> b) =>
        FieldQuad.IsSupported ? QuadDoubleScalar.Multiply(a, point, b) : MultiplyScalar(a, point, b);

    /// <summary>a * A + b * B on any processor.</summary>
    internal static EdwardsPoint MultiplyScalar(ReadOnlySpan<byte> a, in EdwardsPoint point, ReadOnlySpan<byte> b)
    {
        Span<sbyte> aDigits = stackalloc sbyte[DigitCount];
        Span<sbyte> bDigits = stackalloc sbyte[DigitCount];
        ToNonAdjacentForm(a, PointWindowBits, aDigits);
        ToNonAdjacentForm(b, BaseWindowBits, bDigits);

        var oddMultiples = new OddMultiples(point);
        var sum = EdwardsPoint.Identity;
        for (var i = LastPosition(aDigits, bDigits); i >= 0; i--)
        {
            sum = EdwardsPoint.Double(sum);
            if (aDigits[i] > 0)
            {
                sum = EdwardsPoint.Add(sum, oddMultiples[aDigits[i] / 2]);
            }
            else if (aDigits[i] < 0)
            {
                sum = EdwardsPoint.Add(sum, oddMultiples[-aDigits[i] / 2].Negate());
            }

            if (bDigits[i] > 0)
            {
                sum = EdwardsPoint.Add(sum, Table.BaseOddMultiples[bDigits[i] / 2]);
            }
            else if (bDigits[i] < 0)
            {
                sum = EdwardsPoint.Add(sum, Table.BaseOddMultiples[-bDigits[i] / 2].Negate());
            }
        }

        return sum;
    }

    /// <summary>Odd digits between -2^(w-1) and 2^(w-1), each followed by at least w - 1 zeros, with scalar = sum of digit * 2^i.</summary>
    internal static void ToNonAdjacentForm(ReadOnlySpan<byte> scalar, int windowBits, Span<sbyte> digits)
    {
        digits.Clear();
        var width = 1 << windowBits;
        var carry = 0;
        for (var position = 0; position < DigitCount;)
        {
            var window = carry + Bits(scalar, position, windowBits);
            if ((window & 1) == 0)
            {
                position++;
                continue;
            }

            carry = window >= width / 2 ? 1 : 0;
            digits[position] = (sbyte)(window - (carry * width));
            position += windowBits;
        }
    }

    /// <summary>Up to 8 bits from a position on; zeros beyond the end.</summary>
    private static int Bits(ReadOnlySpan<byte> scalar, int position, int count)
    {
        var index = position / 8;
        var word = scalar[index] | (index + 1 < scalar.Length ? scalar[index + 1] << 8 : 0);
        return (word >> (position % 8)) & ((1 << count) - 1);
    }

    /// <summary>A, 3A, 5A .. 15A.</summary>
    [InlineArray(1 << (PointWindowBits - 2))]
    private struct OddMultiples
    {
        private CachedPoint _first;

        internal OddMultiples(in EdwardsPoint point)
        {
            var twice = new CachedPoint(EdwardsPoint.Double(point));
            var multiple = point;
            for (var i = 0; i < 1 << (PointWindowBits - 2); i++)
            {
                this[i] = new CachedPoint(multiple);
                multiple = EdwardsPoint.Add(multiple, twice);
            }
        }
    }

    /// <summary>Made when it is first asked for, since processors with vectors have a table of their own.</summary>
    private static class Table
    {
        // B, 3B, 5B .. 127B.
        internal static readonly AffinePoint[] BaseOddMultiples = Make();

        private static AffinePoint[] Make()
        {
            var multiples = new EdwardsPoint[1 << (BaseWindowBits - 2)];
            var twice = new CachedPoint(EdwardsPoint.Double(EdwardsPoint.Base));
            multiples[0] = EdwardsPoint.Base;
            for (var i = 1; i < multiples.Length; i++)
            {
                multiples[i] = EdwardsPoint.Add(multiples[i - 1], twice);
            }

            return AffinePoint.FromMany(multiples);
        }
    }
}
