using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client.Tests;

/// <summary>Light proofs are read with the exact member set and hold against a pinned key alone (spec 10 §3, spec 05 rule 7).</summary>
public sealed class LightProofTests
{
    private readonly byte[] _seed = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public void A_proof_that_the_home_signed_holds()
    {
        LightProof proof = Assert.IsType<LightProof>(Read(Json()));
        Assert.True(proof.Verify(NodeKey()));
        Assert.Equal(Json(), JsonSerializer.Serialize(proof.Body, WireJson.Default.ProofAnswer));
        Assert.Equal(JsonSerializer.Serialize(proof.Body.Claim, WireJson.Default.EnvelopeClaimBody), JsonSerializer.Serialize(LightProof.BodyOf(proof.Claim), WireJson.Default.EnvelopeClaimBody));
    }

    [Fact]
    public void Another_pinned_key_refuses_it_whatever_key_the_proof_names()
    {
        string other = Hex.Encode(PublicKeyOf(RandomNumberGenerator.GetBytes(32)));
        Assert.False(Read(Json())!.Verify(other));
        Assert.False(Read(Changed(root => root["node_pubkey"] = other))!.Verify(other));
        Assert.False(Read(Changed(root => root["node_pubkey"] = other))!.Verify(NodeKey()));
    }

    [Theory]
    [InlineData("value_zqt", 7)]
    [InlineData("free_funded_zqt", 1)]
    [InlineData("paid_funded_zqt", 5)]
    [InlineData("minted_by", "ZEQ07000000002")]
    [InlineData("home_origin", "https://b.example")]
    [InlineData("machine", "other")]
    [InlineData("minted_zeqond", 13)]
    [InlineData("zeq_proof", "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd")]
    [InlineData("result_digest", "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd")]
    [InlineData("token_hash", "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd")]
    public void A_changed_claim_does_not_hold(string member, object value)
    {
        LightProof? proof = Read(Changed(root => root["claim"]![member] = JsonValue.Create(value is int number ? JsonSerializer.SerializeToElement(number) : JsonSerializer.SerializeToElement((string)value))));
        Assert.False(proof?.Verify(NodeKey()) ?? false);
    }

    [Fact]
    public void Every_member_is_needed_and_no_other_is_taken()
    {
        foreach (string member in JsonNode.Parse(Json())!["claim"]!.AsObject().Select(m => m.Key))
        {
            Assert.Null(Read(Changed(root => root["claim"]!.AsObject().Remove(member))));
        }

        foreach (string member in (string[])["node_sig", "node_pubkey", "node_sig_alg", "claim"])
        {
            Assert.Null(Read(Changed(root => root.Remove(member))));
        }

        Assert.Null(Read(Changed(root => root["claim"]!["migrated_from"] = "x")));
        Assert.Null(Read(Changed(root => root["holder"] = "x")));
    }

    [Fact]
    public void A_doubled_member_is_refused()
    {
        string json = Json();
        Assert.Null(Read(json.Replace("\"value_zqt\":6", "\"value_zqt\":6,\"value_zqt\":6", StringComparison.Ordinal)));
        Assert.Null(Read(json.Replace("\"node_sig_alg\"", "\"node_sig_alg\":\"ed25519\",\"node_sig_alg\"", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("kind", "zeq-envelope/v2")]
    [InlineData("token_id", "ZT-x")]
    [InlineData("minted_by", "ZEQ1")]
    [InlineData("machine", "UPPER")]
    [InlineData("home_origin", "https://A.example")]
    [InlineData("token_hash", "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD")]
    public void A_member_out_of_its_form_is_refused(string member, string value) => Assert.Null(Read(Changed(root => root["claim"]![member] = value)));

    [Theory]
    [InlineData("9007199254740992")]
    [InlineData("-1")]
    [InlineData("6.5")]
    [InlineData("\"6\"")]
    public void A_number_that_is_no_exact_integer_is_refused(string number) =>
        Assert.Null(Read(Json().Replace("\"value_zqt\":6", "\"value_zqt\":" + number, StringComparison.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"claim\":[]}")]
    public void What_is_no_proof_is_refused(string text) => Assert.Null(Read(text));

    [Fact]
    public async Task The_client_refuses_a_proof_of_another_coin()
    {
        using var home = new ScriptedHome().Answer(200, Json());
        using ZeqClient client = home.Client();
        await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Envelopes.GetProofAsync(TokenId.Parse("ZT-zeq07000000001-12-0123456789abcdef")));
    }

    private static LightProof? Read(string json) => LightProof.TryRead(Encoding.UTF8.GetBytes(json), out LightProof? proof) ? proof : null;

    private static byte[] PublicKeyOf(byte[] seed)
    {
        byte[] key = new byte[32];
        Ed25519.GetPublicKey(seed, key);
        return key;
    }

    private string NodeKey() => Hex.Encode(PublicKeyOf(_seed));

    private string Changed(Action<JsonObject> change)
    {
        JsonObject root = JsonNode.Parse(Json())!.AsObject();
        change(root);
        return root.ToJsonString();
    }

    private string Json()
    {
        Origin home = Origin.Parse("https://a.example");
        Slug machine = Slug.Parse("zeq07000000001");
        Zid payer = Zid.Parse("ZEQ07000000001");
        string digest = new('a', 64);
        string hash = EnvelopeClaim.HashOf(home, machine, new Zeqond(12), digest, "KO42,NM19", EnvelopeClaim.UserShare, payer);
        var claim = new EnvelopeClaim(
            TokenId.Of(machine, new Zeqond(12), hash), hash, 6, 0, 6, payer, home, machine, new Zeqond(12), ["KO42", "NM19"], digest, new string('b', 64));
        byte[] signature = new byte[64];
        Ed25519.Sign(claim.SignedBytes(), _seed, signature);
        return JsonSerializer.Serialize(new ProofAnswer(true, LightProof.BodyOf(claim), Hex.Encode(signature), NodeKey(), LightProof.Algorithm), WireJson.Default.ProofAnswer);
    }
}
