using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>HKDF with SHA-256 (RFC 5869). Every member is thread-safe. The caller zeroes outputs that it no longer needs.</summary>
public static class Hkdf
{
    /// <summary>Size of a pseudo-random key: 32 bytes.</summary>
    public const int PrkSizeBytes = 32;

    /// <summary>The longest output: 255 blocks of 32 bytes.</summary>
    public const int MaxOutputSizeBytes = 255 * 32;

    /// <summary>Extract and expand in one step: derives <paramref name="output"/> from <paramref name="ikm"/>.</summary>
    /// <param name="ikm">Input keying material, any length.</param>
    /// <param name="salt">Salt, any length; empty means 32 zero bytes.</param>
    /// <param name="info">Context, any length.</param>
    /// <param name="output">1 to 8,160 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="output"/> is empty or too long.</exception>
    public static void DeriveKey(ReadOnlySpan<byte> ikm, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, Span<byte> output)
    {
        RequireSize(output);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, ikm, output, salt, info);
    }

    /// <summary>The first step: a pseudo-random key from input keying material (RFC 5869 §2.2).</summary>
    /// <param name="ikm">Input keying material, any length.</param>
    /// <param name="salt">Salt, any length; empty means 32 zero bytes.</param>
    /// <param name="prk">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="prk"/> is not 32 bytes.</exception>
    public static void Extract(ReadOnlySpan<byte> ikm, ReadOnlySpan<byte> salt, Span<byte> prk)
    {
        Require.Length(prk.Length, PrkSizeBytes, nameof(prk));
        HKDF.Extract(HashAlgorithmName.SHA256, ikm, salt, prk);
    }

    /// <summary>The second step: output keying material from a pseudo-random key (RFC 5869 §2.3).</summary>
    /// <param name="prk">At least 32 bytes.</param>
    /// <param name="info">Context, any length.</param>
    /// <param name="output">1 to 8,160 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="prk"/> is too short, or <paramref name="output"/> is empty or too long.</exception>
    public static void Expand(ReadOnlySpan<byte> prk, ReadOnlySpan<byte> info, Span<byte> output)
    {
        if (prk.Length < PrkSizeBytes)
        {
            throw new ArgumentException($"Expected at least {PrkSizeBytes} bytes, got {prk.Length}.", nameof(prk));
        }

        RequireSize(output);
        HKDF.Expand(HashAlgorithmName.SHA256, prk, output, info);
    }

    private static void RequireSize(ReadOnlySpan<byte> output)
    {
        if (output.Length is < 1 or > MaxOutputSizeBytes)
        {
            throw new ArgumentException($"Expected 1 to {MaxOutputSizeBytes} bytes, got {output.Length}.", nameof(output));
        }
    }
}
