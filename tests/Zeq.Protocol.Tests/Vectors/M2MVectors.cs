using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

internal static class M2MVectors
{
    /// <summary>One handshake whose secrets are known, row by row.</summary>
    public static JsonNode Handshake()
    {
        byte[] kemSeed = [.. Enumerable.Range(0, 64).Select(i => (byte)i)], randomness = Fixed.SecretB, initiatorKey = Fixed.RecoverySeed, responderKey = Fixed.Salt, nonce = Fixed.Acceptance;
        byte[] kemSecret = new byte[32];
        M2MMachine a = new("a", "alice", "key of a"), b = new("b", "bob", "key of b");
        using var initiator = M2MHandshake.Begin(true, a.Party, b.Party, a.Seed, null, new M2MSecrets(nonce, kemSeed, initiatorKey, MLKem768.Encapsulate));
        using var responder = M2MHandshake.Begin(false, b.Party, a.Party, b.Seed, null, new M2MSecrets(default, default, responderKey, (key, cipherText, secret) =>
        {
            MLKem768.EncapsulateInternal(key, randomness, cipherText, secret);
            secret.CopyTo(kemSecret);
        }));
        var rows = new JsonArray();
        Write(initiator, a, responder);
        Write(responder, b, initiator);
        Write(responder, b, initiator);
        Write(initiator, a, responder);
        Write(initiator, a, responder);
        Write(responder, b, initiator);
        Assert.True(initiator.IsEstablished && responder.IsEstablished);
        byte[] sessionKey = new byte[32], curveSecret = new byte[32], publicKey = new byte[32];
        initiator.CopySessionKey(sessionKey);

        // Spelled here once more, by .NET's own primitives.
        X25519.GetPublicKey(responderKey, publicKey);
        Assert.True(X25519.TryAgree(initiatorKey, publicKey, curveSecret));
        byte[] salt = SHA256.HashData(Convert.FromHexString(a.Rows[1].StateHash + b.Rows[1].StateHash));
        byte[] prk = HKDF.Extract(HashAlgorithmName.SHA256, [.. curveSecret, .. kemSecret], salt);
        string id = initiator.SessionId!;
        Assert.Equal(HKDF.Expand(HashAlgorithmName.SHA256, prk, 32, Encoding.UTF8.GetBytes("zeq/m2m/session/v1|" + id)), sessionKey);
        string[] confirms = [.. ((string[])["initiator", "responder"]).Select(role => Fixed.Hex(HMACSHA256.HashData(HKDF.Expand(HashAlgorithmName.SHA256, prk, 32, Encoding.UTF8.GetBytes($"zeq/m2m/confirm/v1|{role}|{id}")), salt)))];
        Assert.Equal(confirms, ((M2MMachine[])[a, b]).Select(machine => JsonNode.Parse(machine.Rows[2].Payload!)!["input"]!["confirm"]!.GetValue<string>()));
        return new JsonObject
        {
            ["initiator"] = Party(a, "x25519_private_key", initiatorKey),
            ["responder"] = Party(b, "x25519_private_key", responderKey),
            ["session_nonce"] = Fixed.Hex(nonce),
            ["kem_seed"] = Fixed.Hex(kemSeed),
            ["encapsulation_randomness"] = Fixed.Hex(randomness),
            ["rows"] = rows,
            ["session_id"] = VectorFiles.Hashed($"zeq/m2m/v1|{Fixed.Hex(nonce)}|{PublicKey(initiatorKey)}|{PublicKey(responderKey)}", World.Hash($"zeq/m2m/v1|{Fixed.Hex(nonce)}|{PublicKey(initiatorKey)}|{PublicKey(responderKey)}")),
            ["x25519_shared"] = Fixed.Hex(curveSecret),
            ["mlkem_shared"] = Fixed.Hex(kemSecret),
            ["salt"] = Fixed.Hex(salt),
            ["prk"] = Fixed.Hex(prk),
            ["session_key"] = Fixed.Hex(sessionKey),
            ["confirm_of_initiator"] = confirms[0],
            ["confirm_of_responder"] = confirms[1],
        };

        void Write(M2MHandshake self, M2MMachine machine, M2MHandshake other)
        {
            M2MNextRow next = self.Next!;
            ChainRow row = machine.Write(next);
            Assert.True(self.TakeOwn(row) && other.TakePeer(row));
            M2MMachine peer = machine == a ? b : a;
            var input = JsonNode.Parse(next.Input)!.AsObject();
            JsonObject made = new()
            {
                ["step"] = next.Step.ToString(), ["chain"] = machine.Party.OriginId, ["seq"] = row.Seq, ["to"] = next.To, ["payload"] = row.Payload, ["salt"] = Fixed.Hex(row.Salt!), ["actor"] = row.Actor.ToString(),
                ["transition_id"] = row.TransitionId, ["zeqond"] = row.Zeqond.Value, ["prev_hash"] = row.PrevHash, ["state_hash"] = row.StateHash,
            };
            if (input["signature"] is { } signature)
            {
                string verb = next.Step switch { M2MStep.Propose => "propose", M2MStep.Respond => "respond", _ => "key" };
                string Text(string member) => input[member]?.GetValue<string>() ?? "-";
                string kem = next.Step == M2MStep.Propose ? Text("kem_pub") : Text("kem_ct");
                made["signed_text"] = $"zeq/m2m/v1|{verb}|{machine.Party.OriginId}|{peer.Party.OriginId}|{Fixed.Hex(nonce)}|{machine.Party.PublicKey}|{peer.Party.PublicKey}|{Text("ack_hash")}|{Text("ecdh_pub")}|{kem}";
                Assert.True(SignedStamp.Verify(Encoding.UTF8.GetBytes(made["signed_text"]!.GetValue<string>()), signature.GetValue<string>(), machine.Party.PublicKey));
            }

            rows.Add(made);
        }
    }

    private static JsonObject Party(M2MMachine machine, string name, byte[] key) => new()
    {
        ["origin_id"] = machine.Party.OriginId, ["origin"] = machine.Party.Origin.Text, ["ed25519_seed"] = Fixed.Hex(machine.Seed), ["public_key"] = machine.Party.PublicKey, [name] = Fixed.Hex(key),
        ["ecdh_pub"] = PublicKey(key),
    };

    private static string PublicKey(byte[] key)
    {
        byte[] publicKey = new byte[32];
        X25519.GetPublicKey(key, publicKey);
        return Fixed.Hex(publicKey);
    }
}
