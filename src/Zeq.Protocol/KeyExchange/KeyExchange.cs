using System.Text;
using System.Text.Json;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// What both sides of a key exchange derive (ZeqKeyEx; spec 30 §1, spec 06 rules 3 and 4). Pure. The responder holds a key pair of ML-KEM-768; whoever knows the public key sends a ciphertext, and
/// both get the same record key. A bare key encapsulation authenticates nobody: see <see cref="PinPolicy"/>. There is no forward secrecy until the pair is rotated.
/// </summary>
public static class KeyExchange
{
    /// <summary>The name of the algorithm in answers and rows.</summary>
    public const string Algorithm = "ML-KEM-768";

    /// <summary>Size of the salt that the responder draws for every session: 32 bytes.</summary>
    public const int SaltSizeBytes = 32;

    /// <summary>Size of a record key: 32 bytes.</summary>
    public const int RecordKeySizeBytes = 32;

    /// <summary>Length of a session id: 32 lower-case hex characters.</summary>
    public const int SessionIdLength = 32;

    /// <summary>Length of a fingerprint: 64 lower-case hex characters.</summary>
    public const int FingerprintLength = 64;

    /// <summary>How long a session lives unless configured otherwise: 86,400 Zeqonds.</summary>
    public const long DefaultSessionZeqonds = 86_400;

    /// <summary>A session without a record is dropped after this many Zeqonds: 100.</summary>
    public const long UnusedSessionZeqonds = 100;

    /// <summary>The most sessions of one machine that nobody has taken: 1,024.</summary>
    public const int MaxSessionsPerMachine = 1_024;

    private const int TranscriptSizeBytes = MLKem768.EncapsulationKeySizeBytes + MLKem768.CipherTextSizeBytes + SaltSizeBytes;

    /// <summary>The name of a public key: SHA-256, 64 lower-case hex.</summary>
    /// <param name="publicKey">Exactly 1,184 bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static string Fingerprint(ReadOnlySpan<byte> publicKey)
    {
        RequireSize(publicKey, MLKem768.EncapsulationKeySizeBytes, nameof(publicKey));
        return Sha256.HashHex(publicKey);
    }

    /// <summary>The name of a session: the first 32 hex of SHA-256 over <c>zeq/keyex/session/v1</c> and public key, ciphertext, salt as raw bytes.</summary>
    /// <param name="publicKey">Exactly 1,184 bytes.</param>
    /// <param name="cipherText">Exactly 1,088 bytes.</param>
    /// <param name="responderSalt">Exactly 32 bytes.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public static string SessionId(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> responderSalt)
    {
        ReadOnlySpan<byte> label = "zeq/keyex/session/v1"u8;
        Span<byte> input = stackalloc byte[label.Length + TranscriptSizeBytes];
        label.CopyTo(input);
        WriteTranscript(publicKey, cipherText, responderSalt, input[label.Length..]);
        return Sha256.HashHex(input)[..SessionIdLength];
    }

    /// <summary>
    /// The key that all records come from: <c>HKDF-SHA256(shared secret, salt = SHA-256(public_key || cipher_text || responder_salt), info = "zeq/keyex/record/v1|" + slug, 32)</c>.
    /// </summary>
    /// <param name="sharedSecret">Exactly 32 secret bytes.</param>
    /// <param name="publicKey">Exactly 1,184 bytes.</param>
    /// <param name="cipherText">Exactly 1,088 bytes.</param>
    /// <param name="responderSalt">Exactly 32 bytes.</param>
    /// <param name="slug">The responder's machine.</param>
    /// <param name="recordKey">Exactly 32 bytes; secret, the caller's to zero.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public static void DeriveRecordKey(
        ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> responderSalt, Slug slug, Span<byte> recordKey)
    {
        RequireSize(sharedSecret, MLKem768.SharedSecretSizeBytes, nameof(sharedSecret));
        RequireSize(recordKey, RecordKeySizeBytes, nameof(recordKey));
        Span<byte> transcript = stackalloc byte[TranscriptSizeBytes];
        Span<byte> salt = stackalloc byte[Sha256.HashSizeBytes];
        WriteTranscript(publicKey, cipherText, responderSalt, transcript);
        Sha256.Hash(transcript, salt);
        Hkdf.DeriveKey(sharedSecret, salt, Encoding.UTF8.GetBytes("zeq/keyex/record/v1|" + slug.Text), recordKey);
    }

    /// <summary>What the responder's first record says, behind its kind: the canonical JSON of <c>{fingerprint, session_id, slug, zeqond}</c>.</summary>
    /// <param name="fingerprint">Of the responder's public key.</param>
    /// <param name="sessionId">The session.</param>
    /// <param name="slug">The responder's machine.</param>
    /// <param name="zeqond">When the responder answered.</param>
    public static byte[] Confirmation(string fingerprint, string sessionId, Slug slug, Zeqond zeqond) =>
        new Payload().Add("fingerprint", fingerprint).Add("session_id", sessionId).Add("slug", slug.Text).Add("zeqond", zeqond.Value).ToUtf8();

    /// <summary>Reads a confirmation that an authentic record held; false where it is not exactly the one of this session, whatever its Zeqond.</summary>
    internal static bool TryReadConfirmation(ReadOnlySpan<byte> data, string fingerprint, string sessionId, Slug slug, out Zeqond zeqond)
    {
        zeqond = default;
        var reader = new Utf8JsonReader(data);
        try
        {
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long value) && value is >= 0 and <= 9_007_199_254_740_991)
                {
                    zeqond = new Zeqond(value);
                }
            }
        }
        catch (JsonException)
        {
            return false;
        }

        // One value has one canonical text: whoever says the same, says it in these bytes.
        return data.SequenceEqual(Confirmation(fingerprint, sessionId, slug, zeqond));
    }

    private static void WriteTranscript(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> responderSalt, Span<byte> transcript)
    {
        RequireSize(publicKey, MLKem768.EncapsulationKeySizeBytes, nameof(publicKey));
        RequireSize(cipherText, MLKem768.CipherTextSizeBytes, nameof(cipherText));
        RequireSize(responderSalt, SaltSizeBytes, nameof(responderSalt));
        publicKey.CopyTo(transcript);
        cipherText.CopyTo(transcript[publicKey.Length..]);
        responderSalt.CopyTo(transcript[(publicKey.Length + cipherText.Length)..]);
    }

    private static void RequireSize(ReadOnlySpan<byte> bytes, int sizeBytes, string name)
    {
        if (bytes.Length != sizeBytes)
        {
            throw new ArgumentException($"Expected {sizeBytes} bytes, got {bytes.Length}.", name);
        }
    }
}
