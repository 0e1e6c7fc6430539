namespace Zeq.Crypto.Tests;

/// <summary>What every implementation of X25519 must do.</summary>
public class X25519Tests
{
    public static TheoryData<string> Providers { get; } = [.. CryptoProvider.X25519Providers.Select(p => p.Name)];

    private static IX25519Provider Provider(string name) => CryptoProvider.X25519Providers.Single(p => p.Name == name);

    [Theory, MemberData(nameof(Providers))]
    public void Wycheproof518(string name)
    {
        var provider = Provider(name);
        var count = 0;
        var zeroCount = 0;
        foreach (var (_, test) in Wycheproof.Read("x25519_test.json"))
        {
            // "acceptable" leaves twist and non-canonical points open; RFC 7748 takes them, and refuses a secret of zeros alone.
            var expected = test.Bytes("shared");
            var isZero = expected.All(b => b == 0);
            var secret = Filled(32);
            Assert.True(X25519.TryAgree(provider, test.Bytes("private"), test.Bytes("public"), secret) == !isZero, test.Label());
            Assert.True(expected.SequenceEqual(secret), test.Label());
            Assert.False(test.IsInvalid());
            count++;
            zeroCount += isZero ? 1 : 0;
        }

        Assert.Equal(518, count);
        Assert.Equal(31, zeroCount);
    }

