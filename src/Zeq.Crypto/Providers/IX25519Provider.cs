namespace Zeq.Crypto;

/// <summary>
/// One implementation of X25519 (RFC 7748 §5). <see cref="X25519"/> has checked every length. An output may be the very buffer of an input: inputs are read before anything is written.
/// </summary>
/// <remarks>
/// Thread-safe. Constant time in the private key and all that follows from it. Copies of secrets are zeroed before a call ends. Buffers are not kept. What a caller can cause, also
/// with bytes from outside, never throws: an exception means that the machine or the implementation is broken. It passes to the caller of <see cref="X25519"/> as it is, with the
/// secret zeroed.
/// </remarks>
public interface IX25519Provider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows: the library and its version, at most 100 printable characters.</summary>
    string Name { get; }

    /// <summary>Writes X25519(<paramref name="privateKey"/>, 9).</summary>
    /// <param name="privateKey">32 secret bytes, not yet clamped.</param>
    /// <param name="publicKey">32 bytes.</param>
    void GetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    /// <summary>Writes X25519(<paramref name="privateKey"/>, <paramref name="peerPublicKey"/>).</summary>
    /// <param name="privateKey">32 secret bytes, not yet clamped.</param>
    /// <param name="peerPublicKey">32 bytes from outside: any u coordinate, also one of p or more or of a point on the twist; the top bit is ignored.</param>
    /// <param name="sharedSecret">32 bytes.</param>
    /// <returns>False where the result is all zeros, and for nothing else.</returns>
    bool Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret);
}
