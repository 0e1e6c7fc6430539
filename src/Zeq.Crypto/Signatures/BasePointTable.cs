using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Multiplication of the base point by a secret scalar: 64 signed digits of base 16, from a table of j * 256^i * B (i below 32, j from 1 to 8).
/// Constant time: the digits are made without branches; for each one all eight entries of its row are read and one is kept by a mask, its negation too;
/// the digit 0 adds the neutral element like any other.
/// </summary>
internal static class BasePointTable
{
    private const int RowCount = 32;
    private const int EntriesPerRow = 8;
    internal const int DigitCount = 64;

    /// <summary>scalar * B, by <see cref="QuadBaseTable"/> where that can run.</summary>
    /// <param name="scalar">32 little-endian bytes, secret, below 2^255.</param>
    internal static EdwardsPoint Multiply(ReadOnlySpan<byte> scalar) => FieldQuad.IsSupported ? QuadBaseTable.Multiply(scalar) : MultiplyScalar(scalar);

    /// <summary>scalar * B on any processor.</summary>
    internal static EdwardsPoint MultiplyScalar(ReadOnlySpan<byte> scalar)
    {
        Span<sbyte> digits = stackalloc sbyte[DigitCount];
        ToSignedDigits(scalar, digits);
        var sum = EdwardsPoint.Identity;
        for (var i = 1; i < DigitCount; i += 2)
        {
            sum = EdwardsPoint.Add(sum, Select(i / 2, digits[i]));
        }

        for (var i = 0; i < 4; i++)
        {
            sum = EdwardsPoint.Double(sum);
        }

        for (var i = 0; i < DigitCount; i += 2)
        {
            sum = EdwardsPoint.Add(sum, Select(i / 2, digits[i]));
        }

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(digits));
        return sum;
    }

    /// <summary>Digits from -8 to 8 (the last one from 0 to 8) with scalar = sum of digit * 16^i.</summary>
    internal static void ToSignedDigits(ReadOnlySpan<byte> scalar, Span<sbyte> digits)
    {
        for (var i = 0; i < Scalar.SizeBytes; i++)
        {
            digits[2 * i] = (sbyte)(scalar[i] & 15);
            digits[(2 * i) + 1] = (sbyte)(scalar[i] >> 4);
        }

        var carry = 0;
        for (var i = 0; i < DigitCount - 1; i++)
        {
            var digit = digits[i] + carry;
            carry = (digit + 8) >> 4;
            digits[i] = (sbyte)(digit - (carry << 4));
        }

        digits[DigitCount - 1] = (sbyte)(digits[DigitCount - 1] + carry);
    }

    private static AffinePoint Select(int row, int digit)
    {
        var sign = digit >> 31;
        var magnitude = (digit ^ sign) - sign;
        var entries = Table.Entries.AsSpan(row * EntriesPerRow, EntriesPerRow);
        var chosen = AffinePoint.Identity;
        for (var j = 1; j <= EntriesPerRow; j++)
        {
            // (x ^ j) - 1 is negative exactly where x = j.
            var mask = (ulong)(((long)(magnitude ^ j) - 1) >> 63);
            chosen = AffinePoint.Select(chosen, entries[j - 1], mask);
        }

        return AffinePoint.Select(chosen, chosen.Negate(), (ulong)(long)sign);
    }

    /// <summary>Made when it is first asked for, since processors with vectors have a table of their own.</summary>
    private static class Table
    {
        // 30 KiB, from the public base point.
        internal static readonly AffinePoint[] Entries = Make();

        private static AffinePoint[] Make()
        {
            var points = new EdwardsPoint[RowCount * EntriesPerRow];
            var power = EdwardsPoint.Base;
            for (var row = 0; row < RowCount; row++)
            {
                var step = new CachedPoint(power);
                points[row * EntriesPerRow] = power;
                for (var j = 1; j < EntriesPerRow; j++)
                {
                    points[(row * EntriesPerRow) + j] = EdwardsPoint.Add(points[(row * EntriesPerRow) + j - 1], step);
                }

                for (var i = 0; i < 8; i++)
                {
                    power = EdwardsPoint.Double(power);
                }
            }

            return AffinePoint.FromMany(points);
        }
    }
}
