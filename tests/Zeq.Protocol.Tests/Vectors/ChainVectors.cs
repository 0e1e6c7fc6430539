using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Zeq.Protocol.Tests;

internal static class ChainVectors
{
    public static JsonNode Chain()
    {
        Slug slug = Slug.Parse("lab-7");
        string originId = Fixed.HomeA.OriginIdOf(slug), node = Fixed.HomeA.Keys.NodePublicKey;
        string genesis = ChainHash.Genesis(originId, Fixed.A, node, Fixed.At);
        var rows = new JsonArray();
        string previous = genesis;
        (string Type, string? Payload, string? Hash, Actor Actor, string Flags)[] events =
        [
            ("event", """{"n":1,"text":"é"}""", null, new Actor(Fixed.Alice.Text, "zeq_ak_ABCDE"), "c0"),
            ("transfer_out", Fixed.Paid.ChainPayload(Fixed.Coin), null, new Actor(Fixed.Alice.Text, "zeq_ak_ABCDE"), "s0"),
            ("event", null, World.Hash("a payload that the home never sees"), Actor.Peer(Fixed.HomeB.Keys.NodePublicKey), "c0"),
            ("claim_published", """{"a":true}""", null, Actor.Home, "s1"),
        ];
        for (int i = 0; i < events.Length; i++)
        {
            var e = events[i];
            byte[] salt = SHA256.HashData(Encoding.UTF8.GetBytes($"salt {i + 1}"));
            var zeqond = new Zeqond(Fixed.At.Value + (i * 2));
            string transitionId = $"01970000-0000-7000-8000-00000000000{i + 1}";
            string payloadHash = e.Hash ?? ChainHash.Payload(salt, e.Payload);
            string actorHash = ChainHash.ActorOf(salt, e.Actor);
            if (e.Payload is not null)
            {
                Assert.Equal(Fixed.Hex(SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(e.Payload)])), payloadHash);
            }

            Assert.Equal(Fixed.Hex(SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes($"{e.Actor.Zid}|{e.Actor.KeyPrefix}")])), actorHash);
            JsonObject state = VectorFiles.Hashed(
                $"zeq/chain/v1|a-home:lab-7|{i + 1}|{previous}|{zeqond}|{e.Type}|{transitionId}|{payloadHash}|{actorHash}|{e.Flags}",
                ChainHash.State(originId, i + 1, previous, zeqond, e.Type, transitionId, payloadHash, actorHash, e.Flags));
            rows.Add(new JsonObject
            {
                ["seq"] = i + 1, ["zeqond"] = zeqond.Value, ["type"] = e.Type, ["transition_id"] = transitionId, ["salt"] = Fixed.Hex(salt), ["payload"] = e.Payload,
                ["payload_hash"] = payloadHash, ["actor_zid"] = e.Actor.Zid, ["key_prefix"] = e.Actor.KeyPrefix, ["actor_hash"] = actorHash, ["flags"] = e.Flags,
                ["prev_hash"] = previous, ["state"] = state,
            });
            previous = state["sha256"]!.GetValue<string>();
        }

        return new JsonObject
        {
            ["origin"] = Fixed.A.Text,
            ["origin_id"] = originId,
            ["node_public_key"] = node,
            ["genesis_zeqond"] = Fixed.At.Value,
            ["genesis"] = VectorFiles.Hashed($"zeq/genesis/v1|a-home:lab-7|https://a.example|{node}|{Fixed.At}", genesis),
            ["rows"] = rows,
            ["head_hash"] = previous,
        };
    }
}
