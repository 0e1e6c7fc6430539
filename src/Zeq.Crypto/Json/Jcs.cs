using System.Buffers;

namespace Zeq.Crypto;

/// <summary>
/// Canonical JSON (RFC 8785, JCS): the bytes over which digests and signatures are made (spec 00). Every member is thread-safe.
/// Input that has no canonical form is refused rather than mended, because two readers might mend it differently.
/// </summary>
public static class Jcs
{
    /// <summary>The deepest nesting of arrays and objects.</summary>
    public const int MaxDepth = 64;

    /// <summary>Writes the canonical form of one JSON value.</summary>
    /// <param name="utf8Json">One JSON value (RFC 8259) in UTF-8, white space allowed around it.</param>
    /// <param name="output">Receives the canonical bytes; nothing is written where this throws.</param>
    /// <exception cref="FormatException">Malformed JSON, data after the value, a byte order mark, invalid UTF-8, a lone surrogate (raw or escaped),
    /// a name twice in one object, a number beyond the range of double, or nesting deeper than 64. The message holds a byte offset, never content.</exception>
    public static void Canonicalize(ReadOnlySpan<byte> utf8Json, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using var buffer = new JcsBuffer(utf8Json.Length);
        new JcsReader(utf8Json, buffer).ReadDocument();
        output.Write(buffer.Written);
    }

    /// <summary>The canonical form of one JSON value in a new array.</summary>
    /// <param name="utf8Json">One JSON value (RFC 8259) in UTF-8, white space allowed around it.</param>
    /// <exception cref="FormatException">As for <see cref="Canonicalize(ReadOnlySpan{byte}, IBufferWriter{byte})"/>.</exception>
    public static byte[] Canonicalize(ReadOnlySpan<byte> utf8Json)
    {
        using var buffer = new JcsBuffer(utf8Json.Length);
        new JcsReader(utf8Json, buffer).ReadDocument();
        return buffer.Written.ToArray();
    }
}
