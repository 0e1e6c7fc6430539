using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>An initiator's side of the exchange (spec 30 §1): it checks the pin, makes the ciphertext, and believes the answer only by its confirmation. Not thread-safe.</summary>
public sealed class KeyExchangeInitiator : IDisposable
{
    private readonly Slug _slug;
    private readonly bool _isAuthenticated;
    private readonly byte[] _publicKey;
    private readonly byte[] _cipherText = new byte[MLKem768.CipherTextSizeBytes];
    private readonly byte[] _secret = GC.AllocateArray<byte>(MLKem768.SharedSecretSizeBytes, pinned: true);
    private bool _isDone;

    private KeyExchangeInitiator(Slug slug, byte[] publicKey, string fingerprint, bool isAuthenticated)
    {
        (_slug, _publicKey, Fingerprint, _isAuthenticated) = (slug, publicKey, fingerprint, isAuthenticated);
        MLKem768.Encapsulate(_publicKey, _cipherText, _secret);
    }

    /// <summary>The fingerprint of the responder's public key.</summary>
    public string Fingerprint { get; }

    /// <summary>What goes to the responder: 1,088 bytes.</summary>
    public ReadOnlyMemory<byte> CipherText => _cipherText;

    /// <summary>Begins an exchange, where the pin allows it.</summary>
    /// <param name="slug">The responder's machine.</param>
    /// <param name="publicKey">From outside, any length.</param>
    /// <param name="pin">What is asked of the key.</param>
    /// <param name="initiator">The exchange, where the status is Ok.</param>
    /// <returns>Ok, <see cref="KeyExchangeStatus.InvalidPublicKey"/>, <see cref="KeyExchangeStatus.PinMismatch"/> or <see cref="KeyExchangeStatus.NotWitnessed"/>.</returns>
    public static KeyExchangeStatus TryBegin(Slug slug, ReadOnlySpan<byte> publicKey, PinPolicy pin, out KeyExchangeInitiator? initiator)
    {
        ArgumentNullException.ThrowIfNull(pin);
        initiator = null;
        if (!MLKem768.IsValidEncapsulationKey(publicKey))
        {
            return KeyExchangeStatus.InvalidPublicKey;
        }

        string fingerprint = KeyExchange.Fingerprint(publicKey);
        KeyExchangeStatus status = pin.Check(fingerprint);
        if (status == KeyExchangeStatus.Ok)
        {
            initiator = new KeyExchangeInitiator(slug, publicKey.ToArray(), fingerprint, pin.Authenticates);
        }

        return status;
    }

    /// <summary>Takes the responder's answer, once.</summary>
    /// <param name="responderSalt">From outside; 32 bytes.</param>
    /// <param name="sessionId">From outside; it must be the one that follows from key, ciphertext and salt.</param>
    /// <param name="confirmation">From outside: the responder's record 0.</param>
    /// <param name="session">This side of the session, where the status is Ok.</param>
    /// <returns>Ok, <see cref="KeyExchangeStatus.InvalidAnswer"/> or <see cref="KeyExchangeStatus.ConfirmationRefused"/>.</returns>
    /// <exception cref="InvalidOperationException">An answer was taken before, or the exchange was disposed of.</exception>
    public KeyExchangeStatus TryConfirm(ReadOnlySpan<byte> responderSalt, string? sessionId, ReadOnlySpan<byte> confirmation, out KeyExchangeSession? session) =>
        TryConfirm(responderSalt, sessionId, confirmation, RecordKeyChain.DefaultRecordsPerKey, out session);

    /// <summary>Erases the shared secret.</summary>
    public void Dispose()
    {
        _isDone = true;
        CryptographicOperations.ZeroMemory(_secret);
    }

    internal KeyExchangeStatus TryConfirm(
        ReadOnlySpan<byte> responderSalt, string? sessionId, ReadOnlySpan<byte> confirmation, ulong recordsPerKey, out KeyExchangeSession? session)
    {
        session = null;
        if (_isDone)
        {
            throw new InvalidOperationException("The exchange is over.");
        }

        Span<byte> recordKey = stackalloc byte[KeyExchange.RecordKeySizeBytes];
        try
        {
            if (responderSalt.Length != KeyExchange.SaltSizeBytes || KeyExchange.SessionId(_publicKey, _cipherText, responderSalt) is not { } id
                || !string.Equals(id, sessionId, StringComparison.Ordinal))
            {
                return KeyExchangeStatus.InvalidAnswer;
            }

            KeyExchange.DeriveRecordKey(_secret, _publicKey, _cipherText, responderSalt, _slug, recordKey);
            var opener = new RecordOpener(recordKey, RecordDirection.ResponderToInitiator, id, recordsPerKey);
            byte[] text = new byte[Math.Min(confirmation.Length, RecordSealer.MaxRecordSizeBytes)];
            if (opener.TryOpen(confirmation, text, out RecordKind kind, out int size) != RecordStatus.Ok || kind != RecordKind.Data
                || !KeyExchange.TryReadConfirmation(text.AsSpan(1, size), Fingerprint, id, _slug, out Zeqond zeqond))
            {
                opener.Dispose();
                return KeyExchangeStatus.ConfirmationRefused;
            }

            var sealer = new RecordSealer(recordKey, RecordDirection.InitiatorToResponder, id, recordsPerKey);
            session = new KeyExchangeSession(id, _slug, Fingerprint, zeqond, _isAuthenticated, sealer, opener);
            return KeyExchangeStatus.Ok;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(recordKey);
            Dispose();
        }
    }
}
