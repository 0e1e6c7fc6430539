using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

internal static class KeyExchangeVectors
{
    private const ulong RecordsPerKey = 2;

    /// <summary>One exchange with a known seed, known randomness of the encapsulation and a known salt, and the first records of both ways.</summary>
    public static JsonNode Exchange()
    {
        byte[] seed = [.. Enumerable.Range(0, 64).Select(i => (byte)i)], randomness = Fixed.SecretB, salt = Fixed.Salt;
        byte[] cipherText = new byte[MLKem768.CipherTextSizeBytes], secret = new byte[32], recordKey = new byte[32];
        var slug = Slug.Parse("lab-7");
        using var pair = new KeyExchangeKeyPair(seed);
        byte[] publicKey = pair.PublicKey.ToArray();
        MLKem768.EncapsulateInternal(publicKey, randomness, cipherText, secret);
        Assert.Equal(KeyExchangeStatus.Ok, pair.TryAnswer(slug, cipherText, Fixed.At, salt, RecordsPerKey, out KeyExchangeAnswer? answer));
        string id = answer!.Session.SessionId;
        KeyExchange.DeriveRecordKey(secret, publicKey, cipherText, salt, slug, recordKey);

        // Spelled here once more, by .NET's own primitives.
        byte[] transcript = [.. publicKey, .. cipherText, .. salt];
        Assert.Equal(Fixed.Hex(SHA256.HashData([.. "zeq/keyex/session/v1"u8, .. transcript]))[..32], id);
        Assert.Equal(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, SHA256.HashData(transcript), Encoding.UTF8.GetBytes("zeq/keyex/record/v1|lab-7")), recordKey);
        return new JsonObject
        {
            ["slug"] = slug.Text,
            ["seed"] = Fixed.Hex(seed),
            ["public_key"] = Base64UrlText.Encode(publicKey),
            ["fingerprint"] = pair.Fingerprint,
            ["encapsulation_randomness"] = Fixed.Hex(randomness),
            ["cipher_text"] = Base64UrlText.Encode(cipherText),
            ["shared_secret"] = Fixed.Hex(secret),
            ["responder_salt"] = Fixed.Hex(salt),
            ["session_id"] = id,
            ["record_key_salt"] = Fixed.Hex(SHA256.HashData(transcript)),
            ["record_key_info"] = "zeq/keyex/record/v1|lab-7",
            ["record_key"] = Fixed.Hex(recordKey),
            ["confirmation_text"] = Encoding.UTF8.GetString(KeyExchange.Confirmation(pair.Fingerprint, id, slug, Fixed.At)),
            ["confirmation"] = Base64UrlText.Encode(answer.Confirmation.Span),
            ["records_per_key"] = (long)RecordsPerKey,
            ["i2r"] = Direction(recordKey, RecordDirection.InitiatorToResponder, id, ["a first word", "", "the second key", "\u00e9"]),
            ["r2i"] = Direction(recordKey, RecordDirection.ResponderToInitiator, id, [Encoding.UTF8.GetString(KeyExchange.Confirmation(pair.Fingerprint, id, slug, Fixed.At)), "an answer", "and on"]),
        };
    }

    private static JsonObject Direction(byte[] recordKey, RecordDirection direction, string sessionId, string[] texts)
    {
        string name = direction == RecordDirection.InitiatorToResponder ? "i2r" : "r2i";
        byte[] chain = Expand(recordKey, $"zeq/record/{name}/v1");
        var keys = new JsonArray();
        for (int n = 0; n * (int)RecordsPerKey <= texts.Length; n++)
        {
            keys.Add(new JsonObject { ["chain"] = Fixed.Hex(chain), ["key"] = Fixed.Hex(Expand(chain, "zeq/record/key/v1")) });
            chain = Expand(chain, "zeq/record/next/v1");
        }

        using var sealer = new RecordSealer(recordKey, direction, sessionId, RecordsPerKey);
        var records = new JsonArray();
        foreach (string? text in (string?[])[.. texts, null])
        {
            byte[] data = Encoding.UTF8.GetBytes(text ?? ""), record = new byte[data.Length + RecordSealer.OverheadBytes];
            long counter = (long)sealer.Counter;
            sealer.Seal(text is null ? RecordKind.End : RecordKind.Data, data, record);
            records.Add(new JsonObject { ["counter"] = counter, ["kind"] = text is null ? 1 : 0, ["text"] = text ?? "", ["record"] = Fixed.Hex(record) });
        }

        return new JsonObject { ["keys"] = keys, ["records"] = records };
    }

    private static byte[] Expand(byte[] key, string info) => HKDF.Expand(HashAlgorithmName.SHA256, key, 32, Encoding.UTF8.GetBytes(info));
}
