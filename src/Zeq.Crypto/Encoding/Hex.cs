namespace Zeq.Crypto;

/// <summary>
/// Lower-case hex, the one form of digests, MACs, Ed25519 keys and signatures on the wire (spec 00). Upper case is refused: one value has one text.
/// When decoding, digits are computed, not looked up, and the loop does not stop at a bad one, so that text which holds a secret leaves no trace in time or cache.
/// </summary>
public static class Hex
{
    /// <summary>The lower-case hex text of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">Any number of bytes.</param>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Decodes lower-case hex of exactly <c>2 * bytes.Length</c> characters.</summary>
    /// <param name="lowerHex">Text from outside.</param>
    /// <param name="bytes">Receives the bytes; zeroed where the answer is false.</param>
    /// <returns>False for another length or any character outside <c>0-9a-f</c>.</returns>
    public static bool TryDecode(ReadOnlySpan<char> lowerHex, Span<byte> bytes)
    {
        if (lowerHex.Length % 2 != 0 || lowerHex.Length / 2 != bytes.Length)
        {
            bytes.Clear();
            return false;
        }

        var bad = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            var value = (Digit(lowerHex[2 * i]) << 4) | Digit(lowerHex[(2 * i) + 1]);
            bad |= value;
            bytes[i] = (byte)value;
        }

        if (bad < 0)
        {
            bytes.Clear();
            return false;
        }

        return true;
    }

    /// <summary>Whether <paramref name="text"/> is exactly <paramref name="charCount"/> characters of <c>0-9a-f</c>.</summary>
    /// <param name="text">Text from outside.</param>
    /// <param name="charCount">The expected number of characters.</param>
    public static bool IsLowerHex(ReadOnlySpan<char> text, int charCount)
    {
        if (text.Length != charCount)
        {
            return false;
        }

        var bad = 0;
        foreach (var c in text)
        {
            bad |= Digit(c);
        }

        return bad >= 0;
    }

    /// <summary>The value of one digit, or a negative number; (a - b) >> 31 is all ones exactly where a is less than b.</summary>
    private static int Digit(int c)
    {
        var isDecimal = ~((c - '0') >> 31) & ~(('9' - c) >> 31);
        var isLetter = ~((c - 'a') >> 31) & ~(('f' - c) >> 31);
        return (isDecimal & (c - '0')) | (isLetter & (c - 'a' + 10)) | ~(isDecimal | isLetter);
    }
}
