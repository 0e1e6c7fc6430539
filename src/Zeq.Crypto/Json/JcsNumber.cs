using System.Globalization;

namespace Zeq.Crypto;

/// <summary>The text of a number by ECMAScript's Number::toString, which RFC 8785 §3.2.2.3 prescribes.</summary>
internal static class JcsNumber
{
    /// <summary>The longest text: a sign, <c>0.00000</c> or a point and <c>e-324</c>, and 17 digits.</summary>
    internal const int MaxTextSizeBytes = 32;

    /// <summary>Writes the text of a finite number and returns its length.</summary>
    internal static int Format(double value, Span<byte> text)
    {
        if (value == 0)
        {
            text[0] = (byte)'0'; // -0 too
            return 1;
        }

        // .NET gives the same digits as ECMAScript, the fewest that read back as this number and of those the nearest; only the layout differs.
        // But of two powers of two, 2^-25 and 2^-958, the run-time's digits do not read back, hence the check; integers of up to 53 bits are always exact.
        // They need 17 digits, which always read back and are the nearest, the even ones of two.
        Span<byte> shortest = stackalloc byte[MaxTextSizeBytes];
        value.TryFormat(shortest, out var length, "R", CultureInfo.InvariantCulture);
        var isSafeInteger = Math.Abs(value) <= (1L << 53) && value == Math.Truncate(value);
        if (!isSafeInteger && double.Parse(shortest[..length], NumberStyles.Float, CultureInfo.InvariantCulture) != value)
        {
            value.TryFormat(shortest, out length, "E16", CultureInfo.InvariantCulture);
        }

        Span<byte> digits = stackalloc byte[MaxTextSizeBytes];
        Split(shortest[..length], digits, out var isNegative, out var count, out var pointAt);
        var position = 0;
        if (isNegative)
        {
            text[position++] = (byte)'-';
        }

        return position + Lay(digits[..count], pointAt, text[position..]);
    }

    /// <summary>Takes <c>-123.45E-6</c> apart: value = 0.digits * 10^pointAt, the digits without zeros at either end.</summary>
    private static void Split(ReadOnlySpan<byte> text, Span<byte> digits, out bool isNegative, out int count, out int pointAt)
    {
        isNegative = text[0] == '-';
        count = 0;
        pointAt = 0;
        var afterPoint = false;
        for (var i = isNegative ? 1 : 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '.')
            {
                afterPoint = true;
            }
            else if (c == 'E')
            {
                pointAt += int.Parse(text[(i + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
                break;
            }
            else if (c == '0' && count == 0)
            {
                pointAt -= afterPoint ? 1 : 0;
            }
            else
            {
                digits[count++] = c;
                pointAt += afterPoint ? 0 : 1;
            }
        }

        while (digits[count - 1] == '0')
        {
            count--;
        }
    }

    /// <summary>The layout of ECMA-262 Number::toString; k digits, and the point after the n-th.</summary>
    private static int Lay(ReadOnlySpan<byte> digits, int n, Span<byte> text)
    {
        var k = digits.Length;
        if (n is > 0 and <= 21)
        {
            if (k <= n)
            {
                digits.CopyTo(text);
                text[k..n].Fill((byte)'0');
                return n;
            }

            digits[..n].CopyTo(text);
            text[n] = (byte)'.';
            digits[n..].CopyTo(text[(n + 1)..]);
            return k + 1;
        }

        if (n is > -6 and <= 0)
        {
            text[0] = (byte)'0';
            text[1] = (byte)'.';
            text.Slice(2, -n).Fill((byte)'0');
            digits.CopyTo(text[(2 - n)..]);
            return 2 - n + k;
        }

        var position = 0;
        text[position++] = digits[0];
        if (k > 1)
        {
            text[position++] = (byte)'.';
            digits[1..].CopyTo(text[position..]);
            position += k - 1;
        }

        text[position++] = (byte)'e';
        text[position++] = n > 0 ? (byte)'+' : (byte)'-';
        Math.Abs(n - 1).TryFormat(text[position..], out var exponentLength, default, CultureInfo.InvariantCulture);
        return position + exponentLength;
    }
}
