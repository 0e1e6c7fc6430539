using System.Security.Cryptography;

namespace Zeq.Crypto.Tests;

/// <summary>What every implementation of ML-KEM-768 must do.</summary>
public class MLKem768Tests
{
    private const int EncapsulationKeyInKey = 1152;
    private const int HashInKey = EncapsulationKeyInKey + MLKem768.EncapsulationKeySizeBytes;

    public static TheoryData<string> Providers { get; } = [.. KemProviders.Names];

    public static TheoryData<string> ManagedPaths { get; } = [.. KemProviders.ManagedNames];

    public static TheoryData<string, string> Pairs { get; } =
        [.. from a in KemProviders.Names from b in KemProviders.Names where string.CompareOrdinal(a, b) <= 0 select (a, b)];

    /// <summary>Each makes keys for the other, encapsulates to the other's, and takes valid and damaged ciphertexts as the other does.</summary>
    [Theory, MemberData(nameof(Pairs))]
    public void ThousandExchangesBetweenEveryTwo(string nameA, string nameB)
    {
        var random = SeededRandom.Create();
        var (a, b) = (KemProviders.Get(nameA), KemProviders.Get(nameB));
        for (var run = 0; run < 1_000; run++)
        {
            var seed = random.Bytes(MLKem768.SeedSizeBytes);
            var pair = KemProviders.Generate(a, seed);
            var other = KemProviders.Generate(b, seed);
            Assert.Equal(pair.EncapsulationKey, other.EncapsulationKey);
            Assert.Equal(pair.DecapsulationKey, other.DecapsulationKey);
            var (sender, receiver) = run % 2 == 0 ? (a, b) : (b, a);
            var (cipherText, sharedSecret) = KemProviders.Encapsulate(sender, pair.EncapsulationKey);
            Assert.Equal(sharedSecret, KemProviders.Decapsulate(receiver, pair.DecapsulationKey, cipherText));
            if (a is ManagedMLKem768 managedA && b is ManagedMLKem768 managedB)
            {
                var message = random.Bytes(32);
                var (cipherTextA, secretA) = KemProviders.EncapsulateInternal(managedA, pair.EncapsulationKey, message);
                var (cipherTextB, secretB) = KemProviders.EncapsulateInternal(managedB, pair.EncapsulationKey, message);
                Assert.Equal(cipherTextA, cipherTextB);
                Assert.Equal(secretA, secretB);
            }

            cipherText[random.Next(cipherText.Length)] ^= (byte)(1 << random.Next(8));
            var rejected = KemProviders.Decapsulate(a, pair.DecapsulationKey, cipherText);
            Assert.NotEqual(sharedSecret, rejected);
            Assert.Equal(rejected, KemProviders.Decapsulate(b, pair.DecapsulationKey, cipherText));
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void DecapsulationGivesWhatEncapsulationGave(string name)
    {
        var random = SeededRandom.Create();
        for (var run = 0; run < 50; run++)
        {
            var pair = KemProviders.Generate(KemProviders.Get(name), random.Bytes(64));
            Assert.True(MLKem768.IsValidEncapsulationKey(pair.EncapsulationKey));
            var (cipherText, sharedSecret) = KemProviders.Encapsulate(KemProviders.Get(name), pair.EncapsulationKey);
            var (otherCipherText, otherSecret) = KemProviders.Encapsulate(KemProviders.Get(name), pair.EncapsulationKey);
            Assert.Equal(sharedSecret, KemProviders.Decapsulate(KemProviders.Get(name), pair.DecapsulationKey, cipherText));
            Assert.NotEqual(cipherText, otherCipherText);
            Assert.NotEqual(sharedSecret, otherSecret);
        }
    }

    /// <summary>Each of the 8,704 bits of a ciphertext, flipped, gives SHAKE-256(z, ciphertext) and nothing else.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void EveryFlippedBitIsRejectedImplicitly(string name)
    {
        var random = SeededRandom.Create();
        var provider = KemProviders.Get(name);
        var seed = random.Bytes(64);
        var pair = KemProviders.Generate(provider, seed);
        var (cipherText, sharedSecret) = KemProviders.Encapsulate(provider, pair.EncapsulationKey);
        for (var bit = 0; bit < 8 * cipherText.Length; bit++)
        {
            byte[] changed = [.. cipherText];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            var rejected = KemProviders.Decapsulate(provider, pair.DecapsulationKey, changed);
            Assert.NotEqual(sharedSecret, rejected);
            Assert.Equal(RejectionSecret(seed[32..], changed), rejected);
        }

        var noise = random.Bytes(MLKem768.CipherTextSizeBytes);
        Assert.Equal(RejectionSecret(seed[32..], noise), KemProviders.Decapsulate(provider, pair.DecapsulationKey, noise));
    }

    /// <summary>A coefficient of 3,328 passes; 3,329 and more do not, wherever it stands.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void TheModulusCheck(string name)
    {
        var provider = KemProviders.Get(name);
        var key = KemProviders.Generate(provider, SeededRandom.Create().Bytes(64)).EncapsulationKey;
        for (var coefficient = 0; coefficient < 768; coefficient++)
        {
            foreach (var value in (int[])[3328, 3329, 4095])
            {
                byte[] changed = [.. key];
                SetCoefficient(changed, coefficient, value);
                Assert.Equal(value < 3329, MLKem768.IsValidEncapsulationKey(changed));
                if (value < 3329)
                {
                    KemProviders.Encapsulate(provider, changed);
                }
                else
                {
                    var cipherText = new byte[MLKem768.CipherTextSizeBytes];
                    var sharedSecret = new byte[MLKem768.SharedSecretSizeBytes];
                    Assert.Throws<ArgumentException>(() => MLKem768.Encapsulate(provider, changed, cipherText, sharedSecret));
                    Assert.All(cipherText, b => Assert.Equal(0, b));
                    Assert.All(sharedSecret, b => Assert.Equal(0, b));
                }
            }
        }
    }

    [Fact]
    public void AKeyOfAnotherLengthIsNotValid()
    {
        Assert.All((int[])[0, 1, 1183, 1185, 2400], size => Assert.False(MLKem768.IsValidEncapsulationKey(new byte[size])));
        Assert.True(MLKem768.IsValidEncapsulationKey(new byte[MLKem768.EncapsulationKeySizeBytes]));
    }

    /// <summary>Any bit of the encapsulation key in the decapsulation key, and of its hash. The other parts have no check, and give another secret.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void TheHashCheck(string name)
    {
        var provider = KemProviders.Get(name);
        var pair = KemProviders.Generate(provider, SeededRandom.Create().Bytes(64));
        var (cipherText, sharedSecret) = KemProviders.Encapsulate(provider, pair.EncapsulationKey);
        for (var i = EncapsulationKeyInKey; i < HashInKey + 32; i++)
        {
            byte[] changed = [.. pair.DecapsulationKey];
            changed[i] ^= (byte)(1 << (i % 8));
            Assert.Null(KemProviders.Decapsulate(provider, changed, cipherText));
        }

        byte[] otherSecret = [.. pair.DecapsulationKey];
        otherSecret[HashInKey + 32] ^= 1;
        Assert.Equal(sharedSecret, KemProviders.Decapsulate(provider, otherSecret, cipherText));
        byte[] otherVector = [.. pair.DecapsulationKey];
        SetCoefficient(otherVector, 0, (GetCoefficient(otherVector, 0) + 1) % 3329);
        var rejected = KemProviders.Decapsulate(provider, otherVector, cipherText);
        Assert.NotEqual(sharedSecret, rejected);
        Assert.Equal(RejectionSecret(otherVector[(HashInKey + 32)..], cipherText), rejected);
    }

    /// <summary>FIPS 203 has no check of the secret vector: a coefficient of q or more means the same as its remainder, for all implementations.</summary>
    [Theory, MemberData(nameof(Providers))]
    public void ASecretVectorThatIsNotReduced(string name)
    {
        var random = SeededRandom.Create();
        var provider = KemProviders.Get(name);
        for (var run = 0; run < 10; run++)
        {
            var pair = KemProviders.Generate(provider, random.Bytes(64));
            var (cipherText, sharedSecret) = KemProviders.Encapsulate(provider, pair.EncapsulationKey);
            byte[] changed = [.. pair.DecapsulationKey];
            var changes = 0;
            for (var i = 0; i < 768; i++)
            {
                if (GetCoefficient(changed, i) + 3329 < 4096)
                {
                    SetCoefficient(changed, i, GetCoefficient(changed, i) + 3329);
                    changes++;
                }
            }

            Assert.InRange(changes, 100, 300);
            Assert.Equal(sharedSecret, KemProviders.Decapsulate(provider, changed, cipherText));
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void WrongLengths(string name)
    {
        var provider = KemProviders.Get(name);
        var pair = KemProviders.Generate(provider, new byte[64]);
        foreach (var size in (int[])[0, 1, 31, 33, 63, 65, 1087, 1089, 1183, 1185, 2399, 2401])
        {
            Assert.Throws<ArgumentException>(() => MLKem768.GenerateKey(provider, new byte[size], new byte[1184], new byte[2400]));
            Assert.Throws<ArgumentException>(() => MLKem768.GenerateKey(provider, new byte[64], new byte[size], new byte[2400]));
            Assert.Throws<ArgumentException>(() => MLKem768.GenerateKey(provider, new byte[64], new byte[1184], new byte[size]));
            Assert.Throws<ArgumentException>(() => MLKem768.Encapsulate(provider, new byte[size], new byte[1088], new byte[32]));
            Assert.Throws<ArgumentException>(() => MLKem768.Encapsulate(provider, pair.EncapsulationKey, new byte[size], new byte[32]));
            Assert.Throws<ArgumentException>(() => MLKem768.Encapsulate(provider, pair.EncapsulationKey, new byte[1088], new byte[size]));
            Assert.Throws<ArgumentException>(() => MLKem768.EncapsulateInternal(pair.EncapsulationKey, new byte[size], new byte[1088], new byte[32]));
            Assert.Throws<ArgumentException>(() => MLKem768.TryDecapsulate(provider, new byte[size], new byte[1088], new byte[32]));
            Assert.Throws<ArgumentException>(() => MLKem768.TryDecapsulate(provider, pair.DecapsulationKey, new byte[1088], new byte[size]));

            // The ciphertext is the peer's: no exception, and no secret.
            Assert.Null(KemProviders.Decapsulate(provider, pair.DecapsulationKey, new byte[size]));
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void OverlapsAreRefused(string name)
    {
        var provider = KemProviders.Get(name);
        var pair = KemProviders.Generate(provider, new byte[64]);
        byte[] buffer = [.. pair.EncapsulationKey, .. pair.DecapsulationKey, .. new byte[2048]];
        Assert.Throws<ArgumentException>(() => MLKem768.GenerateKey(provider, buffer.AsSpan(0, 64), buffer.AsSpan(63, 1184), new byte[2400]));
        Assert.Throws<ArgumentException>(() => MLKem768.GenerateKey(provider, buffer.AsSpan(0, 64), new byte[1184], buffer.AsSpan(0, 2400)));
        Assert.Throws<ArgumentException>(() => MLKem768.GenerateKey(provider, new byte[64], buffer.AsSpan(0, 1184), buffer.AsSpan(1183, 2400)));
        Assert.Throws<ArgumentException>(() => MLKem768.Encapsulate(provider, buffer.AsSpan(0, 1184), buffer.AsSpan(1183, 1088), new byte[32]));
        Assert.Throws<ArgumentException>(() => MLKem768.Encapsulate(provider, buffer.AsSpan(0, 1184), new byte[1088], buffer.AsSpan(0, 32)));
        Assert.Throws<ArgumentException>(() => MLKem768.Encapsulate(provider, pair.EncapsulationKey, buffer.AsSpan(0, 1088), buffer.AsSpan(1087, 32)));
        Assert.Throws<ArgumentException>(() => MLKem768.EncapsulateInternal(pair.EncapsulationKey, buffer.AsSpan(0, 32), buffer.AsSpan(0, 1088), new byte[32]));
        Assert.Throws<ArgumentException>(() => MLKem768.TryDecapsulate(provider, buffer.AsSpan(1184, 2400), new byte[1088], buffer.AsSpan(1184, 32)));
        Assert.Throws<ArgumentException>(() => MLKem768.TryDecapsulate(provider, pair.DecapsulationKey, buffer.AsSpan(0, 1088), buffer.AsSpan(1087, 32)));
    }

    [Fact]
    public void ThePublicMembersRunOnTheChosenProvider()
    {
        var random = SeededRandom.Create();
        var (encapsulationKey, decapsulationKey) = (new byte[1184], new byte[2400]);
        var (cipherText, sent, received) = (new byte[1088], new byte[32], new byte[32]);
        var seed = random.Bytes(64);
        MLKem768.GenerateKey(seed, encapsulationKey, decapsulationKey);
        Assert.Equal(KemProviders.Generate(KemProviders.Get("managed"), seed).DecapsulationKey, decapsulationKey);
        MLKem768.Encapsulate(encapsulationKey, cipherText, sent);
        Assert.True(MLKem768.TryDecapsulate(decapsulationKey, cipherText, received));
        Assert.Equal(sent, received);
        MLKem768.EncapsulateInternal(encapsulationKey, random.Bytes(32), cipherText, sent);
        Assert.True(MLKem768.TryDecapsulate(decapsulationKey, cipherText, received));
        Assert.Equal(sent, received);
    }

    [Theory, MemberData(nameof(ManagedPaths))]
    public void NothingIsAllocated(string name)
    {
        var provider = KemProviders.Managed(name);
        var seed = SeededRandom.Create().Bytes(64);
        var (encapsulationKey, decapsulationKey) = (new byte[1184], new byte[2400]);
        var (cipherText, secret) = (new byte[1088], new byte[32]);
        void Exchange()
        {
            MLKem768.GenerateKey(provider, seed, encapsulationKey, decapsulationKey);
            MLKem768.Encapsulate(provider, encapsulationKey, cipherText, secret);
            MLKem768.TryDecapsulate(provider, decapsulationKey, cipherText, secret);
            MLKem768.IsValidEncapsulationKey(encapsulationKey);
        }

        Exchange();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            Exchange();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void OneProviderServesManyThreads()
    {
        var seed = SeededRandom.Create().Bytes(64);
        foreach (var provider in CryptoProvider.MLKem768Providers)
        {
            var expected = KemProviders.Generate(provider, seed);
            Parallel.For(0, 32, _ =>
            {
                var pair = KemProviders.Generate(provider, seed);
                Assert.Equal(expected.DecapsulationKey, pair.DecapsulationKey);
                var (cipherText, sharedSecret) = KemProviders.Encapsulate(provider, pair.EncapsulationKey);
                Assert.Equal(sharedSecret, KemProviders.Decapsulate(provider, pair.DecapsulationKey, cipherText));
            });
        }
    }

    private static byte[] RejectionSecret(byte[] z, byte[] cipherText)
    {
        if (Shake256.IsSupported)
        {
            return Shake256.HashData([.. z, .. cipherText], 32);
        }

        var secret = new byte[32];
        Keccak<KeccakScalar, ulong>.Shake256(z, cipherText, secret);
        return secret;
    }

    private static int GetCoefficient(byte[] bytes, int index) =>
        (bytes[index * 3 / 2] | (bytes[(index * 3 / 2) + 1] << 8)) >> (4 * (index & 1)) & 0xFFF;

    private static void SetCoefficient(byte[] bytes, int index, int value)
    {
        var i = index * 3 / 2;
        var shift = 4 * (index & 1);
        var word = (bytes[i] | (bytes[i + 1] << 8)) & ~(0xFFF << shift) | (value << shift);
        bytes[i] = (byte)word;
        bytes[i + 1] = (byte)(word >> 8);
    }
}
