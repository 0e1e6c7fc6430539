using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zeq.Protocol.Tests;

internal static class MintVectors
{
    private const string Inputs = """{"mass_kg": 2.0, "acceleration_ms2": 3.25, "note": "\u00e9"}""";
    private const string Operators = "KO42,NM19";
    private const string KeyPrefix = "zeq_ak_ABCDE";

    public static JsonNode Mint() => new JsonObject
    {
        ["cost"] = VectorFiles.List(((string[])
        [
            "KO42", "KO42,NM19", "KO42,NM19,NM20", "KO42,NM19,QM1", "KO42,NM1,QM1,GR1", "KO42,KO1,NM1", "KO42,NM1,NM2,NM3,NM4,NM5,NM6", "KO42,NM1,NM2,NM3,NM4,NM5,NM6,NM7",
            "KO42,NM1,NM2,NM3,NM4,NM5,NM6,QM7", "KO42,NM1,NM2,NM3,NM4,NM5,NM6,NM7,NM8,NM9,NM10,NM11,NM12,QM13",
        ]).Select(chain => new JsonObject { ["operators"] = chain, ["cost"] = ComputeCost.Quote(chain.Split(',')) })),
        ["value"] = VectorFiles.List((((long, double)[])[(2, 0), (2, 0.001), (3, 0.0005), (13, 0.00025), (20, 0), (20, 0.0005), (20, 1e-15), (5, 0.5), (7, 0.000999), (1, 0.00033)]).Select(c => new JsonObject
        {
            ["cost"] = c.Item1, ["precision_actual"] = c.Item2, ["value_zqt"] = MintCurve.Value(c.Item1, c.Item2),
        })),
        ["shares"] = VectorFiles.List((((long, Funding)[])
        [
            (6, new(0, 0, 3)), (6, new(3, 0, 0)), (6, new(2, 0, 1)), (5, new(2, 0, 1)), (40, new(19, 0, 1)), (20, new(19, 0, 1)), (3, new(19, 0, 1)), (6, new(2, 1, 0)), (6, new(0, 1, 2)),
        ]).Select(c => new JsonObject
        {
            ["value_zqt"] = c.Item1, ["free"] = c.Item2.Free, ["burn"] = c.Item2.Burn, ["paid"] = c.Item2.Paid,
            ["user"] = Share(c.Item1, c.Item2, "user"), ["foundation"] = Share(c.Item1, c.Item2, "foundation"),
        })),
    };

    public static JsonNode Compute()
    {
        string canonical = """{"inputs":{"acceleration_ms2":3.25,"mass_kg":2,"note":"é"},"operators":["KO42","NM19"],"unit":"N","value":6.5}""";
        string rT = Pulse.TextAt(Fixed.At.StartUnixMs);
        string proofText = $"{Operators}|{rT}|{Fixed.At}|{KeyPrefix}|{Digest()}";
        string slug = Fixed.Alice.OwnMachine.Text;
        return new JsonObject
        {
            ["home_secret"] = Fixed.Hex(Fixed.SecretA),
            ["origin"] = Fixed.A.Text,
            ["inputs"] = JsonNode.Parse(Inputs),
            ["operators"] = new JsonArray("KO42", "NM19"),
            ["unit"] = "N",
            ["value"] = 6.5,
            ["result_digest"] = VectorFiles.Hashed(canonical, Digest()),
            ["unix_ms"] = Fixed.At.StartUnixMs,
            ["zeqond"] = Fixed.At.Value,
            ["r_t"] = rT,
            ["key_prefix"] = KeyPrefix,
            ["zeq_proof"] = new JsonObject { ["text"] = proofText, ["hmac_sha256"] = Fixed.HomeA.Keys.Proof.ComputeHexUtf8(ComputeRow.ProofText(Operators, rT, Fixed.At, KeyPrefix, Digest())) },
            ["payer_zid"] = Fixed.Alice.Text,
            ["machine"] = slug,
            ["compute_id"] = VectorFiles.Hashed(
                $"zeq/compute/v1|https://a.example|{slug}|{Fixed.At}|{Digest()}|{Operators}|{Fixed.Alice.Text}",
                ComputeRow.IdOf(Fixed.A, Fixed.Alice.OwnMachine, Fixed.At, Digest(), Operators, Fixed.Alice)),
            ["token_hash_user"] = TokenHash("user"),
            ["token_hash_foundation"] = TokenHash("foundation"),
            ["token_id_user"] = Fixed.Coin.TokenId.Text,
        };
    }

