using System.Buffers.Text;

namespace Zeq.Crypto;

/// <summary>
/// base64url (RFC 4648 §5) without padding, strict: one value has one text. Digits are decoded by computation, without a table.
/// </summary>
public static class Base64UrlText
{
    /// <summary>The base64url text of <paramref name="bytes"/>, without padding.</summary>
    /// <param name="bytes">Any number of bytes.</param>
    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    /// <summary>Decodes base64url text.</summary>
    /// <param name="text">Text from outside.</param>
    /// <param name="bytes">Receives the bytes; it may be longer than what is decoded, and its used part is zeroed where the answer is false.</param>
    /// <param name="written">The number of bytes decoded; 0 where the answer is false.</param>
    /// <returns>False for <c>=</c>, white space or any other character outside the alphabet, an impossible length, trailing bits that are not zero,
    /// or more bytes than <paramref name="bytes"/> holds.</returns>
    public static bool TryDecode(ReadOnlySpan<char> text, Span<byte> bytes, out int written)
    {
        written = 0;
        var tail = text.Length % 4;
        var size = (text.Length / 4 * 3) + (tail == 0 ? 0 : tail - 1);
        if (tail == 1 || size > bytes.Length)
        {
            return false;
        }

        var bits = 0;
        var bitCount = 0;
        var bad = 0;
        var position = 0;
        foreach (var c in text)
        {
            var digit = Digit(c);
            bad |= digit;
            bits = (bits << 6) | (digit & 0x3F);
            bitCount += 6;
            if (bitCount >= 8)
            {
                bitCount -= 8;
                bytes[position++] = (byte)(bits >> bitCount);
                bits &= (1 << bitCount) - 1;
            }
        }

        if (bad < 0 || bits != 0)
        {
            bytes[..size].Clear();
            return false;
        }

        written = size;
        return true;
    }

    /// <summary>The value of one digit, or a negative number.</summary>
    private static int Digit(int c)
    {
        var upper = InRange(c, 'A', 'Z');
        var lower = InRange(c, 'a', 'z');
        var number = InRange(c, '0', '9');
        var minus = InRange(c, '-', '-');
        var underscore = InRange(c, '_', '_');
        return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (number & (c - '0' + 52)) | (minus & 62) | (underscore & 63)
            | ~(upper | lower | number | minus | underscore);
    }

    private static int InRange(int c, int first, int last) => ~((c - first) >> 31) & ~((last - c) >> 31);
}
