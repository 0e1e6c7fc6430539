using System.Text.Json;

namespace Zeq.Crypto.Tests;

/// <summary>ML-KEM-768 by the vectors of NIST and Wycheproof, on every implementation.</summary>
public class MLKem768VectorTests
{
    public static TheoryData<string> Providers { get; } = [.. KemProviders.Names];

    public static TheoryData<string> ManagedPaths { get; } = [.. KemProviders.ManagedNames];

    [Theory, MemberData(nameof(Providers))]
    public void AcvpKeyGeneration(string name)
    {
        using var prompt = JsonDocument.Parse(VectorFile.ReadBytes("acvp", "ML-KEM-768-keyGen-FIPS203", "prompt.json"));
        using var expected = JsonDocument.Parse(VectorFile.ReadBytes("acvp", "ML-KEM-768-keyGen-FIPS203", "expectedResults.json"));
        var answers = expected.RootElement.GetProperty("testGroups")[0].GetProperty("tests").EnumerateArray().ToDictionary(t => t.GetProperty("tcId").GetInt32());
        var count = 0;
        foreach (var test in prompt.RootElement.GetProperty("testGroups")[0].GetProperty("tests").EnumerateArray())
        {
            var answer = answers[test.GetProperty("tcId").GetInt32()];
            var pair = KemProviders.Generate(KemProviders.Get(name), [.. test.Bytes("d"), .. test.Bytes("z")]);
            Assert.Equal(answer.Bytes("ek"), pair.EncapsulationKey);
            Assert.Equal(answer.Bytes("dk"), pair.DecapsulationKey);
            count++;
        }

        Assert.Equal(25, count);
    }

    [Theory, MemberData(nameof(Providers))]
    public void WycheproofKeyGeneration100(string name)
    {
        var count = 0;
        foreach (var (_, test) in Wycheproof.Read("mlkem_768_keygen_seed_test.json"))
        {
            Assert.True(test.IsValid());
            var pair = KemProviders.Generate(KemProviders.Get(name), test.Bytes("seed"));
            Assert.Equal(test.Bytes("ek"), pair.EncapsulationKey);
            Assert.Equal(test.Bytes("dk"), pair.DecapsulationKey);
            count++;
        }

        Assert.Equal(100, count);
    }

    [Theory, MemberData(nameof(ManagedPaths))]
    public void WycheproofEncapsulation265(string name)
    {
        var count = 0;
        foreach (var (_, test) in Wycheproof.Read("mlkem_768_encaps_test.json"))
        {
            var provider = KemProviders.Managed(name);
            Assert.Equal(test.IsValid(), MLKem768.IsValidEncapsulationKey(test.Bytes("ek")));
            if (test.IsValid())
            {
                Assert.True(provider.IsBelowModulus(test.Bytes("ek")), test.Label());
                var (cipherText, sharedSecret) = KemProviders.EncapsulateInternal(provider, test.Bytes("ek"), test.Bytes("m"));
                Assert.Equal(test.Bytes("c"), cipherText);
                Assert.Equal(test.Bytes("K"), sharedSecret);
            }
            else
            {
                Assert.Throws<ArgumentException>(() => KemProviders.EncapsulateInternal(provider, test.Bytes("ek"), test.Bytes("m")));
                Assert.False(test.Bytes("ek").Length == MLKem768.EncapsulationKeySizeBytes && provider.IsBelowModulus(test.Bytes("ek")));
            }

            count++;
        }

        Assert.Equal(265, count);
    }

    /// <summary>The ciphertexts cannot be foreseen here, but who may be encapsulated to must not depend on the implementation.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void WycheproofEncapsulationKeys265(string name)
    {
        foreach (var (_, test) in Wycheproof.Read("mlkem_768_encaps_test.json"))
        {
            if (test.IsValid())
            {
                KemProviders.Encapsulate(KemProviders.Get(name), test.Bytes("ek"));
            }
            else
            {
                Assert.Throws<ArgumentException>(() => KemProviders.Encapsulate(KemProviders.Get(name), test.Bytes("ek")));
            }
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void WycheproofDecapsulation193(string name)
    {
        var provider = KemProviders.Get(name);
        var count = 0;
        foreach (var (_, test) in Wycheproof.Read("mlkem_768_test.json"))
        {
            count++;
            if (test.Bytes("seed").Length != MLKem768.SeedSizeBytes)
            {
                Assert.True(test.IsInvalid());
                Assert.Throws<ArgumentException>(() => KemProviders.Generate(provider, test.Bytes("seed")));
                continue;
            }

            var pair = KemProviders.Generate(provider, test.Bytes("seed"));
            Assert.Equal(test.Bytes("ek"), pair.EncapsulationKey);
            var sharedSecret = KemProviders.Decapsulate(provider, pair.DecapsulationKey, test.Bytes("c"));
            Assert.True(sharedSecret is null == test.IsInvalid(), test.Label());
            if (test.IsValid())
            {
                Assert.Equal(test.Bytes("K"), sharedSecret);
            }
        }

        Assert.Equal(193, count);
    }

    [Theory, MemberData(nameof(Providers))]
    public void WycheproofSemiExpandedDecapsulation9(string name)
    {
        var provider = KemProviders.Get(name);
        var count = 0;
        foreach (var (_, test) in Wycheproof.Read("mlkem_768_semi_expanded_decaps_test.json"))
        {
            count++;
            if (test.Bytes("dk").Length != MLKem768.DecapsulationKeySizeBytes)
            {
                Assert.Throws<ArgumentException>(() => KemProviders.Decapsulate(provider, test.Bytes("dk"), test.Bytes("c")));
                continue;
            }

            var sharedSecret = KemProviders.Decapsulate(provider, test.Bytes("dk"), test.Bytes("c"));
            Assert.True(sharedSecret is null == test.IsInvalid(), test.Label());
            if (test.IsValid())
            {
                Assert.Equal(test.Bytes("K"), sharedSecret);
            }
        }

        Assert.Equal(9, count);
    }
}
