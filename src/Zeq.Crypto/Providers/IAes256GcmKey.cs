namespace Zeq.Crypto;

/// <summary>
/// One key in one implementation of AES-256-GCM. <see cref="AeadCipher"/> has checked every length and overlap: an output is apart from its input or begins at the very same
/// byte, and apart from nonce and additional data. Working in place must give the same bytes as working apart.
/// </summary>
/// <remarks>
/// Thread-safe: one thread may seal while another opens, and a call that runs against <see cref="IDisposable.Dispose"/> ends properly or throws
/// <see cref="ObjectDisposedException"/> with nothing written; so does every call afterwards. Constant time in key and plaintext. Disposing zeroes the key, and may be done more than once.
/// Any other exception means that the machine or the implementation is broken; it passes to the caller of <see cref="AeadCipher"/> as it is, after the output was zeroed.
/// </remarks>
public interface IAes256GcmKey : IDisposable
{
    /// <summary>Encrypts and authenticates.</summary>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="plaintext">Any number of bytes, also none.</param>
    /// <param name="ciphertextAndTag">16 bytes more, every one to be written. May begin at the plaintext's first byte.</param>
    /// <param name="aad">Additional authenticated data, any number of bytes, also none.</param>
    void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad);

    /// <summary>Checks the tag in constant time, and decrypts.</summary>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="ciphertextAndTag">16 bytes or more, from outside.</param>
    /// <param name="plaintext">16 bytes less. May begin at the ciphertext's first byte.</param>
    /// <param name="aad">Additional authenticated data, any number of bytes, also none.</param>
    /// <returns>False, never an exception, where the tag is wrong; <see cref="AeadCipher"/> then zeroes the plaintext.</returns>
    bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad);
}
