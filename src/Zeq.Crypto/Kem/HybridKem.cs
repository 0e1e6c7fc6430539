using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// X-Wing (draft-connolly-cfrg-xwing-kem-10), the key encapsulation that holds while either ML-KEM-768 or X25519 does: one key, one ciphertext, one secret. It is neither
/// authenticated nor interactive: whoever has the encapsulation key can send. Every member is thread-safe, and every provider of the two gives the same bytes.
/// </summary>
/// <remarks>
/// Stricter than the draft in one point: a public key or a ciphertext whose part of X25519 is of small order is refused, as RFC 9180 §7.1.4 does and <see cref="X25519"/> here always.
/// No honest party makes one, and with it nothing but ML-KEM-768 would protect the secret. Otherwise a ciphertext that was changed gives another secret instead of a failure: bind
/// what is derived from it to what is known on both sides. No member allocates beyond what its providers do; secrets are zeroed after use.
/// </remarks>
public static class HybridKem
{
    /// <summary>Size of a decapsulation key, the private one: 32 bytes, the seed of both key pairs.</summary>
    public const int DecapsulationKeySizeBytes = 32;

    /// <summary>Size of an encapsulation key, the public one: 1,216 bytes, the key of ML-KEM-768 and then that of X25519.</summary>
    public const int EncapsulationKeySizeBytes = MLKem768.EncapsulationKeySizeBytes + X25519.PublicKeySizeBytes;

    /// <summary>Size of a ciphertext: 1,120 bytes, that of ML-KEM-768 and then an ephemeral key of X25519.</summary>
    public const int CipherTextSizeBytes = MLKem768.CipherTextSizeBytes + X25519.PublicKeySizeBytes;

    /// <summary>Size of a shared secret: 32 bytes.</summary>
    public const int SharedSecretSizeBytes = 32;

    internal const int EncapsulationSeedSizeBytes = MLKem768.SharedSecretSizeBytes + X25519.PrivateKeySizeBytes;
    private const int ExpandedSizeBytes = MLKem768.SeedSizeBytes + X25519.PrivateKeySizeBytes;

    /// <summary>The label that ends what is hashed: \.//^\ in ASCII.</summary>
    private static ReadOnlySpan<byte> Label => [0x5C, 0x2E, 0x2F, 0x2F, 0x5E, 0x5C];

    /// <summary>Makes the public key of a private one (§5.2); the same seed always gives the same key.</summary>
    /// <param name="seed32">Exactly 32 secret bytes from a CSPRNG or a KDF: the decapsulation key.</param>
    /// <param name="encapsulationKey">Exactly 1,216 bytes.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length, or the two overlap.</exception>
    public static void GenerateKey(ReadOnlySpan<byte> seed32, Span<byte> encapsulationKey) =>
        GenerateKey(CryptoProvider.MLKem768, CryptoProvider.X25519, seed32, encapsulationKey);

