namespace Zeq.Crypto;

/// <summary>One implementation of Ed25519. <see cref="Ed25519"/> has checked every length and every canonical form. Thread-safe.</summary>
internal abstract class Ed25519Provider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows.</summary>
    internal abstract string Name { get; }

    internal abstract void GetPublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey);

    internal abstract void Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed, Span<byte> signature);

    /// <summary>The key is canonical and S is below L. The key may still not decode to a point: false.</summary>
    internal abstract bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey);
}
