using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// First contact with a machine (ZeqKeyEx; spec 30 §1): a session whose records only this client and the machine's node can read. The node holds the machine's secret key: the channel ends there, not at the
/// machine's owner. There is no forward secrecy until the machine's pair is rotated. Who the machine is, the pin says, and nothing else.
/// </summary>
public sealed class KeyExchangeClient
{
    private readonly ZeqTransport _transport;

    internal KeyExchangeClient(ZeqTransport transport) => _transport = transport;

    /// <summary><c>GET /api/keyex/:slug/pubkey</c>: a machine's public key, as its home shows it. The fingerprint is recomputed here; whether it is the machine's, a pin tells.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ZeqUnreachableException">The answer is no key of ML-KEM-768, or its fingerprint is another one.</exception>
    public async Task<KeyExchangeKeyAnswer> GetKeyAsync(Slug slug, CancellationToken ct = default)
    {
        KeyExchangeKeyAnswer answer = await _transport.GetAsync($"api/keyex/{slug.Text}/pubkey", WireJson.Default.KeyExchangeKeyAnswer, ct).ConfigureAwait(false);
        PublicKeyOf(answer);
        return answer;
    }

    /// <summary>Exchanges keys with a machine, and believes the answer by its confirmation.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="pin">What is asked of its public key, before anything is sent.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>This side of the session; the caller's to dispose of, or its stream's.</returns>
    /// <exception cref="KeyExchangeException">The key is not the pinned one, or the confirmation does not hold.</exception>
    /// <exception cref="ZeqApiException">The home refuses.</exception>
    /// <exception cref="ZeqUnreachableException">The home gives no answer of this protocol.</exception>
    public async Task<KeyExchangeSession> HandshakeAsync(Slug slug, PinPolicy pin, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(pin);
        KeyExchangeKeyAnswer key = await GetKeyAsync(slug, ct).ConfigureAwait(false);
        Require(KeyExchangeInitiator.TryBegin(slug, PublicKeyOf(key), pin, out KeyExchangeInitiator? initiator));
        using (initiator)
        {
            KeyExchangeHandshakeAnswer answer = await _transport.SendAsync(
                HttpMethod.Post, $"api/keyex/{slug.Text}/handshake", new KeyExchangeHandshakeRequest(Base64UrlText.Encode(initiator!.CipherText.Span)),
                WireJson.Default.KeyExchangeHandshakeRequest, Repeat.Safe, null, WireJson.Default.KeyExchangeHandshakeAnswer, ct).ConfigureAwait(false);
            byte[] salt = new byte[KeyExchange.SaltSizeBytes], confirmation = new byte[RecordSealer.MaxRecordSizeBytes];
            if (!Hex.TryDecode(answer.ResponderSalt, salt) || !Base64UrlText.TryDecode(answer.Confirmation, confirmation, out int size))
            {
                throw ZeqTransport.Nonsense("The answer is not one of a key exchange.");
            }

            Require(initiator.TryConfirm(salt, answer.SessionId, confirmation.AsSpan(0, size), out KeyExchangeSession? session));
            return session!;
        }
    }

    /// <summary><c>POST /api/keyex/:slug/rotate</c>: replaces a machine's pair; for its owner's account key. The old seed is erased, sessions run out.</summary>
    /// <param name="slug">The machine.</param>
    /// <param name="idempotencyKey">Settles an earlier call whose outcome is unknown; null makes a new one.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<KeyExchangeKeyAnswer> RotateAsync(Slug slug, string? idempotencyKey = null, CancellationToken ct = default)
    {
        KeyExchangeKeyAnswer answer = await _transport.SendAsync(
            HttpMethod.Post, $"api/keyex/{slug.Text}/rotate", null, Repeat.WithKey, idempotencyKey, WireJson.Default.KeyExchangeKeyAnswer, ct).ConfigureAwait(false);
        PublicKeyOf(answer);
        return answer;
    }

    private static byte[] PublicKeyOf(KeyExchangeKeyAnswer answer)
    {
        byte[] key = new byte[MLKem768.EncapsulationKeySizeBytes];
        return Base64UrlText.TryDecode(answer.PublicKey, key, out int written) && MLKem768.IsValidEncapsulationKey(key.AsSpan(0, written))
            && string.Equals(KeyExchange.Fingerprint(key), answer.Fingerprint, StringComparison.Ordinal)
            ? key : throw ZeqTransport.Nonsense("The home shows a public key that is none, or of another fingerprint.");
    }

    private static void Require(KeyExchangeStatus status)
    {
        if (status != KeyExchangeStatus.Ok)
        {
            throw new KeyExchangeException(status);
        }
    }
}
