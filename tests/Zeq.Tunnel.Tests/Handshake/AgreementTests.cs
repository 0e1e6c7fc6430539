using System.Security.Cryptography;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Tunnel.Tests;

/// <summary>What a lying broker does to bundles (spec 06 rule 2, spec 51 §2): strips, swaps, downgrades, replays. Nothing of it leads to a packet.</summary>
public class AgreementTests
{
    private static readonly byte[] s_seedI = SHA256.HashData("i"u8);
    private static readonly byte[] s_seedR = SHA256.HashData("r"u8);
    private static readonly byte[] s_seedBroker = SHA256.HashData("broker"u8);
    private static readonly Zeqond s_now = new(2_281_339_465);
    private readonly TunnelOffer _offer = new()
    {
        Origin = Origin.Parse("https://a.example"),
        Requester = Slug.Parse("requester"),
        Target = Slug.Parse("relay-1"),
        PublicKey = PublicKey(s_seedI),
        Suites = [TunnelSuite.Hybrid],
        KemPublicKey = Pair.MakeKem(1).Encapsulation,
        Zeqond = s_now,
        Random = SHA256.HashData("x"u8),
    };

    private TunnelAcceptance Acceptance => new()
    {
        Origin = _offer.Origin,
        TunnelId = Pair.TunnelId,
        Nonce = new string('a', 64),
        Accepter = _offer.Target,
        PublicKey = PublicKey(s_seedR),
        Suite = TunnelSuite.Hybrid,
        KemPublicKey = Pair.MakeKem(2).Encapsulation,
        OfferHash = SHA256.HashData(_offer.ToBytes()),
    };

    [Fact]
    public void Honest_bundles_agree()
    {
        Assert.Equal(AgreementVerdict.Agreed, CheckOffer(_offer, s_seedI));
        Assert.Equal(AgreementVerdict.Agreed, CheckAcceptance(Acceptance, s_seedR));
    }

    // Seen red with a check that takes an empty signature for none asked.
    [Fact]
    public void A_bundle_that_is_missing_its_signature_or_signed_by_the_broker_is_a_downgrade()
    {
        Assert.Equal(AgreementVerdict.SuiteDowngraded, Acceptance.Check([], PublicKey(s_seedR), _offer, Pair.TunnelId, Acceptance.Nonce, SuitePolicy.Hybrid));
        Assert.Equal(AgreementVerdict.SuiteDowngraded, CheckAcceptance(Acceptance, s_seedBroker));
        Assert.Equal(AgreementVerdict.SuiteDowngraded, CheckAcceptance(Acceptance with { PublicKey = PublicKey(s_seedBroker) }, s_seedBroker));
        Assert.Equal(AgreementVerdict.SuiteDowngraded, CheckOffer(_offer, s_seedBroker));
        Assert.Equal(AgreementVerdict.SuiteDowngraded, CheckOffer(_offer with { PublicKey = PublicKey(s_seedBroker) }, s_seedBroker));
    }

    [Fact]
    public void A_swapped_ML_KEM_key_is_refused_on_either_side()
    {
        byte[] signature = Sign(Acceptance.ToBytes(), s_seedR);
        TunnelAcceptance swapped = Acceptance with { KemPublicKey = Pair.MakeKem(9).Encapsulation };
        Assert.Equal(AgreementVerdict.SuiteDowngraded, swapped.Check(signature, PublicKey(s_seedR), _offer, Pair.TunnelId, Acceptance.Nonce, SuitePolicy.Hybrid));
        TunnelOffer swappedOffer = _offer with { KemPublicKey = Pair.MakeKem(9).Encapsulation };
        Assert.Equal(AgreementVerdict.SuiteDowngraded, swappedOffer.Check(Sign(_offer.ToBytes(), s_seedI), PublicKey(s_seedI), _offer.Origin, _offer.Target, SuitePolicy.Hybrid, s_now, out _));
    }

    [Fact]
    public void A_stripped_key_or_suite_is_refused_even_where_the_peer_signed_it()
    {
        TunnelAcceptance stripped = Acceptance with { Suite = TunnelSuite.Classic, KemPublicKey = default };
        Assert.Equal(AgreementVerdict.SuiteDowngraded, CheckAcceptance(stripped, s_seedR));
        Assert.Equal(AgreementVerdict.SuiteDowngraded, CheckAcceptance(stripped, s_seedR, SuitePolicy.Any));
        TunnelOffer weak = _offer with { Suites = [TunnelSuite.Classic], KemPublicKey = default };
        Assert.Equal(AgreementVerdict.SuiteDowngraded, CheckOffer(weak, s_seedI));
        Assert.Equal(AgreementVerdict.Agreed, CheckOffer(weak, s_seedI, SuitePolicy.Any));
        Assert.Equal(AgreementVerdict.BadKemKey, CheckAcceptance(Acceptance with { KemPublicKey = default }, s_seedR));
        byte[] high = Pair.MakeKem(2).Encapsulation;
        high.AsSpan(0, 3).Fill(0xFF);
        Assert.Equal(AgreementVerdict.BadKemKey, CheckAcceptance(Acceptance with { KemPublicKey = high }, s_seedR));
    }

