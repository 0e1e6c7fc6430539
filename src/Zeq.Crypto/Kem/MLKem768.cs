namespace Zeq.Crypto;

/// <summary>
/// ML-KEM-768, the key encapsulation of FIPS 203: whoever holds the decapsulation key gets the 32 bytes that somebody encapsulated to the encapsulation key.
/// Every member is thread-safe. Every provider refuses the same keys and gives the same bytes.
/// </summary>
/// <remarks>A shared secret says nothing about who made it, and a ciphertext that was changed gives another secret instead of a failure: bind both into what is derived from it.</remarks>
public static class MLKem768
{
    /// <summary>Size of the seed of a key pair, d then z: 64 bytes.</summary>
    public const int SeedSizeBytes = 64;

    /// <summary>Size of an encapsulation key, the public one: 1,184 bytes.</summary>
    public const int EncapsulationKeySizeBytes = 1184;

    /// <summary>Size of a decapsulation key, the private one in its expanded form: 2,400 bytes.</summary>
    public const int DecapsulationKeySizeBytes = 2400;

    /// <summary>Size of a ciphertext: 1,088 bytes.</summary>
    public const int CipherTextSizeBytes = 1088;

    /// <summary>Size of a shared secret: 32 bytes.</summary>
    public const int SharedSecretSizeBytes = 32;

    /// <summary>Makes the key pair of a seed (FIPS 203 §6.1); the same seed always gives the same keys.</summary>
    /// <param name="seed64">Exactly 64 secret bytes from a CSPRNG or a KDF: d, then z.</param>
    /// <param name="encapsulationKey">Exactly 1,184 bytes.</param>
    /// <param name="decapsulationKey">Exactly 2,400 bytes; secret, the caller's to zero.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length, or an output overlaps another buffer.</exception>
    public static void GenerateKey(ReadOnlySpan<byte> seed64, Span<byte> encapsulationKey, Span<byte> decapsulationKey) =>
        GenerateKey(CryptoProvider.MLKem768, seed64, encapsulationKey, decapsulationKey);

