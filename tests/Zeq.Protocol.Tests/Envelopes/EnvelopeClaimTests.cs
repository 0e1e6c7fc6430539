using System.Text;

namespace Zeq.Protocol.Tests;

public class EnvelopeClaimTests
{
    [Fact]
    public async Task The_light_proof_of_a_mint_verifies_offline_and_shows_no_holder()
    {
        await using World a = await World.StartAsync();
        Envelope coin = await a.MintAsync(await a.RegisterAsync(1));
        EnvelopeClaim claim = EnvelopeClaim.Of(coin);
        Assert.True(EnvelopeProof.Verify(claim, coin.NodeSig, a.Context.Keys.NodePublicKey));
        string text = Encoding.UTF8.GetString(claim.SignedBytes());
        Assert.StartsWith("{\"free_funded_zqt\":", text, StringComparison.Ordinal);
        Assert.Contains("\"kind\":\"zeq-envelope/v1\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("issued_to", text, StringComparison.Ordinal);
        Assert.DoesNotContain("holder", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_field_changed_breaks_it()
    {
        await using World a = await World.StartAsync();
        await using var b = new World("https://b.example");
        Envelope coin = await a.MintAsync(await a.RegisterAsync(1));
        EnvelopeClaim claim = EnvelopeClaim.Of(coin);
        string key = a.Context.Keys.NodePublicKey;
        EnvelopeClaim[] forged =
        [
            claim with { TokenId = TokenId.Of(coin.Machine, coin.Minted, World.Hash("no")) }, claim with { TokenHash = World.Hash("no") }, claim with { ValueZqt = 7 },
            claim with { FreeFundedZqt = 1 }, claim with { PaidFundedZqt = 1 }, claim with { MintedBy = Zid.FromNumber(2) }, claim with { HomeOrigin = b.Origin },
            claim with { Machine = Slug.Parse("lab") }, claim with { Minted = new Zeqond(1) }, claim with { Operators = ["KO42"] }, claim with { ResultDigest = World.Hash("no") },
            claim with { ZeqProof = World.Hash("no") },
        ];
        Assert.All(forged, f => Assert.False(EnvelopeProof.Verify(f, coin.NodeSig, key)));
        Assert.False(EnvelopeProof.Verify(claim, coin.NodeSig, b.Context.Keys.NodePublicKey));
        Assert.False(EnvelopeProof.Verify(claim, coin.NodeSig[2..] + "00", key));
        Assert.False(EnvelopeProof.Verify(claim, "", key));

        // What a home signs of its own free will is still no coin where the hash is not the fields' or the value is no coin's.
        Assert.False(EnvelopeProof.Verify(forged[1], a.Context.Keys.Sign(forged[1].SignedBytes()), key));
        EnvelopeClaim huge = claim with { ValueZqt = 41 };
        Assert.False(EnvelopeProof.Verify(huge, a.Context.Keys.Sign(huge.SignedBytes()), key));
        EnvelopeClaim nothing = claim with { ValueZqt = 0 };
        Assert.False(EnvelopeProof.Verify(nothing, a.Context.Keys.Sign(nothing.SignedBytes()), key));
    }

    [Fact]
    public void The_token_hash_is_bound_to_each_field()
    {
        Origin home = Origin.Parse("https://a.example");
        string Of(string? origin = null, string machine = "lab", long zeqond = 5, string digest = "d", string operators = "KO42", string share = "user", int payer = 1) =>
            EnvelopeClaim.HashOf(Origin.Parse(origin ?? home.Text), Slug.Parse(machine), new Zeqond(zeqond), digest, operators, share, Zid.FromNumber(payer));
        string hash = Of();
        Assert.Equal(World.Hash("zeq/envelope/v1|https://a.example|lab|5|d|KO42|user|ZEQ07000000001"), hash);
        string[] others = [Of("https://b.example"), Of(machine: "lab2"), Of(zeqond: 6), Of(digest: "e"), Of(operators: "KO42,NM19"), Of(share: "foundation"), Of(payer: 2)];
        Assert.All(others, other => Assert.NotEqual(hash, other));
    }
}
