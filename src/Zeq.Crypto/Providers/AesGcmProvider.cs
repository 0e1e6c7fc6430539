namespace Zeq.Crypto;

/// <summary>One implementation of AES-256-GCM.</summary>
internal abstract class AesGcmProvider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows.</summary>
    internal abstract string Name { get; }

    /// <summary>Makes the state of one key of exactly 32 bytes.</summary>
    internal abstract AesGcmState Create(ReadOnlySpan<byte> key32);
}

/// <summary>
/// One key in one implementation. <see cref="AeadCipher"/> has checked every length and overlap. Thread-safe, also against Dispose.
/// </summary>
internal abstract class AesGcmState : IDisposable
{
    internal abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad);

    /// <summary>False where the tag is wrong; what then stands in <paramref name="plaintext"/> is the caller's to zero.</summary>
    internal abstract bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> aad);

    public abstract void Dispose();
}