    /// <summary>Makes a fresh shared secret and its ciphertext for the holder of a key (FIPS 203 §7.2).</summary>
    /// <param name="encapsulationKey">Exactly 1,184 bytes that pass <see cref="IsValidEncapsulationKey"/>: ask it first of a key from outside.</param>
    /// <param name="cipherText">Exactly 1,088 bytes.</param>
    /// <param name="sharedSecret">Exactly 32 bytes; secret, the caller's to zero.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length, an output overlaps another buffer, or the key fails the modulus check.</exception>
    public static void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret) =>
        Encapsulate(CryptoProvider.MLKem768, encapsulationKey, cipherText, sharedSecret);

    /// <summary>
    /// Gets the shared secret of a ciphertext (FIPS 203 §7.3). A ciphertext of the right length that was not made for this key is true and gives a secret that
    /// nobody else has (implicit rejection).
    /// </summary>
    /// <param name="decapsulationKey">Exactly 2,400 secret bytes.</param>
    /// <param name="cipherText">From outside; any length but 1,088 bytes is false.</param>
    /// <param name="sharedSecret">Exactly 32 bytes; zeroed where the answer is false, otherwise secret, the caller's to zero.</param>
    /// <returns>False where the ciphertext has a wrong length or the key is damaged (its encapsulation key does not have the hash that stands in it).</returns>
    /// <exception cref="ArgumentException">The key or the secret has a wrong length, or the secret overlaps an input.</exception>
    public static bool TryDecapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret) =>
        TryDecapsulate(CryptoProvider.MLKem768, decapsulationKey, cipherText, sharedSecret);

    /// <summary>Whether a key from outside may be encapsulated to: 1,184 bytes, and every coefficient in them below q (the checks of FIPS 203 §7.2).</summary>
    /// <param name="encapsulationKey">From outside, any length.</param>
    public static bool IsValidEncapsulationKey(ReadOnlySpan<byte> encapsulationKey) =>
        encapsulationKey.Length == EncapsulationKeySizeBytes && ManagedMLKem768.Fastest.IsBelowModulus(encapsulationKey);

    /// <summary>
    /// Encapsulation with given randomness (FIPS 203 §6.2), for vectors and for protocols that derive it. Always the managed code: the operating system's
    /// interface takes no randomness.
    /// </summary>
    /// <param name="encapsulationKey">As in <see cref="Encapsulate(ReadOnlySpan{byte}, Span{byte}, Span{byte})"/>.</param>
    /// <param name="message32">Exactly 32 secret random bytes that are used once.</param>
    /// <param name="cipherText">Exactly 1,088 bytes.</param>
    /// <param name="sharedSecret">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">As there.</exception>
    internal static void EncapsulateInternal(ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> message32, Span<byte> cipherText, Span<byte> sharedSecret) =>
        EncapsulateInternal(ManagedMLKem768.Fastest, encapsulationKey, message32, cipherText, sharedSecret);

    internal static void GenerateKey(IMLKem768Provider provider, ReadOnlySpan<byte> seed64, Span<byte> encapsulationKey, Span<byte> decapsulationKey)
    {
        Require.Length(seed64.Length, SeedSizeBytes, nameof(seed64));
        Require.Length(encapsulationKey.Length, EncapsulationKeySizeBytes, nameof(encapsulationKey));
        Require.Length(decapsulationKey.Length, DecapsulationKeySizeBytes, nameof(decapsulationKey));
        Require.NoOverlap(seed64, encapsulationKey, nameof(encapsulationKey));
        Require.NoOverlap(seed64, decapsulationKey, nameof(decapsulationKey));
        Require.NoOverlap(encapsulationKey, decapsulationKey, nameof(decapsulationKey));
        try
        {
            provider.GenerateKey(seed64, encapsulationKey, decapsulationKey);
        }
        catch
        {
            encapsulationKey.Clear();
            decapsulationKey.Clear();
            throw;
        }
    }

    internal static void Encapsulate(IMLKem768Provider provider, ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        CheckEncapsulation(ChecksOf(provider), encapsulationKey, cipherText, sharedSecret);
        try
        {
            provider.Encapsulate(encapsulationKey, cipherText, sharedSecret);
        }
        catch
        {
            cipherText.Clear();
            sharedSecret.Clear();
            throw;
        }
    }

    internal static void EncapsulateInternal(
        ManagedMLKem768 provider, ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> message32, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        CheckEncapsulation(provider, encapsulationKey, cipherText, sharedSecret);
        Require.Length(message32.Length, SharedSecretSizeBytes, nameof(message32));
        Require.NoOverlap(message32, cipherText, nameof(cipherText));
        provider.EncapsulateInternal(encapsulationKey, message32, cipherText, sharedSecret);
    }

    internal static bool TryDecapsulate(IMLKem768Provider provider, ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret)
    {
        Require.Length(decapsulationKey.Length, DecapsulationKeySizeBytes, nameof(decapsulationKey));
        Require.Length(sharedSecret.Length, SharedSecretSizeBytes, nameof(sharedSecret));
        Require.NoOverlap(decapsulationKey, sharedSecret, nameof(sharedSecret));
        Require.NoOverlap(cipherText, sharedSecret, nameof(sharedSecret));
        if (cipherText.Length != CipherTextSizeBytes || !ChecksOf(provider).HasMatchingHash(decapsulationKey))
        {
            sharedSecret.Clear();
            return false;
        }

        try
        {
            provider.Decapsulate(decapsulationKey, cipherText, sharedSecret);
            return true;
        }
        catch
        {
            sharedSecret.Clear();
            throw;
        }
    }

    /// <summary>Who checks keys: a managed path its own, and all other providers the fastest managed one, since libraries differ in what they refuse.</summary>
    private static ManagedMLKem768 ChecksOf(IMLKem768Provider provider) => provider as ManagedMLKem768 ?? ManagedMLKem768.Fastest;

    private static void CheckEncapsulation(ManagedMLKem768 checks, ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        Require.Length(encapsulationKey.Length, EncapsulationKeySizeBytes, nameof(encapsulationKey));
        Require.Length(cipherText.Length, CipherTextSizeBytes, nameof(cipherText));
        Require.Length(sharedSecret.Length, SharedSecretSizeBytes, nameof(sharedSecret));
        Require.NoOverlap(encapsulationKey, cipherText, nameof(cipherText));
        Require.NoOverlap(encapsulationKey, sharedSecret, nameof(sharedSecret));
        Require.NoOverlap(cipherText, sharedSecret, nameof(sharedSecret));
        if (!checks.IsBelowModulus(encapsulationKey))
        {
            throw new ArgumentException("The encapsulation key has a coefficient that is not below the modulus.", nameof(encapsulationKey));
        }
    }
}
