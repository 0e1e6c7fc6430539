using System.Buffers.Binary;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>One init and what its sender keeps until the response (spec 51 §4, §5, §7): everything in it is fresh. Not thread-safe; zeroed by <see cref="Dispose"/>.</summary>
internal sealed class InitiatorAttempt : IDisposable
{
    private const int KeySizeBytes = 32;

    private readonly TunnelSecrets _secrets;
    private readonly byte[] _init;

    // The ephemeral private key and ss_r.
    private readonly byte[] _secret = GC.AllocateArray<byte>(2 * KeySizeBytes, pinned: true);
    private readonly byte[] _h1 = new byte[Sha256.HashSizeBytes];

    /// <param name="secrets">The tunnel's; it outlives the attempt.</param>
    /// <param name="index">Ours, not zero and unused.</param>
    /// <param name="stamp">Greater than every one before.</param>
    /// <param name="cookie">A cookie that is still good, or empty.</param>
    /// <param name="randomness">The operating system's, except in known answers.</param>
    public InitiatorAttempt(TunnelSecrets secrets, uint index, ulong stamp, ReadOnlySpan<byte> cookie, IHandshakeRandomness randomness)
    {
        _secrets = secrets;
        Index = index;
        TunnelSuite suite = secrets.Suite;
        _init = new byte[HandshakeLayout.Size(suite)];
        _init[0] = DataHeader.TypeInit;
        _init[1] = (byte)suite;
        BinaryPrimitives.WriteUInt32LittleEndian(_init.AsSpan(HandshakeLayout.SenderAt), index);
        BinaryPrimitives.WriteUInt64BigEndian(_init.AsSpan(HandshakeLayout.InitLocatorAt), secrets.Locator);
        BinaryPrimitives.WriteUInt64BigEndian(_init.AsSpan(HandshakeLayout.StampAt), stamp);
        randomness.Fill(_secret.AsSpan(0, KeySizeBytes));
        X25519.GetPublicKey(_secret.AsSpan(0, KeySizeBytes), _init.AsSpan(HandshakeLayout.EphemeralAt, KeySizeBytes));
        if (suite == TunnelSuite.Hybrid)
        {
            randomness.Encapsulate(secrets.PeerEncapsulationKey, _init.AsSpan(HandshakeLayout.CipherTextAt, MLKem768.CipherTextSizeBytes), _secret.AsSpan(KeySizeBytes));
        }

        int macAt = HandshakeLayout.InitMacAt(suite);
        HandshakeLayout.WriteMac(secrets.MacInitiator, _init, macAt);
        if (!cookie.IsEmpty)
        {
            CookieMint.WriteMac(cookie, _init, HandshakeLayout.InitCookieMacAt(suite));
        }

        SessionSecrets.Mix(secrets.Transcript, _init, suite, _h1);
    }

    public uint Index { get; }

    public ReadOnlySpan<byte> Init => _init;

    /// <summary>Checks a response and derives the session. A response that fails is dropped, and the attempt keeps waiting.</summary>
    /// <param name="response">From outside, of the shape of a response.</param>
    /// <returns>Null where it is not the answer to this init by the holder of the keys.</returns>
    public SessionSecrets? Complete(ReadOnlySpan<byte> response)
    {
        TunnelSuite suite = _secrets.Suite;
        if (response[1] != (byte)suite || BinaryPrimitives.ReadUInt32LittleEndian(response[HandshakeLayout.ResponseReceiverAt..]) != Index
            || !HandshakeLayout.VerifyMac(_secrets.MacResponder, response, HandshakeLayout.ResponseMacAt(suite)))
        {
            return null;
        }

        Span<byte> shared = stackalloc byte[3 * KeySizeBytes];
        shared.Clear();
        _secret.AsSpan(KeySizeBytes).CopyTo(shared[KeySizeBytes..]);
        SessionSecrets? session = null;
        if (X25519.TryAgree(_secret.AsSpan(0, KeySizeBytes), response.Slice(HandshakeLayout.EphemeralAt, KeySizeBytes), shared[..KeySizeBytes])
            && (suite == TunnelSuite.Classic
                || MLKem768.TryDecapsulate(_secrets.DecapsulationKey, response.Slice(HandshakeLayout.CipherTextAt, MLKem768.CipherTextSizeBytes), shared[(2 * KeySizeBytes)..])))
        {
            Span<byte> h2 = stackalloc byte[Sha256.HashSizeBytes];
            SessionSecrets.Mix(_h1, response, suite, h2);
            session = SessionSecrets.Derive(_secrets, h2, shared);
            if (!ConstantTime.AreEqual(session.Confirm, response.Slice(HandshakeLayout.ConfirmAt(suite), HandshakeLayout.ConfirmSizeBytes)))
            {
                session.Dispose();
                session = null;
            }
        }

        CryptographicOperations.ZeroMemory(shared);
        return session;
    }

    /// <summary>Reads the cookie of a cookie packet for this init.</summary>
    /// <param name="packet">From outside, of the shape of a cookie packet.</param>
    /// <param name="cookie">16 bytes.</param>
    public bool TryReadCookie(ReadOnlySpan<byte> packet, Span<byte> cookie) =>
        BinaryPrimitives.ReadUInt32LittleEndian(packet[HandshakeLayout.CookieReceiverAt..]) == Index
        && CookieMint.TryOpen(_secrets, packet, _init.AsSpan(HandshakeLayout.InitMacAt(_secrets.Suite), HandshakeLayout.MacSizeBytes), cookie);

    public void Dispose() => CryptographicOperations.ZeroMemory(_secret);
}
