using System.Buffers.Binary;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>
/// The cookies of a responder under load (spec 51 §4, §6): a MAC of the sender's address under a secret that is new every 120 s, so that only who receives at an address
/// makes work from it. The secret before the current one still counts, or a cookie could be void as it arrives. Thread-safe.
/// </summary>
internal sealed class CookieMint : IDisposable
{
    public const long SecretAgeMs = 120_000;

    private const int SecretSizeBytes = 32;
    private readonly byte[] _secrets = GC.AllocateArray<byte>(2 * SecretSizeBytes, pinned: true);
    private readonly TunnelClock _clock;
    private readonly Lock _lock = new();
    private long _madeMs;

    public CookieMint(TunnelClock clock)
    {
        _clock = clock;
        RandomNumberGenerator.Fill(_secrets);
        _madeMs = clock.NowMs;
    }

    /// <summary>mac2: the first half of a MAC under the cookie over all before it.</summary>
    public static void WriteMac(ReadOnlySpan<byte> cookie, Span<byte> init, int at)
    {
        Span<byte> mac = stackalloc byte[HandshakeLayout.MacSizeBytes];
        HMACSHA256.HashData(cookie, init[..at], mac);
        mac[..HandshakeLayout.ShortMacSizeBytes].CopyTo(init[at..]);
    }

    public static bool TryOpen(TunnelSecrets secrets, ReadOnlySpan<byte> packet, ReadOnlySpan<byte> mac1, Span<byte> cookie)
    {
        Span<byte> aad = stackalloc byte[HandshakeLayout.CookieHeadSizeBytes + HandshakeLayout.MacSizeBytes];
        packet[..HandshakeLayout.CookieHeadSizeBytes].CopyTo(aad);
        mac1.CopyTo(aad[HandshakeLayout.CookieHeadSizeBytes..]);
        using var cipher = new AeadCipher(secrets.CookieKey);
        return cipher.TryOpen(packet.Slice(HandshakeLayout.CookieNonceAt, AeadCipher.NonceSizeBytes), packet[HandshakeLayout.CookieBoxAt..], cookie, aad);
    }

    /// <summary>Whether an init carries a cookie that was given to this address.</summary>
    public bool IsPaid(ReadOnlySpan<byte> init, TunnelSuite suite, in PeerAddress from)
    {
        int at = HandshakeLayout.InitCookieMacAt(suite);
        Span<byte> cookie = stackalloc byte[HandshakeLayout.CookieValueSizeBytes];
        Span<byte> mac = stackalloc byte[HandshakeLayout.MacSizeBytes];
        bool isPaid = false;
        for (int age = 0; age < 2; age++)
        {
            Bake(from, age, cookie);
            HMACSHA256.HashData(cookie, init[..at], mac);
            isPaid |= ConstantTime.AreEqual(mac[..HandshakeLayout.ShortMacSizeBytes], init.Slice(at, HandshakeLayout.ShortMacSizeBytes));
        }

        CryptographicOperations.ZeroMemory(cookie);
        CryptographicOperations.ZeroMemory(mac);
        return isPaid;
    }

    /// <summary>The answer to an init that is authentic and has to pay first.</summary>
    /// <param name="secrets">The tunnel's.</param>
    /// <param name="init">Authentic by its first MAC.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="packet">52 bytes.</param>
    public void Write(TunnelSecrets secrets, ReadOnlySpan<byte> init, in PeerAddress from, Span<byte> packet)
    {
        packet.Clear();
        packet[0] = DataHeader.TypeCookie;
        BinaryPrimitives.WriteUInt32LittleEndian(packet[HandshakeLayout.CookieReceiverAt..], HandshakeLayout.Sender(init));
        Span<byte> nonce = packet.Slice(HandshakeLayout.CookieNonceAt, AeadCipher.NonceSizeBytes);
        RandomNumberGenerator.Fill(nonce);
        Span<byte> cookie = stackalloc byte[HandshakeLayout.CookieValueSizeBytes];
        Bake(from, 0, cookie);
        Span<byte> aad = stackalloc byte[HandshakeLayout.CookieHeadSizeBytes + HandshakeLayout.MacSizeBytes];
        packet[..HandshakeLayout.CookieHeadSizeBytes].CopyTo(aad);
        init.Slice(HandshakeLayout.InitMacAt(secrets.Suite), HandshakeLayout.MacSizeBytes).CopyTo(aad[HandshakeLayout.CookieHeadSizeBytes..]);
        using var cipher = new AeadCipher(secrets.CookieKey);
        cipher.Seal(nonce, cookie, packet[HandshakeLayout.CookieBoxAt..], aad);
        CryptographicOperations.ZeroMemory(cookie);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_secrets);

    /// <param name="from">The sender's address.</param>
    /// <param name="age">0 under the current secret, 1 under the one before.</param>
    /// <param name="cookie">16 bytes.</param>
    private void Bake(in PeerAddress from, int age, Span<byte> cookie)
    {
        Span<byte> address = stackalloc byte[PeerAddress.MaxBytes];
        int size = from.WriteBytes(address);
        Span<byte> mac = stackalloc byte[HandshakeLayout.MacSizeBytes];
        lock (_lock)
        {
            while (_clock.NowMs - _madeMs >= SecretAgeMs)
            {
                _secrets.AsSpan(0, SecretSizeBytes).CopyTo(_secrets.AsSpan(SecretSizeBytes));
                RandomNumberGenerator.Fill(_secrets.AsSpan(0, SecretSizeBytes));

                // After a long sleep the one before is as old as it would be had it been made in time.
                _madeMs = Math.Max(_madeMs + SecretAgeMs, _clock.NowMs - (2 * SecretAgeMs));
            }

            HMACSHA256.HashData(_secrets.AsSpan(age * SecretSizeBytes, SecretSizeBytes), address[..size], mac);
        }

        mac[..HandshakeLayout.CookieValueSizeBytes].CopyTo(cookie);
    }
}
