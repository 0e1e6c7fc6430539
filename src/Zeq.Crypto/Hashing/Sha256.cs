using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>SHA-256 (FIPS 180-4) of data that is at hand as a whole. Every member is thread-safe.</summary>
public static class Sha256
{
    /// <summary>Size of a digest: 32 bytes.</summary>
    public const int HashSizeBytes = 32;

    /// <summary>Hashes <paramref name="data"/> into <paramref name="hash"/>.</summary>
    /// <param name="data">Any number of bytes.</param>
    /// <param name="hash">Exactly 32 bytes; may overlap <paramref name="data"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="hash"/> is not 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        Require.Length(hash.Length, HashSizeBytes, nameof(hash));
        SHA256.HashData(data, hash);
    }

    /// <summary>Hashes <paramref name="data"/> into a new array of 32 bytes.</summary>
    /// <param name="data">Any number of bytes.</param>
    public static byte[] Hash(ReadOnlySpan<byte> data) => SHA256.HashData(data);

    /// <summary>Hashes <paramref name="data"/>; the digest is 64 lower-case hex characters (spec 00).</summary>
    /// <param name="data">Any number of bytes.</param>
    public static string HashHex(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[HashSizeBytes];
        SHA256.HashData(data, hash);
        return Hex.Encode(hash);
    }

    /// <summary>Hashes the UTF-8 bytes of <paramref name="text"/>; the digest is 64 lower-case hex characters.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <exception cref="ArgumentException"><paramref name="text"/> holds a lone surrogate: it has no UTF-8 form, and replacing it would give two texts one digest.</exception>
    public static string HashHexUtf8(ReadOnlySpan<char> text)
    {
        using var utf8 = new Utf8Scratch(text, stackalloc byte[Utf8Scratch.StackSizeBytes]);
        if (!utf8.IsValid)
        {
            throw new ArgumentException("The text holds a lone surrogate.", nameof(text));
        }

        return HashHex(utf8.Bytes);
    }
}
