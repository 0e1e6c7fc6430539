namespace Zeq.Crypto;

/// <summary>One implementation of AES-256-GCM (NIST SP 800-38D) with 12-byte nonces and 16-byte tags. Thread-safe.</summary>
public interface IAes256GcmProvider
{
    /// <summary>The name that <see cref="CryptoProvider.Describe"/> shows: the library and its version, at most 100 printable characters.</summary>
    string Name { get; }

    /// <summary>Takes a key into the implementation.</summary>
    /// <param name="key">32 secret bytes; the caller zeroes its own copy.</param>
    IAes256GcmKey CreateKey(ReadOnlySpan<byte> key);
}
