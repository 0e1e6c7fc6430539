using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Zeq.Protocol.Tests;

internal static class ExchangeVectors
{
    public static JsonNode Receipt()
    {
        Receipt receipt = Protocol.Receipt.Of(Fixed.Paid, Fixed.HomeA);
        string token = Fixed.Coin.TokenId.Text;
        string text = $"{token}|{Fixed.Alice.Text}|{Fixed.Bob.Text}|https://b.example|1|{Fixed.At.Value + 5}|https://a.example";
        Assert.Equal(text, receipt.CanonicalText());
        Assert.Equal($"claim|{token}|{Fixed.Bob.Text}|1", ClaimTicket.CanonicalText(Fixed.Coin.TokenId, Fixed.Bob, 1));
        string id = $"env|{token}|{Fixed.Alice.Text}|{Fixed.Bob.Text}|https://b.example|1";
        Assert.Equal(World.Hash(id)[..32], Transfer.Id(Fixed.Paid));
        return new JsonObject
        {
            ["home_secret"] = Fixed.Hex(Fixed.SecretA),
            ["receipt"] = JsonNode.Parse(receipt.ToPayload().ToCanonicalText()),
            ["mac_text"] = text,
            ["mac"] = receipt.Mac,
            ["claim_ticket"] = new JsonObject { ["text"] = $"claim|{token}|{Fixed.Bob.Text}|1", ["hmac_sha256"] = ClaimTicket.Of(Fixed.HomeA.Keys.ClaimTicket, Fixed.Coin.TokenId, Fixed.Bob, 1) },
            ["transfer_id"] = new JsonObject { ["text"] = id, ["transfer_id"] = Transfer.Id(Fixed.Paid) },
            ["chain_payload"] = Fixed.Paid.ChainPayload(Fixed.Coin),
        };
    }

    public static JsonNode Claims()
    {
        TokenId token = Fixed.Coin.TokenId;
        string Step(string kind, PeerStepKind of, Zid zid, long height) =>
            VectorFiles.Hashed($"zeq/step/v1|{kind}|https://a.example|{token.Text}|{height}|{zid.Text}", PeerStep.IdOf(of, Fixed.A, token, height, zid))["text"]!.GetValue<string>();
        string acceptance = Fixed.Hex(Fixed.Acceptance);
        Assert.Equal(World.HashOfHex(acceptance), MoveWriter.ProofHash(acceptance));
        return new JsonObject
        {
            ["ticket_name"] = new JsonObject { ["text"] = $"https://a.example|{token.Text}", ["name"] = ClaimRow.TicketName(Fixed.A, token), ["bound_zid"] = Fixed.Bob.Text },
            ["import_step"] = new JsonObject { ["text"] = Step("import", PeerStepKind.Import, Fixed.Bob, 1), ["step_id"] = PeerStep.IdOf(PeerStepKind.Import, Fixed.A, token, 1, Fixed.Bob) },
            ["transfer_step"] = new JsonObject { ["text"] = Step("transfer", PeerStepKind.Transfer, Fixed.Bob, 2), ["step_id"] = PeerStep.IdOf(PeerStepKind.Transfer, Fixed.A, token, 2, Fixed.Bob) },
            ["step_seal_name"] = "tally.step." + PeerStep.IdOf(PeerStepKind.Import, Fixed.A, token, 1, Fixed.Bob),
            ["answer_seal_name"] = new JsonObject { ["scope"] = World.Hash("scope"), ["name"] = Idempotent<int>.NameOf(World.Hash("scope")), ["bound_zid"] = Zid.System.Text, ["version"] = 1 },
            ["acceptance"] = new JsonObject { ["acceptance"] = acceptance, ["sha256_of_raw_bytes"] = MoveWriter.ProofHash(acceptance) },
        };
    }

    public static JsonNode Answer()
    {
        const string Route = "POST /api/tally/receipt/verify";
        string request = Protocol.Receipt.Of(Fixed.Paid, Fixed.HomeA).ToPayload().ToCanonicalText();
        string body = $$"""{"ok":true,"valid":true,"current":true,"spend_seq":1,"value_zqt":6,"zeqond":{{Fixed.At}},"phase":0.5}""";
        string spelled = $$"""{"body_sha256":"{{World.Hash(body)}}","kind":"zeq-answer/v1","request_sha256":"{{World.Hash(request)}}","route":"{{Route}}","zeqond":{{Fixed.At}}}""";
        byte[] signed = AnswerSignature.SignedBytes(Route, Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(body), Fixed.At);
        Assert.Equal(spelled, Encoding.UTF8.GetString(signed));
        string signature = Fixed.HomeA.Keys.Sign(signed);
        Assert.True(SignedStamp.Verify(signed, signature, Fixed.HomeA.Keys.NodePublicKey));
        return new JsonObject
        {
            ["home_secret"] = Fixed.Hex(Fixed.SecretA),
            ["route"] = Route,
            ["request_body"] = request,
            ["request_sha256"] = World.Hash(request),
            ["answer_body"] = body,
            ["body_sha256"] = World.Hash(body),
            ["zeqond"] = Fixed.At.Value,
            ["jcs"] = spelled,
            [AnswerSignature.Header] = signature,
            ["node_public_key"] = Fixed.HomeA.Keys.NodePublicKey,
        };
    }

    public static JsonNode FieldSealed()
    {
        string name = ClaimRow.TicketName(Fixed.A, Fixed.Coin.TokenId), place = $"{name}|{Fixed.Bob.Text}|2";
        byte[] plain = Encoding.UTF8.GetBytes("a secret at rest");
        byte[] keyId = SHA256.HashData(Fixed.FieldKey)[..4];
        byte[] material = HKDF.DeriveKey(HashAlgorithmName.SHA256, Fixed.FieldKey, 44, Fixed.Salt, Encoding.UTF8.GetBytes("zeq/field/v2|" + place));
        byte[] aad = [0x02, .. keyId, .. Encoding.UTF8.GetBytes(place)];
        byte[] cipherText = new byte[plain.Length], tag = new byte[16];
        using var aes = new AesGcm(material.AsSpan(0, 32), 16);
        aes.Encrypt(material.AsSpan(32), plain, cipherText, tag, aad);
        byte[] sealedValue = [0x02, .. keyId, .. Fixed.Salt, .. cipherText, .. tag];
        using var seal = new FieldSeal(Fixed.FieldKey);
        Assert.Equal(plain, seal.TryOpen(sealedValue, name, Fixed.Bob.Text, 2));
        Assert.Equal(keyId, FieldSeal.KeyId(Fixed.FieldKey));
        return new JsonObject
        {
            ["field_key"] = Fixed.Hex(Fixed.FieldKey),
            ["key_id"] = Fixed.Hex(keyId),
            ["salt"] = Fixed.Hex(Fixed.Salt),
            ["name"] = name,
            ["bound_zid"] = Fixed.Bob.Text,
            ["version"] = 2,
            ["hkdf_info"] = "zeq/field/v2|" + place,
            ["key_and_nonce"] = Fixed.Hex(material),
            ["aad"] = Fixed.Hex(aad),
            ["plaintext"] = "a secret at rest",
            ["sealed"] = Fixed.Hex(sealedValue),
        };
    }
}
