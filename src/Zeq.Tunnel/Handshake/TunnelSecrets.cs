using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>
/// What one side of a tunnel knows before the first packet (spec 51 §1 to §3): its role, the suite, the shared key K, the ML-KEM keys of suite 2, and what follows from them
/// alone. Secrets lie in pinned memory and are zeroed by <see cref="Dispose"/>. Thread-safe.
/// </summary>
public sealed class TunnelSecrets : IDisposable
{
    /// <summary>Size of the shared key K: 32 bytes.</summary>
    public const int KeySizeBytes = 32;

    /// <summary>Size of a tunnel's id: 16 bytes, a UUID in the order of RFC 9562.</summary>
    public const int TunnelIdSizeBytes = 16;

    private const int MacSizeBytes = 32;
    private const int KeyAt = 0;
    private const int MacInitiatorAt = 32;
    private const int MacResponderAt = 64;
    private const int CookieAt = 96;
    private const int RootAt = 128;
    private const int FixedSizeBytes = 160;

    // K, mk_i, mk_r, ck, P, and our decapsulation key.
    private readonly byte[] _secret;
    private readonly byte[] _peerKey;
    private readonly byte[] _transcript = new byte[Sha256.HashSizeBytes];
    private readonly IDisposable? _claim;
    private volatile bool _disposed;

    private TunnelSecrets(TunnelRole role, TunnelSuite suite, ReadOnlySpan<byte> key32, ReadOnlySpan<byte> context, ReadOnlySpan<byte> ownKey, ReadOnlySpan<byte> peerKey, IDisposable? claim)
    {
        Role = role;
        Suite = suite;
        _claim = claim;
        _peerKey = peerKey.ToArray();
        _secret = GC.AllocateUninitializedArray<byte>(FixedSizeBytes + ownKey.Length, pinned: true);
        key32.CopyTo(_secret);
        ownKey.CopyTo(_secret.AsSpan(FixedSizeBytes));

        Span<byte> text = stackalloc byte[TunnelLabels.Transcript.Length + 1 + context.Length];
        int end = Join(TunnelLabels.Salt, suite, context, text);
        Span<byte> salt = stackalloc byte[Sha256.HashSizeBytes];
        Sha256.Hash(text[..end], salt);
        Span<byte> root = _secret.AsSpan(RootAt, Hkdf.PrkSizeBytes);
        Hkdf.Extract(key32, salt, root);
        Hkdf.Expand(root, TunnelLabels.MacInitiator, _secret.AsSpan(MacInitiatorAt, MacSizeBytes));
        Hkdf.Expand(root, TunnelLabels.MacResponder, _secret.AsSpan(MacResponderAt, MacSizeBytes));
        Hkdf.Expand(root, TunnelLabels.Cookie, _secret.AsSpan(CookieAt, MacSizeBytes));
        Span<byte> locator = stackalloc byte[MacSizeBytes];
        Hkdf.Expand(root, TunnelLabels.Locator, locator);
        Locator = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(locator);
        end = Join(TunnelLabels.Transcript, suite, context, text);
        Sha256.Hash(text[..end], _transcript);
    }

    /// <summary>This side's role.</summary>
    public TunnelRole Role { get; }

    /// <summary>The suite of every handshake of this tunnel.</summary>
    public TunnelSuite Suite { get; }

    /// <summary>What an init says of the tunnel that it is for: the first 8 bytes of its derived locator, as a big-endian number.</summary>
    public ulong Locator { get; }

    /// <summary>Whether the broker that made K could read this tunnel by posing as a side: true for suite 1 (spec 06 rule 2).</summary>
    public bool IsReadableByBroker => Suite == TunnelSuite.Classic;

    internal ReadOnlySpan<byte> Key => Alive(KeyAt);

    internal ReadOnlySpan<byte> MacInitiator => Alive(MacInitiatorAt);

    internal ReadOnlySpan<byte> MacResponder => Alive(MacResponderAt);

    internal ReadOnlySpan<byte> CookieKey => Alive(CookieAt);

    internal ReadOnlySpan<byte> Root => Alive(RootAt);

    internal ReadOnlySpan<byte> DecapsulationKey => Alive(FixedSizeBytes, _secret.Length - FixedSizeBytes);

    internal ReadOnlySpan<byte> PeerEncapsulationKey => _peerKey;

    /// <summary>h0, which binds suite, tunnel and both bundles into every session.</summary>
    internal ReadOnlySpan<byte> Transcript => _transcript;

    /// <summary>
    /// A tunnel without a broker (<c>zeq tunnel static</c>): suite 1, the id from K, no bundles. Two from one K in one process are refused (spec 06 rule 19); disposing of one frees its K.
    /// </summary>
    /// <param name="role">This side's role.</param>
    /// <param name="key32">K, exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    /// <exception cref="InvalidOperationException">A tunnel of this K is there already.</exception>
    public static TunnelSecrets CreateStatic(TunnelRole role, ReadOnlySpan<byte> key32) => CreateStatic(role, key32, isClaimed: true);

