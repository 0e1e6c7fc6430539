using System.Text.Json;

namespace Zeq.Crypto.Tests;

public class HybridKemTests
{
    public static TheoryData<string, string> Providers
    {
        get
        {
            var pairs = new TheoryData<string, string>();
            foreach (var kem in CryptoProvider.MLKem768Providers)
            {
                foreach (var curve in CryptoProvider.X25519Providers)
                {
                    pairs.Add(kem.Name, curve.Name);
                }
            }

            return pairs;
        }
    }

    /// <summary>The points of small order of curve25519, canonical and not (RFC 7748 §6.1 warns of them).</summary>
    public static TheoryData<string> SmallOrder { get; } =
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
    ];

    private static IMLKem768Provider Kem(string name) => KemProviders.Get(name);

    private static IX25519Provider Curve(string name) => CryptoProvider.X25519Providers.Single(p => p.Name == name);

    [Theory, MemberData(nameof(Providers))]
    public void DraftAppendixC(string kem, string curve)
    {
        using var document = JsonDocument.Parse(VectorFile.ReadBytes("xwing", "xwing.json"));
        var count = 0;
        foreach (var test in document.RootElement.EnumerateArray())
        {
            var encapsulationKey = new byte[1216];
            HybridKem.GenerateKey(Kem(kem), Curve(curve), test.Bytes("seed"), encapsulationKey);
            Assert.Equal(test.GetProperty("pk").GetString(), Hex.Encode(encapsulationKey));
            Assert.True(HybridKem.IsValidEncapsulationKey(encapsulationKey));

            var (cipherText, secret) = (new byte[1120], new byte[32]);
            HybridKem.EncapsulateInternal(Curve(curve), encapsulationKey, test.Bytes("eseed"), cipherText, secret);
            Assert.Equal(test.GetProperty("ct").GetString(), Hex.Encode(cipherText));
            Assert.Equal(test.GetProperty("ss").GetString(), Hex.Encode(secret));

            secret.AsSpan().Clear();
            Assert.True(HybridKem.TryDecapsulate(Kem(kem), Curve(curve), test.Bytes("seed"), cipherText, secret));
            Assert.Equal(test.GetProperty("ss").GetString(), Hex.Encode(secret));
            count++;
        }

        Assert.Equal(3, count);
    }

    [Theory, MemberData(nameof(Providers))]
    public void BothSidesGetOneSecretAndEachTimeAnother(string kem, string curve)
    {
        var random = SeededRandom.Create();
        for (var i = 0; i < 20; i++)
        {
            var seed = random.Bytes(32);
            var (encapsulationKey, cipherText, sent, received, again) = (new byte[1216], new byte[1120], new byte[32], new byte[32], new byte[32]);
            HybridKem.GenerateKey(Kem(kem), Curve(curve), seed, encapsulationKey);
            HybridKem.Encapsulate(Kem(kem), Curve(curve), encapsulationKey, cipherText, sent);
            Assert.True(HybridKem.TryDecapsulate(Kem(kem), Curve(curve), seed, cipherText, received));
            Assert.Equal(sent, received);

            // Both halves are fresh.
            var first = cipherText.ToArray();
            HybridKem.Encapsulate(Kem(kem), Curve(curve), encapsulationKey, cipherText, again);
            Assert.NotEqual(sent, again);
            Assert.NotEqual(first[..1088], cipherText[..1088]);
            Assert.NotEqual(first[1088..], cipherText[1088..]);
        }
    }

    [Fact]
    public void AChangedCiphertextOrAnotherKeyGivesAnotherSecret()
    {
        var random = SeededRandom.Create();
        var seed = random.Bytes(32);
        var (encapsulationKey, cipherText, sent, received) = (new byte[1216], new byte[1120], new byte[32], new byte[32]);
        HybridKem.GenerateKey(seed, encapsulationKey);
        HybridKem.Encapsulate(encapsulationKey, cipherText, sent);
        foreach (var position in (int[])[0, 500, 1087, 1088, 1100, 1119])
        {
            cipherText[position] ^= 1;
            Assert.True(HybridKem.TryDecapsulate(seed, cipherText, received));
            Assert.NotEqual(sent, received);
            cipherText[position] ^= 1;
        }

        // The top bit of the ephemeral key is no part of the point, and is bound all the same.
        cipherText[^1] ^= 0x80;
        Assert.True(HybridKem.TryDecapsulate(seed, cipherText, received));
        Assert.NotEqual(sent, received);
        cipherText[^1] ^= 0x80;
        seed[0] ^= 1;
        Assert.True(HybridKem.TryDecapsulate(seed, cipherText, received));
        Assert.NotEqual(sent, received);
        seed[0] ^= 1;
        Assert.True(HybridKem.TryDecapsulate(seed, cipherText, received));
        Assert.Equal(sent, received);
    }

    [Theory, MemberData(nameof(SmallOrder))]
    public void APointOfSmallOrderIsRefused(string point)
    {
        var seed = new byte[32];
        var (encapsulationKey, cipherText, secret) = (new byte[1216], new byte[1120], new byte[32]);
        HybridKem.GenerateKey(seed, encapsulationKey);
        HybridKem.Encapsulate(encapsulationKey, cipherText, secret);
        Convert.FromHexString(point).CopyTo(cipherText, 1088);
        secret.AsSpan().Fill(0xEE);
        Assert.False(HybridKem.TryDecapsulate(seed, cipherText, secret));
        Assert.Equal(new byte[32], secret);

        Convert.FromHexString(point).CopyTo(encapsulationKey, 1184);
        Assert.False(HybridKem.IsValidEncapsulationKey(encapsulationKey));
        secret.AsSpan().Fill(0xEE);
        Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(encapsulationKey, cipherText, secret));
        Assert.Equal(new byte[32], secret);
        Assert.Equal(new byte[1120], cipherText);
    }

    [Fact]
    public void AKeyThatFailsTheModulusCheckIsRefused()
    {
        var encapsulationKey = new byte[1216];
        HybridKem.GenerateKey(new byte[32], encapsulationKey);
        encapsulationKey[0] = 0xFF;
        encapsulationKey[1] |= 0x0F;
        Assert.False(HybridKem.IsValidEncapsulationKey(encapsulationKey));
        Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(encapsulationKey, new byte[1120], new byte[32]));
    }

    [Fact]
    public void WrongLengthsAndOverlaps()
    {
        var (seed, encapsulationKey, cipherText, secret) = (new byte[32], new byte[1216], new byte[1120], new byte[32]);
        HybridKem.GenerateKey(seed, encapsulationKey);
        foreach (var size in (int[])[0, 31, 33, 64])
        {
            Assert.Throws<ArgumentException>(() => HybridKem.GenerateKey(new byte[size], encapsulationKey));
            Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(encapsulationKey, cipherText, new byte[size]));
            Assert.Throws<ArgumentException>(() => HybridKem.TryDecapsulate(new byte[size], cipherText, secret));
            Assert.Throws<ArgumentException>(() => HybridKem.TryDecapsulate(seed, cipherText, new byte[size]));
        }

        foreach (var size in (int[])[0, 1184, 1215, 1217])
        {
            Assert.Throws<ArgumentException>(() => HybridKem.GenerateKey(seed, new byte[size]));
            Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(new byte[size], cipherText, secret));
            Assert.False(HybridKem.IsValidEncapsulationKey(new byte[size]));
        }

        foreach (var size in (int[])[0, 1088, 1119, 1121])
        {
            Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(encapsulationKey, new byte[size], secret));
            secret.AsSpan().Fill(0xEE);
            Assert.False(HybridKem.TryDecapsulate(seed, new byte[size], secret));
            Assert.Equal(new byte[32], secret);
        }

        var buffer = new byte[2500];
        encapsulationKey.CopyTo(buffer, 0);
        Assert.Throws<ArgumentException>(() => HybridKem.GenerateKey(buffer.AsSpan(0, 32), buffer.AsSpan(31, 1216)));
        Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(buffer.AsSpan(0, 1216), buffer.AsSpan(1215, 1120), secret));
        Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(buffer.AsSpan(0, 1216), cipherText, buffer.AsSpan(1200, 32)));
        Assert.Throws<ArgumentException>(() => HybridKem.Encapsulate(buffer.AsSpan(0, 1216), buffer.AsSpan(1216, 1120), buffer.AsSpan(1216, 32)));
        Assert.Throws<ArgumentException>(() => HybridKem.TryDecapsulate(buffer.AsSpan(0, 32), cipherText, buffer.AsSpan(0, 32)));
        Assert.Throws<ArgumentException>(() => HybridKem.TryDecapsulate(seed, buffer.AsSpan(0, 1120), buffer.AsSpan(1119, 32)));
    }

    [Fact]
    public void TheManagedProvidersAllocateNothing()
    {
        var (kem, curve) = (ManagedMLKem768.Fastest, CryptoProvider.X25519Providers[^1]);
        var (seed, encapsulationKey, cipherText, secret) = (new byte[32], new byte[1216], new byte[1120], new byte[32]);
        var isRight = true;
        long allocated = 0;
        for (var i = 0; i < 100; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            HybridKem.GenerateKey(kem, curve, seed, encapsulationKey);
            HybridKem.Encapsulate(kem, curve, encapsulationKey, cipherText, secret);
            isRight &= HybridKem.TryDecapsulate(kem, curve, seed, cipherText, secret);

            // The first calls may allocate once for the run-time's own sake.
            allocated += i < 50 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(isRight);
        Assert.Equal(0, allocated);
    }
}