    public static JsonNode Envelope()
    {
        EnvelopeClaim claim = EnvelopeClaim.Of(Fixed.Coin);
        string spelled = string.Create(CultureInfo.InvariantCulture,
            $$"""{"free_funded_zqt":0,"home_origin":"https://a.example","kind":"zeq-envelope/v1","machine":"{{Fixed.Alice.OwnMachine.Text}}","minted_by":"{{Fixed.Alice.Text}}","minted_zeqond":{{Fixed.At}},"operators":["KO42","NM19"],"paid_funded_zqt":6,"result_digest":"{{Digest()}}","token_hash":"{{claim.TokenHash}}","token_id":"{{claim.TokenId.Text}}","value_zqt":6,"zeq_proof":"{{claim.ZeqProof}}"}""");
        Assert.Equal(spelled, Encoding.UTF8.GetString(claim.SignedBytes()));
        Assert.True(EnvelopeProof.Verify(claim, Fixed.Coin.NodeSig, Fixed.HomeA.Keys.NodePublicKey));
        return new JsonObject
        {
            ["home_secret"] = Fixed.Hex(Fixed.SecretA),
            ["claim"] = JsonNode.Parse(spelled),
            ["jcs"] = spelled,
            ["jcs_sha256"] = Fixed.Hex(SHA256.HashData(claim.SignedBytes())),
            ["node_sig"] = Fixed.Coin.NodeSig,
            ["node_pubkey"] = Fixed.HomeA.Keys.NodePublicKey,
            ["node_sig_alg"] = "ed25519",
        };
    }

    public static Envelope CoinOf(Zid payer)
    {
        string rT = Pulse.TextAt(Fixed.At.StartUnixMs);
        string proof = Fixed.HomeA.Keys.Proof.ComputeHexUtf8(ComputeRow.ProofText(Operators, rT, Fixed.At, KeyPrefix, Digest()));
        string hash = EnvelopeClaim.HashOf(Fixed.A, payer.OwnMachine, Fixed.At, Digest(), Operators, EnvelopeClaim.UserShare, payer);
        var coin = new Envelope(
            TokenId.Of(payer.OwnMachine, Fixed.At, hash), hash, World.Hash("compute"), payer.OwnMachine, Operators, Digest(), 6, 0, 6, payer, EnvelopeClaim.UserShare, Fixed.A, Fixed.At, proof, "",
            Fixed.HomeA.Keys.NodePublicKey, payer, Fixed.A, 0, EnvelopeStatus.Active, null);
        return coin with { NodeSig = Fixed.HomeA.Keys.Sign(EnvelopeClaim.Of(coin).SignedBytes()) };
    }

    private static string Digest()
    {
        using JsonDocument inputs = JsonDocument.Parse(Inputs);
        return ComputeDigest.Of(inputs.RootElement, Operators.Split(','), "N", 6.5);
    }

    private static JsonObject TokenHash(string share) => VectorFiles.Hashed(
        $"zeq/envelope/v1|https://a.example|{Fixed.Alice.OwnMachine.Text}|{Fixed.At}|{Digest()}|{Operators}|{share}|{Fixed.Alice.Text}",
        EnvelopeClaim.HashOf(Fixed.A, Fixed.Alice.OwnMachine, Fixed.At, Digest(), Operators, share, Fixed.Alice));

    private static long Share(long value, Funding funding, string share) => MintShare.Of(value, funding).Where(s => s.Share == share).Sum(s => s.ValueZqt);
}
