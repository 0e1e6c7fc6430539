namespace Zeq.Crypto.Tests;

public class ProviderSelfTestTests
{
    public static TheoryData<Fault> Faults { get; } = [Fault.FirstOutput, Fault.SecondOutput, Fault.AlwaysYes];

    [Fact]
    public void EveryProviderOfThisLibraryPasses()
    {
        Assert.All(CryptoProvider.AesGcmProviders, p => Assert.True(ProviderSelfTest.Passes(p)));
        Assert.All(CryptoProvider.Ed25519Providers, p => Assert.True(ProviderSelfTest.Passes(p)));
        Assert.All(CryptoProvider.X25519Providers, p => Assert.True(ProviderSelfTest.Passes(p)));
        Assert.All(CryptoProvider.MLKem768Providers, p => Assert.True(ProviderSelfTest.Passes(p)));
        Assert.All(CryptoProvider.Argon2idProviders, p => Assert.True(ProviderSelfTest.Passes(p)));
    }

    [Fact]
    public void AForeignOneWithoutAFaultPasses() => Assert.Equal((true, true, true, true, true), Run(Fault.None));

    [Theory, MemberData(nameof(Faults))]
    public void AForeignOneWithAFaultFails(Fault fault) => Assert.Equal((false, false, false, false, false), Run(fault));

    private static (bool, bool, bool, bool, bool) Run(Fault fault) => (
        ProviderSelfTest.Passes(new ForeignAes256Gcm(CryptoProvider.AesGcmProviders[^1], fault)),
        ProviderSelfTest.Passes(new ForeignEd25519(CryptoProvider.Ed25519Providers[^1], fault)),
        ProviderSelfTest.Passes(new ForeignX25519(CryptoProvider.X25519Providers[^1], fault)),
        ProviderSelfTest.Passes(new ForeignMLKem768(CryptoProvider.MLKem768Providers[^1], fault)),
        ProviderSelfTest.Passes(new ForeignArgon2id(CryptoProvider.Argon2idProviders[^1], fault)));
}
