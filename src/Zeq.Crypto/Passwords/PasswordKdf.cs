using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Keys from passwords. The cost is the point: it is what each guess costs too. Argon2id first; PBKDF2 where others read the result who have nothing else.
/// Every number and length is checked before any memory is taken or any work is done, so a file from outside may name its own cost; a caller that wants tighter
/// bounds (spec 10 §6) checks them first. Every member is thread-safe. A password is bytes: UTF-8 of a text, in a normal form that the caller fixes.
/// </summary>
public static class PasswordKdf
{
    /// <summary>The longest password: 4,096 bytes. The empty one is allowed; who asks a person for it sets a minimum.</summary>
    public const int MaxPasswordSizeBytes = 4096;

    /// <summary>The shortest salt: 8 bytes; 16 random ones are the usual.</summary>
    public const int MinSaltSizeBytes = 8;

    /// <summary>The longest salt: 1,024 bytes.</summary>
    public const int MaxSaltSizeBytes = 1024;

    /// <summary>The shortest key: 16 bytes.</summary>
    public const int MinKeySizeBytes = 16;

    /// <summary>The longest key: 1,024 bytes.</summary>
    public const int MaxKeySizeBytes = 1024;

    /// <summary>The least memory of Argon2id: 8 KiB, and 8 KiB for each lane. It is the algorithm's own minimum and no advice: 19,456 is the least that protects (spec 10 §6).</summary>
    public const int MinMemoryKib = 8;

    /// <summary>The most memory of Argon2id: 2,097,152 KiB = 2 GiB, the first recommendation of RFC 9106 §4.</summary>
    public const int MaxMemoryKib = 2_097_152;

    /// <summary>The most passes of Argon2id: 64.</summary>
    public const int MaxPasses = 64;

    /// <summary>The most lanes of Argon2id: 64.</summary>
    public const int MaxLanes = 64;

    /// <summary>The most iterations of PBKDF2: 10,000,000 (spec 10 §6), some seconds of work.</summary>
    public const int MaxIterations = 10_000_000;

    /// <summary>PBKDF2 with HMAC-SHA-512 (RFC 8018 §5.2), by .NET.</summary>
    /// <param name="password">0 to 4,096 secret bytes.</param>
    /// <param name="salt">8 to 1,024 bytes.</param>
    /// <param name="iterations">1 to 10,000,000; 210,000 is the least that protects, 600,000 the usual (spec 10 §6).</param>
    /// <param name="key">16 to 1,024 bytes, outside the inputs.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number or a length is out of its range.</exception>
    /// <exception cref="ArgumentException">The key overlaps an input.</exception>
    public static void Pbkdf2(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations, Span<byte> key)
    {
        RequireBuffers(password, salt, key);
        RequireRange(iterations, 1, MaxIterations);
        Rfc2898DeriveBytes.Pbkdf2(password, salt, key, iterations, HashAlgorithmName.SHA512);
    }

    /// <summary>Argon2id, version 0x13 (RFC 9106). 65,536 KiB, 3 passes, 1 lane is the usual (spec 10 §6); RFC 9106 §4 recommends the same with 4 lanes.</summary>
    /// <param name="password">0 to 4,096 secret bytes.</param>
    /// <param name="salt">8 to 1,024 bytes.</param>
    /// <param name="memoryKib">8 times the lanes to 2,097,152 KiB. It is taken outside of the garbage collector's heap, and zeroed and freed before the call ends.</param>
    /// <param name="passes">1 to 64.</param>
    /// <param name="lanes">1 to 64. More lanes give another key; they are computed on several processors where the memory is large enough for that to pay.</param>
    /// <param name="key">16 to 1,024 bytes, outside the inputs. Zeroed where the call throws after its checks.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number or a length is out of its range.</exception>
    /// <exception cref="ArgumentException">The key overlaps an input.</exception>
    /// <exception cref="OutOfMemoryException">The system has no memory of that size.</exception>
    /// <remarks>
    /// In its second half Argon2id reads memory at addresses that depend on the password, by design: it resists guessing on special hardware better for it, and who watches
    /// this processor's caches meanwhile learns something. The first half does not (RFC 9106 §3.4.1.3).
    /// </remarks>
    public static void Argon2id(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int memoryKib, int passes, int lanes, Span<byte> key) =>
        Argon2id(CryptoProvider.Argon2id, password, salt, memoryKib, passes, lanes, key, CancellationToken.None);

    /// <summary>The same, and it can be given up: the managed implementation looks at the token about every millisecond.</summary>
    /// <param name="password">0 to 4,096 secret bytes.</param>
    /// <param name="salt">8 to 1,024 bytes.</param>
    /// <param name="memoryKib">8 times the lanes to 2,097,152 KiB.</param>
    /// <param name="passes">1 to 64.</param>
    /// <param name="lanes">1 to 64.</param>
    /// <param name="key">16 to 1,024 bytes, outside the inputs. Zeroed where the call throws after its checks.</param>
    /// <param name="cancellationToken">Ends the computation; its memory is zeroed all the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number or a length is out of its range.</exception>
    /// <exception cref="ArgumentException">The key overlaps an input.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="OutOfMemoryException">The system has no memory of that size.</exception>
    public static void Argon2id(
        ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int memoryKib, int passes, int lanes, Span<byte> key, CancellationToken cancellationToken) =>
        Argon2id(CryptoProvider.Argon2id, password, salt, memoryKib, passes, lanes, key, cancellationToken);

    internal static void Argon2id(
        IArgon2idProvider provider,
        ReadOnlySpan<byte> password,
        ReadOnlySpan<byte> salt,
        int memoryKib,
        int passes,
        int lanes,
        Span<byte> key,
        CancellationToken cancellationToken)
    {
        RequireBuffers(password, salt, key);
        RequireRange(lanes, 1, MaxLanes);
        RequireRange(memoryKib, MinMemoryKib * lanes, MaxMemoryKib);
        RequireRange(passes, 1, MaxPasses);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            provider.DeriveKey(password, salt, memoryKib, passes, lanes, key, cancellationToken);
        }
        catch
        {
            // Half a key must not be taken for one.
            CryptographicOperations.ZeroMemory(key);
            throw;
        }
    }

    private static void RequireBuffers(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> key)
    {
        RequireRange(password.Length, 0, MaxPasswordSizeBytes, nameof(password));
        RequireRange(salt.Length, MinSaltSizeBytes, MaxSaltSizeBytes, nameof(salt));
        RequireRange(key.Length, MinKeySizeBytes, MaxKeySizeBytes, nameof(key));
        if (key.Overlaps(password) || key.Overlaps(salt))
        {
            throw new ArgumentException("The key overlaps the password or the salt.", nameof(key));
        }
    }

    private static void RequireRange(int value, int min, int max, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < min || value > max)
        {
            ThrowRange(value, min, max, name);
        }
    }

    [DoesNotReturn]
    private static void ThrowRange(int value, int min, int max, string name) =>
        throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"Expected {min} to {max}."));
}