    [Theory, MemberData(nameof(Providers))]
    public void Rfc7748Section52(string name)
    {
        Assert.Equal(
            "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
            Agree(name, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4", "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
        Assert.Equal(
            "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
            Agree(name, "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d", "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"));
    }

    [Theory, MemberData(nameof(Providers))]
    public void Rfc7748Section52Iterated(string name)
    {
        Assert.Equal("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", Iterate(name, 1));
        Assert.Equal("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", Iterate(name, 1_000));
    }

    [Theory(Explicit = true), MemberData(nameof(Providers))]
    public void Rfc7748Section52AMillionTimes(string name) =>
        Assert.Equal("7c3911e0ab2586fd864497297e575e6f3bc601c0883c30df5f4dd2d24f665424", Iterate(name, 1_000_000));

    [Theory, MemberData(nameof(Providers))]
    public void Rfc7748Section61(string name)
    {
        const string Alice = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
        const string AlicePublic = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
        const string Bob = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
        const string BobPublic = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
        const string Shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        Assert.Equal(AlicePublic, PublicKey(name, Alice));
        Assert.Equal(BobPublic, PublicKey(name, Bob));
        Assert.Equal(Shared, Agree(name, Alice, BobPublic));
        Assert.Equal(Shared, Agree(name, Bob, AlicePublic));
    }

    [Theory, MemberData(nameof(Providers))]
    public void ThePublicKeyIsTheAgreementWithNine(string name)
    {
        var provider = Provider(name);
        var random = SeededRandom.Create();
        var nine = new byte[32];
        nine[0] = 9;
        List<byte[]> keys = [new byte[32], Filled(32), .. Enumerable.Range(0, 50).Select(_ => random.Bytes(32))];
        foreach (var key in keys)
        {
            var publicKey = new byte[32];
            var secret = new byte[32];
            X25519.GetPublicKey(provider, key, publicKey);
            Assert.True(X25519.TryAgree(provider, key, nine, secret));
            Assert.Equal(publicKey, secret);
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void BothSidesGetTheSameSecret(string name)
    {
        var provider = Provider(name);
        var random = SeededRandom.Create();
        for (var i = 0; i < 100; i++)
        {
            byte[] a = random.Bytes(32), b = random.Bytes(32);
            byte[] aPublic = new byte[32], bPublic = new byte[32], aSecret = new byte[32], bSecret = new byte[32];
            X25519.GetPublicKey(provider, a, aPublic);
            X25519.GetPublicKey(provider, b, bPublic);
            Assert.True(X25519.TryAgree(provider, a, bPublic, aSecret));
            Assert.True(X25519.TryAgree(provider, b, aPublic, bSecret));
            Assert.Equal(aSecret, bSecret);
            Assert.NotEqual(aPublic, aSecret);
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void TheBitsThatClampingSetsDoNotMatterAndTheOthersDo(string name)
    {
        var provider = Provider(name);
        var random = SeededRandom.Create();
        var key = random.Bytes(32);
        var peer = new byte[32];
        X25519.GetPublicKey(provider, random.Bytes(32), peer);
        var publicKey = new byte[32];
        var secret = new byte[32];
        X25519.GetPublicKey(provider, key, publicKey);
        Assert.True(X25519.TryAgree(provider, key, peer, secret));
        int[] clamped = [0, 1, 2, 254, 255];
        for (var bit = 0; bit < 256; bit++)
        {
            byte[] other = [.. key], otherPublic = new byte[32], otherSecret = new byte[32];
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            X25519.GetPublicKey(provider, other, otherPublic);
            Assert.True(X25519.TryAgree(provider, other, peer, otherSecret));
            Assert.Equal(clamped.Contains(bit), publicKey.SequenceEqual(otherPublic));
            Assert.Equal(clamped.Contains(bit), secret.SequenceEqual(otherSecret));
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void TheTopBitOfThePeersKeyIsIgnoredAndALargeCoordinateReduced(string name)
    {
        var provider = Provider(name);
        var random = SeededRandom.Create();
        var key = random.Bytes(32);
        for (var low = 2; low < 19; low++)
        {
            // u and u + p are one coordinate; so are both with the top bit.
            var small = Numbers.ToBytes(low);
            var large = Numbers.ToBytes(Numbers.P + low);
            var expected = new byte[32];
            Assert.True(X25519.TryAgree(provider, key, small, expected));
            foreach (var form in (byte[][])[large, WithTopBit(small), WithTopBit(large)])
            {
                var secret = new byte[32];
                Assert.True(X25519.TryAgree(provider, key, form, secret));
                Assert.Equal(expected, secret);
            }
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void ASecretOfZerosIsRefusedAndTheOutputZeroed(string name)
    {
        // The coordinates of small order on curve and twist, with those of p or more.
        string[] points =
        [
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        ];
        var random = SeededRandom.Create();
        foreach (var point in points.Select(Convert.FromHexString))
        {
            foreach (var form in (byte[][])[point, WithTopBit(point)])
            {
                var secret = Filled(32);
                Assert.False(X25519.TryAgree(Provider(name), random.Bytes(32), form, secret));
                Assert.Equal(new byte[32], secret);
            }
        }

        // The thread's error queue holds nothing that a later call would take for its own.
        Assert.True(Libcrypto.Name is null || Libcrypto.ERR_peek_last_error() == 0);
    }

    [Fact]
    public void AProviderThatLetsZerosThroughIsOverruled()
    {
        var secret = Filled(32);
        Assert.False(X25519.TryAgree(new Careless(), new byte[32], new byte[32], secret));
        Assert.Equal(new byte[32], secret);
    }

    [Theory, MemberData(nameof(Providers))]
    public void WrongLengths(string name)
    {
        var provider = Provider(name);
        foreach (var size in (int[])[0, 31, 33, 64])
        {
            Assert.Throws<ArgumentException>(() => X25519.GetPublicKey(provider, new byte[size], new byte[32]));
            Assert.Throws<ArgumentException>(() => X25519.GetPublicKey(provider, new byte[32], new byte[size]));
            Assert.Throws<ArgumentException>(() => X25519.TryAgree(provider, new byte[size], new byte[32], new byte[32]));
            Assert.Throws<ArgumentException>(() => X25519.TryAgree(provider, new byte[32], new byte[32], new byte[size]));
            var secret = Filled(32);
            Assert.False(X25519.TryAgree(provider, new byte[32], Filled(size), secret));
            Assert.Equal(new byte[32], secret);
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void TheOutputMayStandWhereAnInputStood(string name)
    {
        var provider = Provider(name);
        var random = SeededRandom.Create();
        byte[] key = random.Bytes(32), peer = random.Bytes(32), expected = new byte[32];
        Assert.True(X25519.TryAgree(provider, key, peer, expected));
        byte[] inPeer = [.. peer], inKey = [.. key];
        Assert.True(X25519.TryAgree(provider, key, inPeer, inPeer));
        Assert.True(X25519.TryAgree(provider, inKey, peer, inKey));
        Assert.Equal(expected, inPeer);
        Assert.Equal(expected, inKey);
    }

    [Theory, MemberData(nameof(Providers))]
    public void NoCallAllocates(string name)
    {
        var provider = Provider(name);
        byte[] key = Filled(32), publicKey = new byte[32], secret = new byte[32];
        var isAgreed = true;
        long allocated = 0;
        for (var i = 0; i < 100; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            X25519.GetPublicKey(provider, key, publicKey);
            isAgreed &= X25519.TryAgree(provider, key, publicKey, secret);

            // The first calls may allocate once for the run-time's own sake.
            allocated += i < 50 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(isAgreed);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void ProvidersAgreeOn10000RandomKeys()
    {
        var random = SeededRandom.Create();
        for (var i = 0; i < 10_000; i++)
        {
            var key = random.Bytes(32);
            var peer = random.Bytes(32);
            byte[]? expectedKey = null;
            byte[]? expectedSecret = null;
            foreach (var provider in CryptoProvider.X25519Providers)
            {
                var publicKey = new byte[32];
                var secret = new byte[32];
                X25519.GetPublicKey(provider, key, publicKey);
                Assert.True(X25519.TryAgree(provider, key, peer, secret));
                Assert.Equal(expectedKey ??= publicKey, publicKey);
                Assert.Equal(expectedSecret ??= secret, secret);
            }
        }
    }

    [Fact]
    public void ThePublicMembersUseTheChosenProvider()
    {
        byte[] key = Filled(32), publicKey = new byte[32], expected = new byte[32], secret = new byte[32];
        X25519.GetPublicKey(key, publicKey);
        X25519.GetPublicKey(CryptoProvider.X25519, key, expected);
        Assert.Equal(expected, publicKey);
        Assert.True(X25519.TryAgree(key, publicKey, secret));
        Assert.True(X25519.TryAgree(CryptoProvider.X25519, key, publicKey, expected));
        Assert.Equal(expected, secret);
        Assert.False(X25519.TryAgree(key, new byte[32], secret));
    }

    private static string Iterate(string name, int count)
    {
        var provider = Provider(name);
        byte[] key = new byte[32], peer = new byte[32], secret = new byte[32];
        key[0] = peer[0] = 9;
        for (var i = 0; i < count; i++)
        {
            Assert.True(X25519.TryAgree(provider, key, peer, secret));
            (key, peer, secret) = (secret, key, peer);
        }

        return Hex.Encode(key);
    }

    private static string Agree(string name, string key, string peer)
    {
        var secret = new byte[32];
        Assert.True(X25519.TryAgree(Provider(name), Convert.FromHexString(key), Convert.FromHexString(peer), secret));
        return Hex.Encode(secret);
    }

    private static string PublicKey(string name, string key)
    {
        var publicKey = new byte[32];
        X25519.GetPublicKey(Provider(name), Convert.FromHexString(key), publicKey);
        return Hex.Encode(publicKey);
    }

    private static byte[] Filled(int count) => [.. Enumerable.Repeat((byte)0xA5, count)];

    private static byte[] WithTopBit(byte[] bytes) => [.. bytes[..31], (byte)(bytes[31] | 0x80)];

    /// <summary>A provider that answers zeros and calls them a secret.</summary>
    private sealed class Careless : IX25519Provider
    {
        public string Name => "careless";

        public void GetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey) => publicKey.Clear();

        public bool Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
        {
            sharedSecret.Clear();
            return true;
        }
    }
}
