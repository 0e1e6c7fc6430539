using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// A key of HMAC-SHA-256 (RFC 2104, FIPS 198-1) for any number of messages. Thread-safe. The key is copied into pinned memory,
/// so that no copy is left behind by the garbage collector, and zeroed by <see cref="Dispose"/>.
/// </summary>
public sealed class HmacKey : IDisposable
{
    /// <summary>Size of a MAC: 32 bytes.</summary>
    public const int MacSizeBytes = 32;

    private readonly byte[] _key;
    private volatile bool _disposed;

    /// <summary>Copies the key.</summary>
    /// <param name="key">Any length; 32 bytes is the usual one.</param>
    public HmacKey(ReadOnlySpan<byte> key)
    {
        _key = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        key.CopyTo(_key);
    }

    /// <summary>Computes the MAC of <paramref name="message"/>.</summary>
    /// <param name="message">Any number of bytes.</param>
    /// <param name="mac32">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="mac32"/> is not 32 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed of.</exception>
    public void Compute(ReadOnlySpan<byte> message, Span<byte> mac32)
    {
        Require.Length(mac32.Length, MacSizeBytes, nameof(mac32));
        ObjectDisposedException.ThrowIf(_disposed, this);
        HMACSHA256.HashData(_key, message, mac32);

        // A Dispose that ran meanwhile may have zeroed the key under the computation: such a MAC must not leave.
        Volatile.ReadBarrier();
        if (_disposed)
        {
            mac32.Clear();
            throw new ObjectDisposedException(nameof(HmacKey));
        }
    }

    /// <summary>Computes the MAC of the UTF-8 bytes of <paramref name="message"/>: 64 lower-case hex characters.</summary>
    /// <param name="message">Well-formed UTF-16.</param>
    /// <exception cref="ArgumentException"><paramref name="message"/> holds a lone surrogate.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed of.</exception>
    public string ComputeHexUtf8(ReadOnlySpan<char> message)
    {
        using var utf8 = new Utf8Scratch(message, stackalloc byte[Utf8Scratch.StackSizeBytes]);
        if (!utf8.IsValid)
        {
            throw new ArgumentException("The message holds a lone surrogate.", nameof(message));
        }

        Span<byte> mac = stackalloc byte[MacSizeBytes];
        Compute(utf8.Bytes, mac);
        return Hex.Encode(mac);
    }

    /// <summary>Whether <paramref name="mac"/> is the MAC of <paramref name="message"/>; compared in constant time.</summary>
    /// <param name="message">Any number of bytes.</param>
    /// <param name="mac">A MAC from outside; any length but 32 bytes is false (no truncated MACs).</param>
    /// <exception cref="ObjectDisposedException">The key was disposed of.</exception>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> mac)
    {
        Span<byte> expected = stackalloc byte[MacSizeBytes];
        Compute(message, expected);
        var equal = ConstantTime.AreEqual(expected, mac);

        // The right MAC of a forged message must not stay behind on the stack.
        CryptographicOperations.ZeroMemory(expected);
        return equal;
    }

    /// <summary>Whether <paramref name="macHex"/> is the MAC of the UTF-8 bytes of <paramref name="message"/>; compared in constant time.</summary>
    /// <param name="message">Text from outside; a lone surrogate is false.</param>
    /// <param name="macHex">64 lower-case hex characters from outside; anything else is false.</param>
    /// <exception cref="ObjectDisposedException">The key was disposed of.</exception>
    public bool VerifyHexUtf8(ReadOnlySpan<char> message, ReadOnlySpan<char> macHex)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> mac = stackalloc byte[MacSizeBytes];
        if (!Hex.TryDecode(macHex, mac))
        {
            return false;
        }

        using var utf8 = new Utf8Scratch(message, stackalloc byte[Utf8Scratch.StackSizeBytes]);
        return utf8.IsValid && Verify(utf8.Bytes, mac);
    }

    /// <summary>Zeroes the key. May be called more than once.</summary>
    public void Dispose()
    {
        _disposed = true;
        Thread.MemoryBarrier();
        CryptographicOperations.ZeroMemory(_key);
    }
}
