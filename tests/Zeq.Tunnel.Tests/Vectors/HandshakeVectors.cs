using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Tunnel.Tests;

/// <summary>What <c>docs/vectors/tunnel</c> holds: every key, IV and packet that a handshake leads to. What the library hides is computed here by the formulas of spec 51.</summary>
internal static class HandshakeVectors
{
    private const ulong Stamp = 1_772_600_767_089;
    private const uint IndexI = 0x11223344;
    private const uint IndexR = 0xAABBCCDD;
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true, IndentSize = 2, NewLine = "\n" };

    public static string Static() => Text(Handshake(null, null));

    public static string Suite(TunnelSuite suite)
    {
        (byte[] ekI, byte[] dkI) = Pair.MakeKem(1);
        (byte[] ekR, byte[] dkR) = Pair.MakeKem(2);
        bool isHybrid = suite == TunnelSuite.Hybrid;
        byte[] seedI = SHA256.HashData("machine key of the requester"u8);
        byte[] seedR = SHA256.HashData("machine key of the accepter"u8);
        var offer = new TunnelOffer
        {
            Origin = Origin.Parse("https://a.example"),
            Requester = Slug.Parse("requester"),
            Target = Slug.Parse("relay-1"),
            PublicKey = PublicKey(seedI),
            Suites = isHybrid ? [TunnelSuite.Hybrid] : [TunnelSuite.Classic],
            KemPublicKey = isHybrid ? ekI : default,
            Zeqond = Zeqond.FromUnixMs((long)Stamp),
            Random = SHA256.HashData("random of the bundle"u8),
        };
        var acceptance = new TunnelAcceptance
        {
            Origin = offer.Origin,
            TunnelId = Pair.TunnelId,
            Nonce = Hex.Encode(SHA256.HashData("nonce of the broker"u8)),
            Accepter = offer.Target,
            PublicKey = PublicKey(seedR),
            Suite = suite,
            KemPublicKey = isHybrid ? ekR : default,
            OfferHash = SHA256.HashData(offer.ToBytes()),
        };
        var bundles = new Bundles(offer.ToBytes(), Sign(offer.ToBytes(), seedI), acceptance.ToBytes(), Sign(acceptance.ToBytes(), seedR));
        JsonObject file = Handshake(suite, bundles);
        return Text(file);
    }

    private static JsonObject Handshake(TunnelSuite? brokered, Bundles? bundles)
    {
        (byte[] ekI, byte[] dkI) = Pair.MakeKem(1);
        (byte[] ekR, byte[] dkR) = Pair.MakeKem(2);
        bool isHybrid = brokered == TunnelSuite.Hybrid;
        TunnelSuite suite = brokered ?? TunnelSuite.Classic;
        byte[] key = Pair.Key;
        using TunnelSecrets secretsI = brokered is null
            ? TunnelSecrets.CreateStatic(TunnelRole.Initiator, key, isClaimed: false)
            : TunnelSecrets.Create(TunnelRole.Initiator, suite, Pair.TunnelId, key, bundles!.Offer, bundles.Acceptance, isHybrid ? dkI : [], isHybrid ? ekR : []);
        using TunnelSecrets secretsR = brokered is null
            ? TunnelSecrets.CreateStatic(TunnelRole.Responder, key, isClaimed: false)
            : TunnelSecrets.Create(TunnelRole.Responder, suite, Pair.TunnelId, key, bundles!.Offer, bundles.Acceptance, isHybrid ? dkR : [], isHybrid ? ekI : []);

        var randomI = new ScriptedRandomness("initiator");
        var randomR = new ScriptedRandomness("responder");
        using var attempt = new InitiatorAttempt(secretsI, IndexI, Stamp, [], randomI);
        byte[] response = new byte[HandshakeLayout.Size(suite)];
        using SessionSecrets atR = ResponderAnswer.Write(secretsR, attempt.Init, IndexR, Stamp + 40, randomR, response)!;
        using SessionSecrets atI = attempt.Complete(response)!;
        Assert.Equal(atI.InitiatorToResponder, atR.InitiatorToResponder);
        Assert.Equal(atI.ResponderToInitiator, atR.ResponderToInitiator);

        // The formulas once more, by other code: what is hidden inside is published too.
        byte[] tunnelId = brokered is null ? SHA256.HashData([.. "zeq/tunnel/static/v1"u8, .. key])[..16] : Pair.TunnelId.ToByteArray(bigEndian: true);
        byte[] context = [.. tunnelId, .. HashOf(bundles?.Offer), .. HashOf(bundles?.Acceptance)];
        byte[] salt = SHA256.HashData([.. "zeq/tunnel/v1"u8, (byte)suite, .. context]);
        byte[] p = HKDF.Extract(HashAlgorithmName.SHA256, key, salt);
        byte[] h0 = SHA256.HashData([.. "zeq/tunnel/v1 transcript"u8, (byte)suite, .. context]);
        int n = isHybrid ? 1_088 : 0;
        byte[] h1 = SHA256.HashData([.. h0, .. attempt.Init[..(56 + n)]]);
        byte[] h2 = SHA256.HashData([.. h1, .. response[..(56 + n)]]);
        byte[] ee = new byte[32];
        Assert.True(X25519.TryAgree(randomI.Given[0], response.AsSpan(24, 32), ee));
        byte[] ssR = new byte[32];
        byte[] ssI = new byte[32];
        if (isHybrid)
        {
            Assert.True(MLKem768.TryDecapsulate(dkR, attempt.Init.Slice(56, 1_088), ssR));
            Assert.True(MLKem768.TryDecapsulate(dkI, response.AsSpan(56, 1_088), ssI));
        }

        byte[] prk = HKDF.Extract(HashAlgorithmName.SHA256, [.. key, .. ee, .. ssR, .. ssI], h2);
        byte[] confirm = HMACSHA256.HashData(Expand(prk, "zeq/tunnel/v1 confirm r"), h2)[..16];
        Assert.Equal(confirm, response[(56 + n)..(72 + n)]);
        byte[] i2r = Expand(prk, "zeq/tunnel/v1 i2r");
        byte[] r2i = Expand(prk, "zeq/tunnel/v1 r2i");
        Assert.Equal(i2r, atI.InitiatorToResponder.ToArray());
        Assert.Equal(r2i, atI.ResponderToInitiator.ToArray());
        Assert.Equal(Expand(p, "zeq/tunnel/v1 mac i"), secretsI.MacInitiator.ToArray());

        var file = new JsonObject
        {
            ["suite"] = (int)suite,
            ["key"] = Hex.Encode(key),
            ["tunnel_id"] = Hex.Encode(tunnelId),
        };
        if (bundles is not null)
        {
            file["bundle_i"] = Encoding.UTF8.GetString(bundles.Offer);
            file["bundle_i_signature"] = Hex.Encode(bundles.OfferSignature);
            file["bundle_r"] = Encoding.UTF8.GetString(bundles.Acceptance);
            file["bundle_r_signature"] = Hex.Encode(bundles.AcceptanceSignature);
        }

        if (isHybrid)
        {
            file["kem_seed_i"] = Hex.Encode(Enumerable.Repeat((byte)1, 64).ToArray());
            file["kem_seed_r"] = Hex.Encode(Enumerable.Repeat((byte)2, 64).ToArray());
            file["encapsulation_randomness_i"] = Hex.Encode(randomI.Given[1]);
            file["encapsulation_randomness_r"] = Hex.Encode(randomR.Given[1]);
        }

        file["p"] = Hex.Encode(p);
        file["locator"] = Hex.Encode(Expand(p, "zeq/tunnel/v1 locator").AsSpan(0, 8));
        file["mk_i"] = Hex.Encode(Expand(p, "zeq/tunnel/v1 mac i"));
        file["mk_r"] = Hex.Encode(Expand(p, "zeq/tunnel/v1 mac r"));
        file["ck"] = Hex.Encode(Expand(p, "zeq/tunnel/v1 cookie"));
        file["h0"] = Hex.Encode(h0);
        file["ephemeral_private_i"] = Hex.Encode(randomI.Given[0]);
        file["ephemeral_private_r"] = Hex.Encode(randomR.Given[0]);
        file["init"] = Hex.Encode(attempt.Init);
        file["response"] = Hex.Encode(response);
        file["h1"] = Hex.Encode(h1);
        file["h2"] = Hex.Encode(h2);
        file["ss_ee"] = Hex.Encode(ee);
        file["ss_r"] = Hex.Encode(ssR);
        file["ss_i"] = Hex.Encode(ssI);
        file["prk"] = Hex.Encode(prk);
        file["confirm"] = Hex.Encode(confirm);
        file["i2r"] = Direction(i2r, IndexR, Packets.IPv4(61));
        file["r2i"] = Direction(r2i, IndexI, Packets.IPv6(100));
        return file;
    }

    private static JsonObject Direction(byte[] chain, uint receiver, byte[] packet)
    {
        var epochs = new JsonArray();
        byte[] link = chain;
        for (int epoch = 0; epoch < 3; epoch++)
        {
            epochs.Add(new JsonObject
            {
                ["c"] = Hex.Encode(link),
                ["key"] = Hex.Encode(Expand(link, "zeq/tunnel/v1 key")),
                ["iv"] = Hex.Encode(HKDF.Expand(HashAlgorithmName.SHA256, link, 12, "zeq/tunnel/v1 iv"u8.ToArray())),
            });
            link = Expand(link, "zeq/tunnel/v1 next");
        }

        var time = new ManualTime();
        var clock = new TunnelClock(time);
        using var wrapper = new PacketWrapper(chain, receiver, Zeqond.FromUnixMs((long)Stamp + 40).Value, clock, TunnelLimits.Spec);
        byte[] datagram = new byte[PacketWrapper.DatagramSize(packet.Length)];
        Assert.Equal(datagram.Length, wrapper.Wrap(packet, datagram));

        // Sealed once more by .NET's own cipher from the header as it stands.
        byte[] nonce = datagram[8..20];
        byte[] iv = HKDF.Expand(HashAlgorithmName.SHA256, chain, 12, "zeq/tunnel/v1 iv"u8.ToArray());
        for (int i = 0; i < 12; i++)
        {
            nonce[i] ^= iv[i];
        }

        byte[] inner = new byte[(packet.Length + 1 + 15) / 16 * 16];
        inner[0] = (byte)(packet[0] >> 4);
        packet.CopyTo(inner, 1);
        byte[] sealedInner = new byte[inner.Length];
        byte[] tag = new byte[16];
        using var gcm = new AesGcm(Expand(chain, "zeq/tunnel/v1 key"), 16);
        gcm.Encrypt(nonce, inner, sealedInner, tag, datagram[..20]);
        Assert.Equal([.. datagram[..20], .. sealedInner, .. tag], datagram);
        Assert.Equal(receiver, BinaryPrimitives.ReadUInt32LittleEndian(datagram.AsSpan(4)));

        return new JsonObject { ["epochs"] = epochs, ["packet"] = Hex.Encode(packet), ["inner"] = Hex.Encode(inner), ["nonce"] = Hex.Encode(nonce), ["datagram"] = Hex.Encode(datagram) };
    }

    private static byte[] Expand(byte[] prk, string label) => HKDF.Expand(HashAlgorithmName.SHA256, prk, 32, Encoding.ASCII.GetBytes(label));

    private static byte[] HashOf(byte[]? bundle) => bundle is null ? new byte[32] : SHA256.HashData(bundle);

    private static byte[] PublicKey(byte[] seed)
    {
        byte[] key = new byte[32];
        Ed25519.GetPublicKey(seed, key);
        return key;
    }

    private static byte[] Sign(byte[] text, byte[] seed)
    {
        byte[] signature = new byte[64];
        Ed25519.Sign(text, seed, signature);
        return signature;
    }

    private static string Text(JsonObject file) => file.ToJsonString(s_indented) + "\n";

    private sealed record Bundles(byte[] Offer, byte[] OfferSignature, byte[] Acceptance, byte[] AcceptanceSignature);
}
