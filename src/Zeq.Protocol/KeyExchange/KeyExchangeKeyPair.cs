using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>A responder's key pair, and its side of the exchange (spec 30 §1). Thread-safe; erasing it waits for answers that are being made.</summary>
public sealed class KeyExchangeKeyPair : IDisposable
{
    private readonly byte[] _publicKey = new byte[MLKem768.EncapsulationKeySizeBytes];
    private readonly byte[] _decapsulationKey = GC.AllocateArray<byte>(MLKem768.DecapsulationKeySizeBytes, pinned: true);
    private readonly Lock _lock = new();
    private bool _isDisposed;

    /// <summary>The pair of a seed.</summary>
    /// <param name="seed64">Exactly 64 secret bytes; the caller zeroes its copy.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public KeyExchangeKeyPair(ReadOnlySpan<byte> seed64)
    {
        MLKem768.GenerateKey(seed64, _publicKey, _decapsulationKey);
        Fingerprint = KeyExchange.Fingerprint(_publicKey);
    }

    /// <summary>The public key, 1,184 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey => _publicKey;

    /// <summary>Its name, 64 lower-case hex.</summary>
    public string Fingerprint { get; }

    /// <summary>
    /// Answers a ciphertext with a fresh salt, so that a repeated ciphertext is another session with other keys. One that was made for another key, or changed, is answered too: the confirmation then
    /// opens for nobody.
    /// </summary>
    /// <param name="slug">The responder's machine.</param>
    /// <param name="cipherText">From outside, any length.</param>
    /// <param name="zeqond">Now.</param>
    /// <param name="answer">The answer and the session, where the status is Ok.</param>
    /// <returns>Ok or <see cref="KeyExchangeStatus.InvalidCipherText"/>.</returns>
    /// <exception cref="ObjectDisposedException">The pair is erased.</exception>
    public KeyExchangeStatus TryAnswer(Slug slug, ReadOnlySpan<byte> cipherText, Zeqond zeqond, out KeyExchangeAnswer? answer)
    {
        Span<byte> salt = stackalloc byte[KeyExchange.SaltSizeBytes];
        RandomNumberGenerator.Fill(salt);
        return TryAnswer(slug, cipherText, zeqond, salt, RecordKeyChain.DefaultRecordsPerKey, out answer);
    }

    /// <summary>Erases the secret key.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            CryptographicOperations.ZeroMemory(_decapsulationKey);
        }
    }

    internal KeyExchangeStatus TryAnswer(
        Slug slug, ReadOnlySpan<byte> cipherText, Zeqond zeqond, ReadOnlySpan<byte> salt, ulong recordsPerKey, out KeyExchangeAnswer? answer)
    {
        answer = null;
        Span<byte> secret = stackalloc byte[MLKem768.SharedSecretSizeBytes];
        Span<byte> recordKey = stackalloc byte[KeyExchange.RecordKeySizeBytes];
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                if (!MLKem768.TryDecapsulate(_decapsulationKey, cipherText, secret))
                {
                    return KeyExchangeStatus.InvalidCipherText;
                }
            }

            string sessionId = KeyExchange.SessionId(_publicKey, cipherText, salt);
            KeyExchange.DeriveRecordKey(secret, _publicKey, cipherText, salt, slug, recordKey);
            var sealer = new RecordSealer(recordKey, RecordDirection.ResponderToInitiator, sessionId, recordsPerKey);
            var opener = new RecordOpener(recordKey, RecordDirection.InitiatorToResponder, sessionId, recordsPerKey);
            byte[] text = KeyExchange.Confirmation(Fingerprint, sessionId, slug, zeqond);
            byte[] confirmation = new byte[text.Length + RecordSealer.OverheadBytes];
            sealer.Seal(RecordKind.Data, text, confirmation);
            answer = new KeyExchangeAnswer(salt.ToArray(), confirmation, new KeyExchangeSession(sessionId, slug, Fingerprint, zeqond, isAuthenticated: false, sealer, opener));
            return KeyExchangeStatus.Ok;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(recordKey);
        }
    }
}
