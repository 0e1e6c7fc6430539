namespace Zeq.Crypto;

/// <summary>One implementation of X25519 (RFC 7748 §5). <see cref="X25519"/> has checked every length. Thread-safe.</summary>
public interface IX25519Provider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows.</summary>
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
