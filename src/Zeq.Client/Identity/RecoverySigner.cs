using System.Security.Cryptography;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// The Ed25519 key of 24 recovery words (spec 00, "Who calls"). It signs requests that name the dialled origin. Not thread-safe;
/// <see cref="Dispose"/> zeroes the seed.
/// </summary>
public sealed class RecoverySigner : IDisposable
{
    private readonly byte[] _seed = GC.AllocateArray<byte>(Ed25519.SeedSizeBytes, pinned: true);
    private readonly byte[] _publicKey = new byte[Ed25519.PublicKeySizeBytes];
    private bool _disposed;

    /// <summary>Derives the key; the words may be disposed of afterwards.</summary>
    public RecoverySigner(RecoveryWords words)
    {
        ArgumentNullException.ThrowIfNull(words);
        words.DeriveEd25519Seed(_seed);
        Ed25519.GetPublicKey(_seed, _publicKey);
    }

    /// <summary>The public key, 64 lower-case hex.</summary>
    public string PublicKeyHex => Hex.Encode(_publicKey);

    /// <summary>The ZID that a registration with this key gets, at any home.</summary>
    public Zid Zid => RegisterIdentity.ZidOf(_publicKey);

    /// <summary>The signature over a message, 128 lower-case hex.</summary>
    /// <exception cref="ObjectDisposedException">The key is gone.</exception>
    public string SignHex(ReadOnlySpan<byte> message)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> signature = stackalloc byte[Ed25519.SignatureSizeBytes];
        Ed25519.Sign(message, _seed, signature);
        return Hex.Encode(signature);
    }

    /// <summary>Names the type and never the seed.</summary>
    public override string ToString() => nameof(RecoverySigner);

    /// <summary>Zeroes the seed. May be called again.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_seed);
        _disposed = true;
    }
}
