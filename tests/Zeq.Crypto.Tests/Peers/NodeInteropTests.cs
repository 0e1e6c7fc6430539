namespace Zeq.Crypto.Tests;

/// <summary>Random exchanges with an implementation that nobody here wrote, in both directions.</summary>
public class NodeInteropTests(NodePeer peer) : IClassFixture<NodePeer>
{
    private const int Exchanges = 200;

    public static TheoryData<string> KemNames { get; } = [.. KemProviders.Names];

    public static TheoryData<string> CurveNames { get; } = [.. CryptoProvider.X25519Providers.Select(p => p.Name)];

    public static TheoryData<string> SignatureNames { get; } = [.. CryptoProvider.Ed25519Providers.Select(p => p.Name)];

    [Theory, MemberData(nameof(KemNames))]
    public async Task MLKem768Agrees(string name)
    {
        var (provider, random) = (KemProviders.Get(name), SeededRandom.Create());
        for (var i = 0; i < Exchanges; i++)
        {
            var (seed, message) = (random.Bytes(64), random.Bytes(32));
            var ours = KemProviders.Generate(provider, seed);
            Assert.Equal([ours.EncapsulationKey, ours.DecapsulationKey], await AskAsync("mlkem768.keygen", seed));

            var theirs = await AskAsync("mlkem768.encapsulate", ours.EncapsulationKey, message);
            Assert.Equal(theirs[1], KemProviders.Decapsulate(provider, ours.DecapsulationKey, theirs[0]));
            if (provider is ManagedMLKem768 managed)
            {
                var (sameText, sameSecret) = KemProviders.EncapsulateInternal(managed, ours.EncapsulationKey, message);
                Assert.Equal(theirs, [sameText, sameSecret]);
            }

            var (cipherText, sent) = KemProviders.Encapsulate(provider, ours.EncapsulationKey);
            Assert.Equal([sent], await AskAsync("mlkem768.decapsulate", cipherText, ours.DecapsulationKey));

            // Implicit rejection: both get the same secret, which is another one.
            FlipABit(random, cipherText);
            var rejected = KemProviders.Decapsulate(provider, ours.DecapsulationKey, cipherText)!;
            Assert.NotEqual(sent, rejected);
            Assert.Equal([rejected], await AskAsync("mlkem768.decapsulate", cipherText, ours.DecapsulationKey));
        }
    }

    [Fact]
    public async Task BothRefuseAnMLKem768KeyWithACoefficientOfQ()
    {
        var key = KemProviders.Generate(ManagedMLKem768.Fastest, new byte[64]).EncapsulationKey;
        Assert.NotNull(await peer.AskAsync("mlkem768.encapsulate", key, new byte[32]));
        (key[0], key[1]) = (3329 & 0xFF, (byte)((key[1] & 0xF0) | (3329 >> 8)));
        Assert.False(MLKem768.IsValidEncapsulationKey(key));
        Assert.Null(await peer.AskAsync("mlkem768.encapsulate", key, new byte[32]));
    }

    [Theory, MemberData(nameof(CurveNames))]
    public async Task X25519Agrees(string name)
    {
        var (provider, random) = (CryptoProvider.X25519Providers.Single(p => p.Name == name), SeededRandom.Create());
        var (ourPublic, secret) = (new byte[32], new byte[32]);
        for (var i = 0; i < Exchanges; i++)
        {
            var (ourPrivate, theirPrivate) = (random.Bytes(32), random.Bytes(32));
            X25519.GetPublicKey(provider, ourPrivate, ourPublic);
            Assert.Equal([ourPublic], await AskAsync("x25519.publicKey", ourPrivate));

            var theirPublic = await AskAsync("x25519.publicKey", theirPrivate);
            Assert.True(X25519.TryAgree(provider, ourPrivate, theirPublic[0], secret));
            Assert.Equal([secret], await AskAsync("x25519.agree", theirPrivate, ourPublic));

            // Any bytes are a point of the curve or of its twist.
            var anyPoint = random.Bytes(32);
            Assert.True(X25519.TryAgree(provider, ourPrivate, anyPoint, secret));
            Assert.Equal([secret], await AskAsync("x25519.agree", ourPrivate, anyPoint));
        }
    }

