using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

internal static class BasicVectors
{
    public static JsonNode Time() => new JsonObject
    {
        ["zeqond_ms"] = KernelConstants.ZeqondMs,
        ["pulse_hz"] = KernelConstants.PulseHz,
        ["alpha"] = KernelConstants.Alpha,
        ["vectors"] = VectorFiles.List(((long[])[0, 1, 388, 776, 777, 778, -1, -777, -778, 1_000_000_000_000, 1_750_000_000_000, 1_750_000_000_388, 1_767_225_600_000, 4_102_444_800_000]).Select(ms => new JsonObject
        {
            ["unix_ms"] = ms,
            ["zeqond"] = Zeqond.FromUnixMs(ms).Value,
            ["phase"] = Zeqond.Phase(ms).ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture),
            ["r_t"] = Pulse.TextAt(ms),
        })),
    };

    public static JsonNode Identifiers() => new JsonObject
    {
        ["zid"] = Forms(
            ["ZEQ07491829374", "ZEQ00000000000", "ZEQ-FOUNDATION", "ZEQ-SYS"],
            ["", "ZEQ0749182937", "ZEQ074918293744", "zeq07491829374", "ZEQ0749182937|", "ZEQ07491829374\n", "ZEQ0749182937\u0661", " ZEQ07491829374", "zeq-sys"],
            text => Zid.TryParse(text, out Zid zid) ? zid.Text : null),
        ["slug"] = Forms(
            ["a", "lab-7", "Lab-7", "-", "ZEQ07491829374", new string('a', 64)],
            ["", "a b", "a|b", "a_b", "a.b", "ä", "\u212a", "a\0", new string('a', 65)],
            text => Slug.TryParse(text, out Slug slug) ? slug.Text : null),
        ["origin"] = Forms(
            ["https://a.example", "https://a.example:8443", "http://127.0.0.1:5000", "https://[2001:db8::1:0:0:1]:8443", "https://1.2.3.4", "https://xn--bcher-kva.example"],
            [
                "a.example", "HTTPS://a.example", "https://A.example", "https://a.example/", "https://a.example:443", "http://a.example:80", "https://a.example:08443", "https://a.example.",
                "https://user@a.example", "https://[::01]", "https://[::A]", "https://[1.2.3.4]", "https://01.2.3.4", "https://1.2.3", "https://0x7f.1", "https://a.1", "https://a|b.example", "ftp://a.example",
            ],
            text => Origin.TryParse(text, out Origin origin) ? origin.Text : null),
        ["token_id"] = Forms(
            ["ZT-a-0-0123456789abcdef", "ZT-lab-7-2252252252-0123456789abcdef", "ZT---1-0123456789abcdef"],
            ["ZT-a-01-0123456789abcdef", "ZT-A-1-0123456789abcdef", "ZT-a-1-0123456789ABCDEF", "ZT-a-1-0123456789abcde", "ZT--1-0123456789abcdef", "ZT-a-9223372036854775808-0123456789abcdef", "ZT-a|b-1-0123456789abcdef"],
            text => TokenId.TryParse(text, out TokenId token) ? token.Text : null),
        ["reserved_slug"] = VectorFiles.List(
            ((string[])["zeq07491829374", "zeq07491829374-2", "zeq-sys", "zeq-foundation-x", "aggregate", "state-machines", "contracts", "zeq", "zeq0749182937", "lab"]).Select(slug => new JsonObject
            {
                ["slug"] = slug,
                ["reserved"] = Slug.Parse(slug).IsReservedFor(null),
                ["reserved_for_ZEQ07491829374"] = Slug.Parse(slug).IsReservedFor(Fixed.Alice),
            })),
        ["default_home_name"] = new JsonObject { ["origin"] = Fixed.A.Text, ["name"] = HomeContext.DefaultName(Fixed.A).Text },
        ["origin_id"] = new JsonObject { ["parent_origin"] = "a-home", ["slug"] = "lab-7", ["origin_id"] = Fixed.HomeA.OriginIdOf(Slug.Parse("lab-7")) },
    };

    public static JsonNode Keys()
    {
        var subKeys = new JsonObject();
        foreach (string label in (string[])["zeq/receipt/v1", "zeq/claim-ticket/v1", "zeq/bearer-ticket/v1", "zeq/proof/v1", "zeq/session/v1", "zeq/node-ed25519/v1"])
        {
            subKeys[label] = Fixed.Hex(SubKey(label));
        }

        // The library shows no key; what it makes with each says which one it has.
        HomeKeys keys = Fixed.HomeA.Keys;
        foreach ((HmacKey mac, string label) in ((HmacKey, string)[])[(keys.Receipt, "zeq/receipt/v1"), (keys.ClaimTicket, "zeq/claim-ticket/v1"), (keys.BearerTicket, "zeq/bearer-ticket/v1"), (keys.Proof, "zeq/proof/v1")])
        {
            Assert.Equal(Fixed.Hex(HMACSHA256.HashData(SubKey(label), "x"u8)), mac.ComputeHexUtf8("x"));
        }

        byte[] nodeKey = new byte[32], recoveryKey = new byte[32];
        Ed25519.GetPublicKey(SubKey("zeq/node-ed25519/v1"), nodeKey);
        Ed25519.GetPublicKey(Fixed.RecoverySeed, recoveryKey);
        Assert.Equal(Fixed.Hex(nodeKey), keys.NodePublicKey);
        return new JsonObject
        {
            ["home_secret"] = Fixed.Hex(Fixed.SecretA),
            ["origin"] = Fixed.A.Text,
            ["sub_keys"] = subKeys,
            ["node_public_key"] = keys.NodePublicKey,
            ["zid_of_public_key"] = new JsonObject
            {
                ["seed"] = Fixed.Hex(Fixed.RecoverySeed),
                ["public_key"] = Fixed.Hex(recoveryKey),
                ["sha256"] = Fixed.Hex(SHA256.HashData(recoveryKey)),
                ["zid"] = RegisterIdentity.ZidOf(recoveryKey).Text,
            },
        };
    }

    public static JsonNode SignedTexts()
    {
        byte[] key = new byte[32];
        Ed25519.GetPublicKey(Fixed.RecoverySeed, key);
        string hex = Fixed.Hex(key), acceptance = Fixed.Hex(Fixed.Acceptance);
        long at = Fixed.At.Value;
        Zid zid = RegisterIdentity.ZidOf(key);
        string token = Fixed.Coin.TokenId.Text;
        return new JsonObject
        {
            ["recovery_seed"] = Fixed.Hex(Fixed.RecoverySeed),
            ["recovery_public_key"] = hex,
            ["home_secret_of_b"] = Fixed.Hex(Fixed.SecretB),
            ["node_public_key_of_b"] = Fixed.HomeB.Keys.NodePublicKey,
            ["acceptance"] = acceptance,
            ["vectors"] = new JsonArray(
                Signed("register", $"zeq-register|https://a.example|{hex}|{at}", RegisterIdentity.SignedText(Fixed.A, hex, Fixed.At), hex, Recovery),
                Signed("recover", $"zeq-recover|https://a.example|{zid.Text}|{at}", RecoverIdentity.SignedText(Fixed.A, zid, Fixed.At), hex, Recovery),
                Signed("recovery-key", $"zeq-recovery-key|https://a.example|{zid.Text}|{hex}|{at}", SetRecoveryKey.SignedText(Fixed.A, zid, hex, Fixed.At), hex, Recovery),
                Signed(
                    "accept-claim", $"zeq-accept/v1|https://a.example|{token}|{Fixed.Bob.Text}|https://b.example|1|{World.HashOfHex(acceptance)}",
                    AcceptClaim.SignedText(Fixed.A, Fixed.Coin.TokenId, Fixed.Bob, Fixed.B, 1, acceptance), Fixed.HomeB.Keys.NodePublicKey, text => Fixed.HomeB.Keys.Sign(text)),
                Signed(
                    "reissue-claim", $"zeq-reissue/v1|https://a.example|{token}|{Fixed.Bob.Text}|https://b.example|2|{at}",
                    RemoteHolder.ReissueText(Fixed.A, Fixed.Coin.TokenId, Fixed.Bob, Fixed.B, 2, Fixed.At), Fixed.HomeB.Keys.NodePublicKey, text => Fixed.HomeB.Keys.Sign(text))),
        };
    }

    private static byte[] SubKey(string label) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Fixed.SecretA, 32, Encoding.UTF8.GetBytes(Fixed.A.Text), Encoding.UTF8.GetBytes(label));

    private static string Recovery(byte[] text)
    {
        byte[] signature = new byte[64];
        Ed25519.Sign(text, Fixed.RecoverySeed, signature);
        return Fixed.Hex(signature);
    }

    private static JsonObject Signed(string name, string spelled, byte[] ofLibrary, string publicKey, Func<byte[], string> sign)
    {
        Assert.Equal(spelled, Encoding.UTF8.GetString(ofLibrary));
        string signature = sign(ofLibrary);
        Assert.True(SignedStamp.Verify(ofLibrary, signature, publicKey));
        return new JsonObject { ["name"] = name, ["text"] = spelled, ["public_key"] = publicKey, ["signature"] = signature };
    }

    private static JsonObject Forms(string[] valid, string[] invalid, Func<string, string?> read)
    {
        Assert.All(valid, text => Assert.NotNull(read(text)));
        Assert.All(invalid, text => Assert.Null(read(text)));
        return new JsonObject
        {
            ["valid"] = VectorFiles.List(valid.Select(text => new JsonObject { ["input"] = text, ["value"] = read(text) })),
            ["invalid"] = VectorFiles.List(invalid.Select(text => (JsonNode)text)),
        };
    }
}
