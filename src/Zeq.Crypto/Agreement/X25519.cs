using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Key agreement on curve25519 (RFC 7748 §5, §6.1). Private keys are clamped at every use, the top bit of a peer's u coordinate is ignored, and
/// non-canonical coordinates and points on the twist are taken, as the RFC has it. The secret is no key yet: derive keys from it with
/// <see cref="Hkdf"/>. Every member is thread-safe.
/// </summary>
public static class X25519
{
    /// <summary>Size of a private key: 32 bytes.</summary>
    public const int PrivateKeySizeBytes = 32;

    /// <summary>Size of a public key, a u coordinate: 32 bytes.</summary>
    public const int PublicKeySizeBytes = 32;

    /// <summary>Size of a shared secret: 32 bytes.</summary>
    public const int SharedSecretSizeBytes = 32;

    /// <summary>Computes the public key of <paramref name="privateKey"/>.</summary>
    /// <param name="privateKey">Exactly 32 secret bytes from a CSPRNG or a KDF.</param>
    /// <param name="publicKey">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length.</exception>
    public static void GetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => GetPublicKey(CryptoProvider.X25519, privateKey, publicKey);

    /// <summary>Computes the secret that the owners of two key pairs share.</summary>
    /// <param name="privateKey">Exactly 32 secret bytes, one's own.</param>
    /// <param name="peerPublicKey">From outside; any length but 32 bytes is false.</param>
    /// <param name="sharedSecret">Exactly 32 bytes. Zeroed where the answer is false.</param>
    /// <returns>False where the secret would be all zeros, as it is for a point of small order: a secret that everybody knows (RFC 7748 §6.1).</returns>
    /// <exception cref="ArgumentException">A buffer of the caller has a wrong length.</exception>
    public static bool TryAgree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret) =>
        TryAgree(CryptoProvider.X25519, privateKey, peerPublicKey, sharedSecret);

    internal static void GetPublicKey(IX25519Provider provider, ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        Require.Length(privateKey.Length, PrivateKeySizeBytes, nameof(privateKey));
        Require.Length(publicKey.Length, PublicKeySizeBytes, nameof(publicKey));
        provider.GetPublicKey(privateKey, publicKey);
    }

    internal static bool TryAgree(IX25519Provider provider, ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        Require.Length(privateKey.Length, PrivateKeySizeBytes, nameof(privateKey));
        Require.Length(sharedSecret.Length, SharedSecretSizeBytes, nameof(sharedSecret));

        // The zero check stands here too: a provider from outside that forgets it must not let a known secret through.
        try
        {
            if (peerPublicKey.Length == PublicKeySizeBytes && provider.Agree(privateKey, peerPublicKey, sharedSecret) && !IsAllZero(sharedSecret))
            {
                return true;
            }
        }
        catch
        {
            CryptographicOperations.ZeroMemory(sharedSecret);
            throw;
        }

        CryptographicOperations.ZeroMemory(sharedSecret);
        return false;
    }

    /// <summary>Constant time: every byte is looked at, and only the answer is branched on, which the caller is told anyway.</summary>
    internal static bool IsAllZero(ReadOnlySpan<byte> bytes)
    {
        var bits = 0;
        foreach (var b in bytes)
        {
            bits |= b;
        }

        return bits == 0;
    }
}
