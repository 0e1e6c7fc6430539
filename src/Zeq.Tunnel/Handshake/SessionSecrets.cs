using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Tunnel;

/// <summary>What a handshake ends in (spec 51 §5): the first links of both chains, and what the response confirms. Zeroed by <see cref="Dispose"/>.</summary>
internal sealed class SessionSecrets : IDisposable
{
    private const int LinkSizeBytes = 32;
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>((2 * LinkSizeBytes) + HandshakeLayout.ConfirmSizeBytes, pinned: true);

    public ReadOnlySpan<byte> InitiatorToResponder => _bytes.AsSpan(0, LinkSizeBytes);

    public ReadOnlySpan<byte> ResponderToInitiator => _bytes.AsSpan(LinkSizeBytes, LinkSizeBytes);

    public ReadOnlySpan<byte> Confirm => _bytes.AsSpan(2 * LinkSizeBytes);

    /// <summary>h1 or h2: the hash before, and a packet up to the end of the transcript in it.</summary>
    public static void Mix(ReadOnlySpan<byte> before, ReadOnlySpan<byte> packet, TunnelSuite suite, Span<byte> hash)
    {
        Span<byte> text = stackalloc byte[Sha256.HashSizeBytes + HandshakeLayout.HybridSizeBytes];
        int end = HandshakeLayout.TranscriptEnd(suite);
        before.CopyTo(text);
        packet[..end].CopyTo(text[before.Length..]);
        Sha256.Hash(text[..(before.Length + end)], hash);
    }

    /// <param name="secrets">The tunnel's.</param>
    /// <param name="h2">The hash of the whole transcript.</param>
    /// <param name="shared">ss_ee, ss_r, ss_i: 96 bytes, zeros where the suite has none.</param>
    /// <param name="prk">Where the pseudo-random key is wanted too, by known answers: 32 bytes; otherwise empty.</param>
    public static SessionSecrets Derive(TunnelSecrets secrets, ReadOnlySpan<byte> h2, ReadOnlySpan<byte> shared, Span<byte> prk = default)
    {
        var session = new SessionSecrets();
        Span<byte> ikm = stackalloc byte[TunnelSecrets.KeySizeBytes + shared.Length];
        Span<byte> own = stackalloc byte[Hkdf.PrkSizeBytes];
        Span<byte> mac = stackalloc byte[HandshakeLayout.MacSizeBytes];
        secrets.Key.CopyTo(ikm);
        shared.CopyTo(ikm[TunnelSecrets.KeySizeBytes..]);
        Hkdf.Extract(ikm, h2, own);
        own[..prk.Length].CopyTo(prk);
        Hkdf.Expand(own, TunnelLabels.ConfirmResponder, mac);
        HMACSHA256.HashData(mac, h2, mac);
        mac[..HandshakeLayout.ConfirmSizeBytes].CopyTo(session._bytes.AsSpan(2 * LinkSizeBytes));
        Hkdf.Expand(own, TunnelLabels.InitiatorToResponder, session._bytes.AsSpan(0, LinkSizeBytes));
        Hkdf.Expand(own, TunnelLabels.ResponderToInitiator, session._bytes.AsSpan(LinkSizeBytes, LinkSizeBytes));
        CryptographicOperations.ZeroMemory(ikm);
        CryptographicOperations.ZeroMemory(own);
        CryptographicOperations.ZeroMemory(mac);
        return session;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
