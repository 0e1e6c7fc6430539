namespace Zeq.Crypto;

/// <summary>
/// One implementation of Ed25519 (RFC 8032 §5.1). <see cref="Ed25519"/> has checked every length, that no output overlaps an input, that a public key is canonical and
/// that S is below the group's order, so that all implementations refuse the same signatures.
/// </summary>
/// <remarks>
/// Thread-safe. Constant time in the seed and all that follows from it; verification has no secrets. Copies of secrets are zeroed before a call ends. Buffers are not
/// kept. What a caller can cause, also with bytes from outside, never throws: an exception means that the machine or the implementation is broken. It passes to the caller of
/// <see cref="Ed25519"/> as it is, with a half-made output zeroed.
/// </remarks>
public interface IEd25519Provider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows: the library and its version, at most 100 printable characters.</summary>
    string Name { get; }

    /// <summary>Writes the public key of a seed.</summary>
    /// <param name="seed">32 secret bytes.</param>
    /// <param name="publicKey">32 bytes, every one to be written.</param>
    void GetPublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey);

    /// <summary>Writes the deterministic signature of RFC 8032 §5.1.6: PureEdDSA, no context, no prehash.</summary>
    /// <param name="message">Any number of bytes, also none.</param>
    /// <param name="seed">32 secret bytes.</param>
    /// <param name="signature">64 bytes, every one to be written.</param>
    void Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed, Span<byte> signature);

    /// <summary>Whether [S]B = R + [k]A without the cofactor, R compared as bytes.</summary>
    /// <param name="message">Any number of bytes, also none.</param>
    /// <param name="signature">64 bytes; S is below the group's order.</param>
    /// <param name="publicKey">32 bytes in canonical form. They may still be no point: false.</param>
    bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey);
}