    /// <summary>Makes a fresh shared secret and its ciphertext for the holder of a key (§5.4).</summary>
    /// <param name="encapsulationKey">Exactly 1,216 bytes that pass <see cref="IsValidEncapsulationKey"/>: ask it first of a key from outside.</param>
    /// <param name="cipherText">Exactly 1,120 bytes.</param>
    /// <param name="sharedSecret">Exactly 32 bytes; secret, the caller's to zero.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length, an output overlaps another buffer, or the key is not valid.</exception>
    public static void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret) =>
        Encapsulate(CryptoProvider.MLKem768, CryptoProvider.X25519, encapsulationKey, cipherText, sharedSecret);

    /// <summary>
    /// Gets the shared secret of a ciphertext (§5.5). A ciphertext of the right length that was not made for this key is true and gives a secret that nobody else has.
    /// </summary>
    /// <param name="decapsulationKey">Exactly 32 secret bytes.</param>
    /// <param name="cipherText">From outside; any length but 1,120 bytes is false.</param>
    /// <param name="sharedSecret">Exactly 32 bytes; zeroed where the answer is false, otherwise secret, the caller's to zero.</param>
    /// <returns>False where the ciphertext has a wrong length or ends in a point of small order, and for nothing else.</returns>
    /// <exception cref="ArgumentException">The key or the secret has a wrong length, or the secret overlaps an input.</exception>
    public static bool TryDecapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret) =>
        TryDecapsulate(CryptoProvider.MLKem768, CryptoProvider.X25519, decapsulationKey, cipherText, sharedSecret);

    /// <summary>Whether a key from outside may be encapsulated to: 1,216 bytes, a valid key of ML-KEM-768, and a point that is not of small order.</summary>
    /// <param name="encapsulationKey">From outside, any length.</param>
    public static bool IsValidEncapsulationKey(ReadOnlySpan<byte> encapsulationKey)
    {
        if (encapsulationKey.Length != EncapsulationKeySizeBytes || !MLKem768.IsValidEncapsulationKey(encapsulationKey[..MLKem768.EncapsulationKeySizeBytes]))
        {
            return false;
        }

        // Any private key tells: a clamped one is a multiple of 8, and takes a point to zero only if its order is small.
        Span<byte> any = stackalloc byte[X25519.PrivateKeySizeBytes];
        Span<byte> none = stackalloc byte[X25519.SharedSecretSizeBytes];
        any.Clear();
        return X25519.TryAgree(any, encapsulationKey[MLKem768.EncapsulationKeySizeBytes..], none);
    }

    internal static void GenerateKey(IMLKem768Provider kem, IX25519Provider curve, ReadOnlySpan<byte> seed32, Span<byte> encapsulationKey)
    {
        Require.Length(seed32.Length, DecapsulationKeySizeBytes, nameof(seed32));
        Require.Length(encapsulationKey.Length, EncapsulationKeySizeBytes, nameof(encapsulationKey));
        Require.NoOverlap(seed32, encapsulationKey, nameof(encapsulationKey));
        Span<byte> expanded = stackalloc byte[ExpandedSizeBytes];
        Span<byte> kemKey = stackalloc byte[MLKem768.DecapsulationKeySizeBytes];
        try
        {
            Expand(kem, curve, seed32, expanded, encapsulationKey, kemKey);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(expanded);
            CryptographicOperations.ZeroMemory(kemKey);
        }
    }

    internal static void Encapsulate(
        IMLKem768Provider kem, IX25519Provider curve, ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        CheckEncapsulation(encapsulationKey, cipherText, sharedSecret);
        Span<byte> ephemeral = stackalloc byte[X25519.PrivateKeySizeBytes];
        Span<byte> kemSecret = stackalloc byte[MLKem768.SharedSecretSizeBytes];
        try
        {
            RandomNumberGenerator.Fill(ephemeral);
            MLKem768.Encapsulate(
                kem, encapsulationKey[..MLKem768.EncapsulationKeySizeBytes], cipherText[..MLKem768.CipherTextSizeBytes], kemSecret);
            FinishEncapsulation(curve, ephemeral, kemSecret, encapsulationKey, cipherText, sharedSecret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(ephemeral);
            CryptographicOperations.ZeroMemory(kemSecret);
        }
    }

    /// <summary>Encapsulation with given randomness (§5.4.1), for vectors: 32 bytes for ML-KEM-768, always in the managed code, and then the ephemeral key.</summary>
    /// <exception cref="ArgumentException">As in <see cref="Encapsulate(ReadOnlySpan{byte}, Span{byte}, Span{byte})"/>.</exception>
    internal static void EncapsulateInternal(
        IX25519Provider curve, ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> seed64, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        CheckEncapsulation(encapsulationKey, cipherText, sharedSecret);
        Require.Length(seed64.Length, EncapsulationSeedSizeBytes, nameof(seed64));
        Span<byte> kemSecret = stackalloc byte[MLKem768.SharedSecretSizeBytes];
        try
        {
            MLKem768.EncapsulateInternal(
                encapsulationKey[..MLKem768.EncapsulationKeySizeBytes],
                seed64[..MLKem768.SharedSecretSizeBytes],
                cipherText[..MLKem768.CipherTextSizeBytes],
                kemSecret);
            FinishEncapsulation(curve, seed64[MLKem768.SharedSecretSizeBytes..], kemSecret, encapsulationKey, cipherText, sharedSecret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(kemSecret);
        }
    }

    internal static bool TryDecapsulate(
        IMLKem768Provider kem, IX25519Provider curve, ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret)
    {
        Require.Length(decapsulationKey.Length, DecapsulationKeySizeBytes, nameof(decapsulationKey));
        Require.Length(sharedSecret.Length, SharedSecretSizeBytes, nameof(sharedSecret));
        Require.NoOverlap(decapsulationKey, sharedSecret, nameof(sharedSecret));
        Require.NoOverlap(cipherText, sharedSecret, nameof(sharedSecret));
        sharedSecret.Clear();
        if (cipherText.Length != CipherTextSizeBytes)
        {
            return false;
        }

        Span<byte> expanded = stackalloc byte[ExpandedSizeBytes];
        Span<byte> publicKeys = stackalloc byte[EncapsulationKeySizeBytes];
        Span<byte> kemKey = stackalloc byte[MLKem768.DecapsulationKeySizeBytes];
        Span<byte> kemSecret = stackalloc byte[MLKem768.SharedSecretSizeBytes];
        Span<byte> curveSecret = stackalloc byte[X25519.SharedSecretSizeBytes];
        try
        {
            Expand(kem, curve, decapsulationKey, expanded, publicKeys, kemKey);
            var ephemeral = cipherText[MLKem768.CipherTextSizeBytes..];
            if (!MLKem768.TryDecapsulate(kem, kemKey, cipherText[..MLKem768.CipherTextSizeBytes], kemSecret)
                || !X25519.TryAgree(curve, expanded[MLKem768.SeedSizeBytes..], ephemeral, curveSecret))
            {
                return false;
            }

            Combine(kemSecret, curveSecret, ephemeral, publicKeys[MLKem768.EncapsulationKeySizeBytes..], sharedSecret);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(expanded);
            CryptographicOperations.ZeroMemory(kemKey);
            CryptographicOperations.ZeroMemory(kemSecret);
            CryptographicOperations.ZeroMemory(curveSecret);
        }
    }

    /// <summary>expandDecapsulationKey (§5.2): the seed of ML-KEM-768 and the private key of X25519, both public keys, and the private one of ML-KEM-768.</summary>
    private static void Expand(
        IMLKem768Provider kem, IX25519Provider curve, ReadOnlySpan<byte> seed32, Span<byte> expanded, Span<byte> publicKeys, Span<byte> kemKey)
    {
        Keccak<KeccakScalar, ulong>.Shake256(seed32, [], expanded);
        MLKem768.GenerateKey(kem, expanded[..MLKem768.SeedSizeBytes], publicKeys[..MLKem768.EncapsulationKeySizeBytes], kemKey);
        X25519.GetPublicKey(curve, expanded[MLKem768.SeedSizeBytes..], publicKeys[MLKem768.EncapsulationKeySizeBytes..]);
    }

    private static void FinishEncapsulation(
        IX25519Provider curve, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> kemSecret, ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        var peer = encapsulationKey[MLKem768.EncapsulationKeySizeBytes..];
        var ephemeralKey = cipherText[MLKem768.CipherTextSizeBytes..];
        Span<byte> curveSecret = stackalloc byte[X25519.SharedSecretSizeBytes];
        var isDone = false;
        try
        {
            X25519.GetPublicKey(curve, ephemeral, ephemeralKey);
            if (!X25519.TryAgree(curve, ephemeral, peer, curveSecret))
            {
                throw new ArgumentException("The encapsulation key ends in a point of small order.", nameof(encapsulationKey));
            }

            Combine(kemSecret, curveSecret, ephemeralKey, peer, sharedSecret);
            isDone = true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(curveSecret);
            if (!isDone)
            {
                cipherText.Clear();
                sharedSecret.Clear();
            }
        }
    }

    /// <summary>SHA3-256 of both secrets, the ephemeral and the static key of X25519, and the label (§5.3). ML-KEM-768 binds its own ciphertext and key.</summary>
    private static void Combine(
        ReadOnlySpan<byte> kemSecret, ReadOnlySpan<byte> curveSecret, ReadOnlySpan<byte> ephemeralKey, ReadOnlySpan<byte> publicKey, Span<byte> sharedSecret)
    {
        Span<byte> secrets = stackalloc byte[MLKem768.SharedSecretSizeBytes + X25519.SharedSecretSizeBytes];
        Span<byte> rest = stackalloc byte[(2 * X25519.PublicKeySizeBytes) + Label.Length];
        kemSecret.CopyTo(secrets);
        curveSecret.CopyTo(secrets[MLKem768.SharedSecretSizeBytes..]);
        ephemeralKey.CopyTo(rest);
        publicKey.CopyTo(rest[X25519.PublicKeySizeBytes..]);
        Label.CopyTo(rest[(2 * X25519.PublicKeySizeBytes)..]);
        Keccak<KeccakScalar, ulong>.Sha3_256(secrets, rest, sharedSecret);
        CryptographicOperations.ZeroMemory(secrets);
    }

    private static void CheckEncapsulation(ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> sharedSecret)
    {
        Require.Length(encapsulationKey.Length, EncapsulationKeySizeBytes, nameof(encapsulationKey));
        Require.Length(cipherText.Length, CipherTextSizeBytes, nameof(cipherText));
        Require.Length(sharedSecret.Length, SharedSecretSizeBytes, nameof(sharedSecret));
        Require.NoOverlap(encapsulationKey, cipherText, nameof(cipherText));
        Require.NoOverlap(encapsulationKey, sharedSecret, nameof(sharedSecret));
        Require.NoOverlap(cipherText, sharedSecret, nameof(sharedSecret));
    }
}