    [Theory, MemberData(nameof(HybridKemTests.SmallOrder), MemberType = typeof(HybridKemTests))]
    public async Task BothRefuseAPointOfSmallOrder(string point)
    {
        Assert.False(X25519.TryAgree(new byte[32], Convert.FromHexString(point), new byte[32]));
        Assert.Null(await peer.AskAsync("x25519.agree", new byte[32], Convert.FromHexString(point)));
    }

    /// <summary>Every pair of providers opens what the other side made; what the other side opens is made by the pairs in turn.</summary>
    [Fact]
    public async Task XWingAgrees()
    {
        var random = SeededRandom.Create();
        var pairs = CryptoProvider.MLKem768Providers.SelectMany(_ => CryptoProvider.X25519Providers, (kem, curve) => (Kem: kem, Curve: curve)).ToArray();
        var (encapsulationKey, cipherText, sent, received) = (new byte[1216], new byte[1120], new byte[32], new byte[32]);
        for (var i = 0; i < Exchanges; i++)
        {
            var (seed, randomness) = (random.Bytes(32), random.Bytes(64));
            var theirKeys = await AskAsync("xwing.keygen", seed);
            var theirs = await AskAsync("xwing.encapsulate", theirKeys[0], randomness);
            foreach (var (kem, curve) in pairs)
            {
                var pair = $"{kem.Name} and {curve.Name}";
                HybridKem.GenerateKey(kem, curve, seed, encapsulationKey);
                Assert.True(theirKeys[0].SequenceEqual(encapsulationKey), pair);
                Assert.True(HybridKem.TryDecapsulate(kem, curve, seed, theirs[0], received), pair);
                Assert.True(theirs[1].SequenceEqual(received), pair);
                HybridKem.EncapsulateInternal(curve, encapsulationKey, randomness, cipherText, sent);
                Assert.True(theirs[0].SequenceEqual(cipherText) && theirs[1].SequenceEqual(sent), pair);
            }

            var (ourKem, ourCurve) = pairs[i % pairs.Length];
            HybridKem.Encapsulate(ourKem, ourCurve, encapsulationKey, cipherText, sent);
            Assert.Equal([sent], await AskAsync("xwing.decapsulate", cipherText, seed));

            FlipABit(random, cipherText);
            Assert.True(HybridKem.TryDecapsulate(ourKem, ourCurve, seed, cipherText, received));
            Assert.NotEqual(sent, received);
            Assert.Equal([received], await AskAsync("xwing.decapsulate", cipherText, seed));
        }
    }

    [Theory, MemberData(nameof(SignatureNames))]
    public async Task Ed25519Agrees(string name)
    {
        var (provider, random) = (CryptoProvider.Ed25519Providers.Single(p => p.Name == name), SeededRandom.Create());
        var (publicKey, signature) = (new byte[32], new byte[64]);
        for (var i = 0; i < Exchanges; i++)
        {
            var (seed, message) = (random.Bytes(32), random.Bytes(random.Next(300)));
            Ed25519.GetPublicKey(provider, seed, publicKey);
            Ed25519.Sign(provider, message, seed, signature);
            Assert.Equal([publicKey], await AskAsync("ed25519.publicKey", seed));
            var theirs = await AskAsync("ed25519.sign", message, seed);
            Assert.Equal([signature], theirs);
            Assert.True(Ed25519.Verify(provider, message, theirs[0], publicKey));
            Assert.Equal([[1]], await AskAsync("ed25519.verify", signature, message, publicKey));

            FlipABit(random, signature);
            Assert.False(Ed25519.Verify(provider, message, signature, publicKey));
            Assert.Equal([[0]], await AskAsync("ed25519.verify", signature, message, publicKey));
        }
    }

    private async Task<byte[][]> AskAsync(string call, params byte[][] args)
    {
        var answer = await peer.AskAsync(call, args);
        Assert.True(answer is not null, $"{call} was refused");
        return answer;
    }

    private static void FlipABit(Random random, byte[] bytes) => bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
}
