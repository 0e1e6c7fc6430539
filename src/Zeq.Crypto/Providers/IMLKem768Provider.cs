namespace Zeq.Crypto;

/// <summary>
/// One implementation of ML-KEM-768 (FIPS 203). <see cref="MLKem768"/> has checked every length, the modulus check of an encapsulation key
/// and the hash check of a decapsulation key, so that all implementations refuse the same keys. Encapsulation takes its own randomness from a CSPRNG:
/// most libraries offer no other. No buffer overlaps another.
/// </summary>
/// <remarks>
/// Thread-safe. Constant time in seed, decapsulation key, randomness and secret: a ciphertext that is refused inside takes the same time as one that is not. Copies of secrets are
/// zeroed before a call ends. Buffers are not kept. What a caller can cause, also with bytes from outside, never throws: an exception means that the machine or the
/// implementation is broken. It passes to the caller of <see cref="MLKem768"/> as it is, with the outputs zeroed.
/// </remarks>
public interface IMLKem768Provider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows: the library and its version, at most 100 printable characters.</summary>
    string Name { get; }

    /// <summary>ML-KEM.KeyGen_internal (FIPS 203 §6.1): the same seed always gives the same keys.</summary>
    /// <param name="seed64">64 secret bytes, d then z.</param>
    /// <param name="encapsulationKey">1,184 bytes.</param>
    /// <param name="decapsulationKey">2,400 bytes, in the expanded form of FIPS 203.</param>
    void GenerateKey(ReadOnlySpan<byte> seed64, Span<byte> encapsulationKey, Span<byte> decapsulationKey);

    /// <summary>ML-KEM.Encaps (FIPS 203 §7.2).</summary>
    /// <param name="encapsulationKey">1,184 bytes that passed the modulus check.</param>
    /// <param name="cipherText">1,088 bytes.</param>
    /// <param name="sharedSecret">32 bytes.</param>
    void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret);

    /// <summary>
    /// ML-KEM.Decaps (FIPS 203 §7.3). A ciphertext that is not of this key gives another secret and is no failure (implicit rejection).
    /// </summary>
    /// <param name="decapsulationKey">2,400 secret bytes that passed the hash check.</param>
    /// <param name="cipherText">1,088 bytes.</param>
    /// <param name="sharedSecret">32 bytes.</param>
    void Decapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret);
}
