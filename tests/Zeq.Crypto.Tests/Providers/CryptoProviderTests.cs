namespace Zeq.Crypto.Tests;

public class CryptoProviderTests
{
    [Fact]
    public void EveryAlgorithmIsDescribedByTheProviderThatRunsIt()
    {
        var infos = CryptoProvider.Describe();
        Assert.Equal(
            ["SHA-256", "HMAC-SHA-256", "HKDF-SHA-256", "AES-256-GCM", "Ed25519", "X25519", "ML-KEM-768", "PBKDF2-HMAC-SHA-512", "Argon2id"], infos.Select(i => i.Algorithm));
        Assert.All(infos, info => Assert.NotEmpty(info.Provider));
        Assert.All(infos.Take(3), info => Assert.StartsWith(".NET ", info.Provider, StringComparison.Ordinal));
        Assert.Matches(CryptoProvider.IsManagedForced || !System.Security.Cryptography.MLKem.IsSupported ? "^managed" : "^[.]NET ", infos[6].Provider);
        Assert.StartsWith(".NET ", infos[7].Provider, StringComparison.Ordinal);
        Assert.Equal("managed", infos[8].Provider);
        Assert.Equal("A: b 1", new AlgorithmInfo("A", "b 1").ToString());
        if (CryptoProvider.IsManagedForced || Libcrypto.Name is null)
        {
            Assert.StartsWith(".NET ", infos[3].Provider, StringComparison.Ordinal);
            Assert.Equal("managed", infos[4].Provider);
            Assert.Equal("managed", infos[5].Provider);
        }
        else
        {
            Assert.Matches(@"^libcrypto 3\.\d+\.\d+", infos[3].Provider);
            Assert.Equal(infos[3].Provider, infos[4].Provider);
            Assert.Equal(infos[3].Provider, infos[5].Provider);
        }
    }

    /// <summary><c>test.sh</c> runs this suite once more beside an OpenSSL that has ML-KEM: that run must not pass without it.</summary>
    [Fact]
    public void MLKemOfTheSystemIsFirstWhereThereIsOne()
    {
        var isThere = CryptoProvider.MLKem768Providers[0] is BclMLKem768;
        Assert.Equal(System.Security.Cryptography.MLKem.IsSupported, isThere);
        Assert.True(isThere || Environment.GetEnvironmentVariable("ZEQ_TEST_MLKEM") != "system");
    }

    [Fact]
    public void TheManagedOneIsAlwaysThereAndLast()
    {
        Assert.IsType<BclAesGcm>(CryptoProvider.AesGcmProviders[^1]);
        Assert.IsType<ManagedEd25519>(CryptoProvider.Ed25519Providers[^1]);
        Assert.IsType<ManagedX25519>(CryptoProvider.X25519Providers[^1]);
        Assert.Equal("managed", CryptoProvider.MLKem768Providers[^1].Name);
        Assert.Equal(Libcrypto.Name is null ? 1 : 2, CryptoProvider.AesGcmProviders.Count);
    }

    [Fact]
    public void TheSwitchAndTheEnvironmentForceTheManagedOnes()
    {
        // The choice of this process is made before anything is changed here.
        var chosen = CryptoProvider.IsManagedForced;
        var before = Environment.GetEnvironmentVariable(CryptoProvider.EnvironmentVariable);
        Assert.Equal(before == "managed", chosen);
        try
        {
            foreach (var (value, isForced) in ((string?, bool)[])[(null, false), ("", false), ("native", false), ("managed", true), ("Managed", true)])
            {
                Environment.SetEnvironmentVariable(CryptoProvider.EnvironmentVariable, value);
                Assert.Equal(isForced, CryptoProvider.ReadIsManagedForced());
            }

            Environment.SetEnvironmentVariable(CryptoProvider.EnvironmentVariable, null);
            AppContext.SetSwitch(CryptoProvider.UseManagedSwitch, true);
            Assert.True(CryptoProvider.ReadIsManagedForced());
            AppContext.SetSwitch(CryptoProvider.UseManagedSwitch, false);
            Assert.False(CryptoProvider.ReadIsManagedForced());
        }
        finally
        {
            AppContext.SetSwitch(CryptoProvider.UseManagedSwitch, false);
            Environment.SetEnvironmentVariable(CryptoProvider.EnvironmentVariable, before);
        }
    }
}