    internal static TunnelSecrets CreateStatic(TunnelRole role, ReadOnlySpan<byte> key32, bool isClaimed)
    {
        Require(key32.Length, KeySizeBytes, nameof(key32));
        Span<byte> text = stackalloc byte[TunnelLabels.StaticId.Length + KeySizeBytes];
        TunnelLabels.StaticId.CopyTo(text);
        key32.CopyTo(text[TunnelLabels.StaticId.Length..]);
        Span<byte> context = stackalloc byte[ContextSizeBytes];
        context.Clear();
        Span<byte> id = stackalloc byte[Sha256.HashSizeBytes];
        Sha256.Hash(text, id);
        CryptographicOperations.ZeroMemory(text);
        id[..TunnelIdSizeBytes].CopyTo(context);
        return new TunnelSecrets(role, TunnelSuite.Classic, key32, context, [], [], isClaimed ? StaticClaims.Take(id) : null);
    }

    /// <summary>A tunnel that a broker arranged.</summary>
    /// <param name="role">This side's role.</param>
    /// <param name="suite">The suite that both bundles name.</param>
    /// <param name="tunnelId">The tunnel's id.</param>
    /// <param name="key32">K, exactly 32 bytes.</param>
    /// <param name="bundleInitiator">B_i as it was signed, or empty.</param>
    /// <param name="bundleResponder">B_r as it was signed, or empty.</param>
    /// <param name="decapsulationKey">Our ML-KEM-768 decapsulation key in suite 2, otherwise empty.</param>
    /// <param name="peerEncapsulationKey">The peer's ML-KEM-768 encapsulation key of its bundle in suite 2, otherwise empty.</param>
    /// <exception cref="ArgumentException">A wrong length, keys that the suite does not have, or an encapsulation key that fails the check of FIPS 203 §7.2.</exception>
    public static TunnelSecrets Create(
        TunnelRole role,
        TunnelSuite suite,
        Guid tunnelId,
        ReadOnlySpan<byte> key32,
        ReadOnlySpan<byte> bundleInitiator,
        ReadOnlySpan<byte> bundleResponder,
        ReadOnlySpan<byte> decapsulationKey,
        ReadOnlySpan<byte> peerEncapsulationKey)
    {
        Require(key32.Length, KeySizeBytes, nameof(key32));
        Require(decapsulationKey.Length, suite == TunnelSuite.Hybrid ? MLKem768.DecapsulationKeySizeBytes : 0, nameof(decapsulationKey));
        if (suite == TunnelSuite.Hybrid ? !MLKem768.IsValidEncapsulationKey(peerEncapsulationKey) : !peerEncapsulationKey.IsEmpty)
        {
            throw new ArgumentException("Not an encapsulation key of ML-KEM-768, or one where the suite has none.", nameof(peerEncapsulationKey));
        }

        if (suite is not (TunnelSuite.Classic or TunnelSuite.Hybrid))
        {
            throw new ArgumentException("No such suite.", nameof(suite));
        }

        Span<byte> context = stackalloc byte[ContextSizeBytes];
        context.Clear();
        tunnelId.TryWriteBytes(context, bigEndian: true, out _);
        HashOrZero(bundleInitiator, context.Slice(TunnelIdSizeBytes, Sha256.HashSizeBytes));
        HashOrZero(bundleResponder, context[(TunnelIdSizeBytes + Sha256.HashSizeBytes)..]);
        return new TunnelSecrets(role, suite, key32, context, decapsulationKey, peerEncapsulationKey, null);
    }

    /// <summary>Zeroes the secrets. May be called more than once.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_secret);
            _claim?.Dispose();
        }
    }

    private const int ContextSizeBytes = TunnelIdSizeBytes + (2 * Sha256.HashSizeBytes);

    private static void HashOrZero(ReadOnlySpan<byte> bundle, Span<byte> hash)
    {
        if (!bundle.IsEmpty)
        {
            Sha256.Hash(bundle, hash);
        }
    }

    private static int Join(ReadOnlySpan<byte> label, TunnelSuite suite, ReadOnlySpan<byte> context, Span<byte> text)
    {
        label.CopyTo(text);
        text[label.Length] = (byte)suite;
        context.CopyTo(text[(label.Length + 1)..]);
        return label.Length + 1 + context.Length;
    }

    private static void Require(int actual, int expected, string name)
    {
        if (actual != expected)
        {
            throw new ArgumentException($"Expected {expected} bytes, got {actual}.", name);
        }
    }

    private ReadOnlySpan<byte> Alive(int at, int length = MacSizeBytes)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _secret.AsSpan(at, length);
    }
}
