namespace Zeq.Crypto;

/// <summary>
/// AES-256-GCM (NIST SP 800-38D) for one key, with 12-byte nonces and 16-byte tags. The caller never uses a nonce twice under one key:
/// a second use reveals the authentication key. Thread-safe: two threads may seal and open at once, and those who do the same wait for each other.
/// No call allocates, except that a refused tag costs an exception inside where .NET's own implementation runs.
/// </summary>
public sealed class AeadCipher : IDisposable
{
    /// <summary>Size of a key: 32 bytes.</summary>
    public const int KeySizeBytes = 32;

    /// <summary>Size of a nonce: 12 bytes.</summary>
    public const int NonceSizeBytes = 12;

    /// <summary>Size of a tag: 16 bytes, after the ciphertext.</summary>
    public const int TagSizeBytes = 16;

    private readonly IAes256GcmKey _key;

    // The key where it is libcrypto's, called without the interface: a short packet would notice.
    private readonly LibcryptoAesGcm.State? _libcrypto;

    /// <summary>Takes the key into the provider; the caller's copy is the caller's to zero.</summary>
    /// <param name="key32">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="key32"/> is not 32 bytes.</exception>
    public AeadCipher(ReadOnlySpan<byte> key32)
        : this(CryptoProvider.AesGcm, key32)
    {
    }

    internal AeadCipher(IAes256GcmProvider provider, ReadOnlySpan<byte> key32)
    {
        Require.Length(key32.Length, KeySizeBytes, nameof(key32));
        _key = provider.CreateKey(key32) ?? throw new InvalidOperationException($"{provider.Name} made no key.");
        _libcrypto = _key as LibcryptoAesGcm.State;
    }

    /// <summary>Encrypts and authenticates <paramref name="plaintext"/>, and authenticates <paramref name="aad"/>.</summary>
    /// <param name="nonce">Exactly 12 bytes, never used before under this key.</param>
    /// <param name="plaintext">Any number of bytes.</param>
    /// <param name="ciphertextAndTag">Exactly 16 bytes more than the plaintext. It may start at the plaintext's first byte (in place).</param>
    /// <param name="aad">Additional authenticated data, any number of bytes, outside <paramref name="ciphertextAndTag"/>.</param>
    /// <exception cref="ArgumentException">A buffer has a wrong length, or the output overlaps an input other than in place.</exception>
    /// <exception cref="ObjectDisposedException">The cipher was disposed of.</exception>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad)
    {
        Require.Length(nonce.Length, NonceSizeBytes, nameof(nonce));
        Require.Length(ciphertextAndTag.Length, checked(plaintext.Length + TagSizeBytes), nameof(ciphertextAndTag));
        Require.NoPartialOverlap(plaintext, ciphertextAndTag, nameof(ciphertextAndTag));
        RequireApart(nonce, ciphertextAndTag, nameof(nonce));
        RequireApart(aad, ciphertextAndTag, nameof(aad));
        if (_libcrypto is not { } key)
        {
            SealByProvider(nonce, plaintext, ciphertextAndTag, aad);
        }
        else if (!key.TrySeal(nonce, plaintext, ciphertextAndTag, aad))
        {
            ciphertextAndTag.Clear();
            throw Libcrypto.Failure("EVP_Cipher");
        }
    }

    /// <summary>Checks the tag over <paramref name="ciphertextAndTag"/> and <paramref name="aad"/> and decrypts.</summary>
    /// <param name="nonce">Exactly 12 bytes.</param>
    /// <param name="ciphertextAndTag">From outside, any length; shorter than a tag is false.</param>
    /// <param name="plaintext">Exactly 16 bytes less than the ciphertext with its tag. It may start at the ciphertext's first byte (in place).
    /// Zeroed where the answer is false, so a refused packet that was opened in place is gone.</param>
    /// <param name="aad">Additional authenticated data, any number of bytes, outside <paramref name="plaintext"/>.</param>
    /// <returns>False where the tag is wrong; nothing about why.</returns>
    /// <exception cref="ArgumentException">A buffer of the caller has a wrong length, or the output overlaps an input other than in place.</exception>
    /// <exception cref="ObjectDisposedException">The cipher was disposed of.</exception>
    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
    {
        Require.Length(nonce.Length, NonceSizeBytes, nameof(nonce));
        if (ciphertextAndTag.Length < TagSizeBytes)
        {
            plaintext.Clear();
            return false;
        }

        var size = ciphertextAndTag.Length - TagSizeBytes;
        Require.Length(plaintext.Length, size, nameof(plaintext));
        Require.NoPartialOverlap(ciphertextAndTag, plaintext, nameof(plaintext));
        RequireApart(nonce, plaintext, nameof(nonce));
        RequireApart(aad, plaintext, nameof(aad));
        bool isDecrypted = true;
        if (_libcrypto is { } key ? key.TryDecrypt(nonce, ciphertextAndTag, plaintext, aad, out isDecrypted) : OpenByProvider(nonce, ciphertextAndTag, plaintext, aad))
        {
            return true;
        }

        // GCM decrypts before it knows the tag: unauthenticated plaintext must not be read by mistake.
        plaintext.Clear();
        return _libcrypto is not null && LibcryptoAesGcm.State.Refuse(isDecrypted);
    }

    /// <summary>Zeroes and frees the key. Waits for calls that run; may be called more than once.</summary>
    public void Dispose() => _key.Dispose();

    private void SealByProvider(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad)
    {
        try
        {
            _key.Seal(nonce, plaintext, ciphertextAndTag, aad);
        }
        catch (Exception failure) when (failure is not ObjectDisposedException)
        {
            // Half a box, or the plaintext that was to be sealed in place, must not be sent by mistake.
            ciphertextAndTag.Clear();
            throw;
        }
    }

    private bool OpenByProvider(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
    {
        try
        {
            return _key.TryOpen(nonce, ciphertextAndTag, plaintext, aad);
        }
        catch (Exception failure) when (failure is not ObjectDisposedException)
        {
            plaintext.Clear();
            throw;
        }
    }

    private static void RequireApart(ReadOnlySpan<byte> input, ReadOnlySpan<byte> output, string name)
    {
        if (input.Overlaps(output))
        {
            throw new ArgumentException("Nonce and additional data may not overlap the output.", name);
        }
    }
}