    [Fact]
    public void A_bundle_for_another_tunnel_or_time_is_refused()
    {
        foreach (TunnelAcceptance other in (TunnelAcceptance[])
        [
            Acceptance with { TunnelId = Guid.Parse("0198f2c1-0000-7222-8333-444455556666") },
            Acceptance with { Nonce = new string('b', 64) },
            Acceptance with { Accepter = Slug.Parse("relay-2") },
            Acceptance with { Origin = Origin.Parse("https://b.example") },
            Acceptance with { OfferHash = SHA256.HashData((_offer with { Random = SHA256.HashData("y"u8) }).ToBytes()) },
        ])
        {
            Assert.Equal(AgreementVerdict.OtherTunnel, CheckAcceptance(other, s_seedR));
        }

        Assert.Equal(AgreementVerdict.OtherTunnel, CheckOffer(_offer with { Target = Slug.Parse("relay-2") }, s_seedI));
        Assert.Equal(AgreementVerdict.OtherTunnel, CheckOffer(_offer with { Origin = Origin.Parse("https://b.example") }, s_seedI));
        Assert.Equal(AgreementVerdict.Agreed, CheckOffer(_offer with { Zeqond = new Zeqond(s_now.Value - 128) }, s_seedI));
        Assert.Equal(AgreementVerdict.Stale, CheckOffer(_offer with { Zeqond = new Zeqond(s_now.Value - 129) }, s_seedI));
    }

    // Seen red with a locator that does not depend on the bundles.
    [Fact]
    public void Sides_that_saw_other_bundles_or_suites_never_find_each_other()
    {
        (byte[] encapsulation, byte[] decapsulation) = Pair.MakeKem(1);
        var locators = new HashSet<ulong>();
        foreach ((string offer, string acceptance) in ((string, string)[])[("B_i", "B_r"), ("B_i", ""), ("", "B_r"), ("B_i2", "B_r"), ("", "")])
        {
            byte[] b = System.Text.Encoding.ASCII.GetBytes(offer);
            byte[] r = System.Text.Encoding.ASCII.GetBytes(acceptance);
            using TunnelSecrets hybrid = TunnelSecrets.Create(TunnelRole.Responder, TunnelSuite.Hybrid, Pair.TunnelId, Pair.Key, b, r, decapsulation, encapsulation);
            using TunnelSecrets classic = TunnelSecrets.Create(TunnelRole.Responder, TunnelSuite.Classic, Pair.TunnelId, Pair.Key, b, r, [], []);
            Assert.True(locators.Add(hybrid.Locator));
            Assert.True(locators.Add(classic.Locator));
        }
    }

    [Fact]
    public void Two_static_tunnels_of_one_key_in_one_process_are_refused()
    {
        byte[] key = SHA256.HashData("a key file"u8);
        using (TunnelSecrets.CreateStatic(TunnelRole.Initiator, key))
        {
            Assert.Throws<InvalidOperationException>(() => TunnelSecrets.CreateStatic(TunnelRole.Initiator, key));
            Assert.Throws<InvalidOperationException>(() => TunnelSecrets.CreateStatic(TunnelRole.Responder, key));
        }

        TunnelSecrets.CreateStatic(TunnelRole.Initiator, key).Dispose();
    }

    private AgreementVerdict CheckOffer(TunnelOffer offer, byte[] signer, SuitePolicy policy = SuitePolicy.Hybrid) =>
        offer.Check(Sign(offer.ToBytes(), signer), PublicKey(s_seedI), _offer.Origin, _offer.Target, policy, s_now, out _);

    private AgreementVerdict CheckAcceptance(TunnelAcceptance acceptance, byte[] signer, SuitePolicy policy = SuitePolicy.Hybrid) =>
        acceptance.Check(Sign(acceptance.ToBytes(), signer), PublicKey(s_seedR), _offer, Pair.TunnelId, Acceptance.Nonce, policy);

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
}
