using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>What is signed and hashed in a handshake of two machines (spec 20 §4, spec 06 rule 14). Pure.</summary>
public static class M2MText
{
    /// <summary>Length of a session id: 32 lower-case hex characters.</summary>
    public const int SessionIdLength = 32;

    /// <summary>Size of a nonce: 32 bytes, 64 lower-case hex characters.</summary>
    public const int NonceSizeBytes = 32;

    /// <summary>
    /// What a row's signature is over: <c>zeq/m2m/v1|verb|origin_id of signer|origin_id of peer|session_nonce|self_pubkey|peer_pubkey|ack_hash|ecdh_pub|kem</c>, a <c>-</c> where the row has none.
    /// </summary>
    /// <param name="verb"><c>propose</c>, <c>respond</c> or <c>key</c>.</param>
    /// <param name="signer">Who signs.</param>
    /// <param name="peer">The other one.</param>
    /// <param name="nonce">The handshake's, hex.</param>
    /// <param name="ackHash">The acknowledged row's state hash, or null.</param>
    /// <param name="ecdhPub">The signer's key of X25519, hex, or null.</param>
    /// <param name="kem">The key (in a proposal) or ciphertext (in the responder's <c>keyed</c>) of ML-KEM-768, base64url, or null.</param>
    public static string Signed(string verb, M2MParty signer, M2MParty peer, string nonce, string? ackHash, string? ecdhPub, string? kem)
    {
        ArgumentNullException.ThrowIfNull(signer);
        ArgumentNullException.ThrowIfNull(peer);
        return $"zeq/m2m/v1|{verb}|{signer.OriginId}|{peer.OriginId}|{nonce}|{signer.PublicKey}|{peer.PublicKey}|{ackHash ?? "-"}|{ecdhPub ?? "-"}|{kem ?? "-"}";
    }

    /// <summary>The session's name: the first 32 hex of SHA-256 of <c>zeq/m2m/v1|nonce|initiator_ecdh_pub|responder_ecdh_pub</c>.</summary>
    /// <param name="nonce">Hex.</param>
    /// <param name="initiatorEcdhPub">Hex.</param>
    /// <param name="responderEcdhPub">Hex.</param>
    public static string SessionId(string nonce, string initiatorEcdhPub, string responderEcdhPub) =>
        Sha256.HashHexUtf8($"zeq/m2m/v1|{nonce}|{initiatorEcdhPub}|{responderEcdhPub}")[..SessionIdLength];

    /// <summary>The salt of the session key: SHA-256 of both <c>keyed</c> rows' state hashes, the initiator's first, as raw bytes.</summary>
    /// <param name="initiatorKeyedHash">64 lower-case hex.</param>
    /// <param name="responderKeyedHash">64 lower-case hex.</param>
    /// <param name="salt32">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">A hash has not its form.</exception>
    public static void Salt(string initiatorKeyedHash, string responderKeyedHash, Span<byte> salt32)
    {
        Span<byte> both = stackalloc byte[2 * Sha256.HashSizeBytes];
        if (!Hex.TryDecode(initiatorKeyedHash, both[..Sha256.HashSizeBytes]) || !Hex.TryDecode(responderKeyedHash, both[Sha256.HashSizeBytes..]))
        {
            throw new ArgumentException("A state hash is 64 lower-case hex characters.");
        }

        Sha256.Hash(both, salt32);
    }

    internal static string Sign(string text, ReadOnlySpan<byte> seed)
    {
        Span<byte> signature = stackalloc byte[Ed25519.SignatureSizeBytes];
        Ed25519.Sign(Encoding.UTF8.GetBytes(text), seed, signature);
        return Hex.Encode(signature);
    }
}

/// <summary>
/// What follows from the two shared secrets of a handshake (spec 06 rule 14): <c>prk = HKDF-Extract(salt, x25519_shared || mlkem_shared)</c>, the session key, and a confirmation of each side. Not
/// thread-safe.
/// </summary>
internal sealed class M2MKeys : IDisposable
{
    private readonly byte[] _prk = GC.AllocateArray<byte>(Hkdf.PrkSizeBytes, pinned: true);
    private readonly byte[] _salt = new byte[Sha256.HashSizeBytes];
    private readonly string _sessionId;

    public M2MKeys(ReadOnlySpan<byte> curveSecret, ReadOnlySpan<byte> kemSecret, ReadOnlySpan<byte> salt, string sessionId)
    {
        Span<byte> ikm = stackalloc byte[X25519.SharedSecretSizeBytes + MLKem768.SharedSecretSizeBytes];
        curveSecret.CopyTo(ikm);
        kemSecret.CopyTo(ikm[X25519.SharedSecretSizeBytes..]);
        Hkdf.Extract(ikm, salt, _prk);
        CryptographicOperations.ZeroMemory(ikm);
        salt.CopyTo(_salt);
        _sessionId = sessionId;
    }

    public void SessionKey(Span<byte> key32) => Hkdf.Expand(_prk, Encoding.UTF8.GetBytes("zeq/m2m/session/v1|" + _sessionId), key32);

    /// <summary>HMAC-SHA256 of the salt under the side's own key, hex.</summary>
    public string Confirm(bool ofInitiator)
    {
        Span<byte> key = stackalloc byte[Hkdf.PrkSizeBytes];
        Span<byte> mac = stackalloc byte[HmacKey.MacSizeBytes];
        Hkdf.Expand(_prk, Encoding.UTF8.GetBytes($"zeq/m2m/confirm/v1|{(ofInitiator ? "initiator" : "responder")}|{_sessionId}"), key);
        using (var hmac = new HmacKey(key))
        {
            hmac.Compute(_salt, mac);
        }

        CryptographicOperations.ZeroMemory(key);
        return Hex.Encode(mac);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_prk);
}
