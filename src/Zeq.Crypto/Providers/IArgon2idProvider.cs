namespace Zeq.Crypto;

/// <summary>
/// One implementation of Argon2id (RFC 9106, version 0x13, without secret and associated data). <see cref="PasswordKdf"/> has checked every number and length against its
/// bounds, and no buffer overlaps another. Thread-safe: several computations may run at once, each with memory of its own.
/// </summary>
/// <remarks>
/// The memory, and every copy of the password, is zeroed before the call returns or throws. The hash of the inputs and the compression are constant time; the addresses of the data-dependent
/// half are not, by the design of Argon2id. An exception passes to the caller of <see cref="PasswordKdf"/>, which then zeroes the key.
/// </remarks>
public interface IArgon2idProvider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows: the library and its version, at most 100 printable characters.</summary>
    string Name { get; }

    /// <summary>Fills <paramref name="key"/>.</summary>
    /// <param name="password">0 to <see cref="PasswordKdf.MaxPasswordSizeBytes"/> secret bytes.</param>
    /// <param name="salt"><see cref="PasswordKdf.MinSaltSizeBytes"/> to <see cref="PasswordKdf.MaxSaltSizeBytes"/> bytes.</param>
    /// <param name="memoryKib">8 times the lanes, and at least <see cref="PasswordKdf.MinMemoryKib"/>, to <see cref="PasswordKdf.MaxMemoryKib"/>.</param>
    /// <param name="passes">1 to <see cref="PasswordKdf.MaxPasses"/>.</param>
    /// <param name="lanes">1 to <see cref="PasswordKdf.MaxLanes"/>.</param>
    /// <param name="key"><see cref="PasswordKdf.MinKeySizeBytes"/> to <see cref="PasswordKdf.MaxKeySizeBytes"/> bytes.</param>
    /// <param name="cancellationToken">May be looked at now and then, or not at all.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled and seen.</exception>
    /// <exception cref="OutOfMemoryException">The system has no memory of that size.</exception>
    void DeriveKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int memoryKib, int passes, int lanes, Span<byte> key, CancellationToken cancellationToken);
}
