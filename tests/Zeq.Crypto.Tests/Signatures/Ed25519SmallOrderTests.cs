namespace Zeq.Crypto.Tests;

/// <summary>Keys under which a signature proves nothing, and forms of keys on which implementations are known to differ.</summary>
public class Ed25519SmallOrderTests
{
    /// <summary>The eight points whose order divides 8, in their canonical form.</summary>
    private static readonly string[] Canonical =
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];

    /// <summary>The same points written with a y of p or more, or with a sign on x = 0.</summary>
    private static readonly string[] NonCanonical =
    [
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];

    [Fact]
    public void EveryFormOfASmallOrderPointIsRecognized()
    {
        foreach (var hex in Canonical.Concat(NonCanonical))
        {
            var key = Convert.FromHexString(hex);
            Assert.True(EdwardsPoint.TryDecode(key, out _), hex);
            Assert.True(Ed25519.IsSmallOrder(key), hex);
            Assert.False(Ed25519.IsAcceptablePublicKey(key), hex);
        }
    }

    [Fact]
    public void BytesThatAreNoPointAreUnfitToo()
    {
        var key = new byte[32];
        key[0] = 2;
        Assert.False(EdwardsPoint.TryDecode(key, out _));
        Assert.True(Ed25519.IsSmallOrder(key));
        Assert.False(Ed25519.IsAcceptablePublicKey(key));
        foreach (var size in (int[])[0, 31, 33])
        {
            Assert.True(Ed25519.IsSmallOrder(new byte[size]));
            Assert.False(Ed25519.IsAcceptablePublicKey(new byte[size]));
        }
    }

    [Fact]
    public void NonCanonicalFormsOfLargeOrderPointsAreNotAcceptable()
    {
        // y from p to 2^255 - 1: of those that are points, all but y = p and y = p + 1 have a large order.
        var pointCount = 0;
        for (var low = 2; low <= 18; low++)
        {
            var key = Numbers.ToBytes(Numbers.P + low);
            pointCount += Ed25519.IsSmallOrder(key) ? 0 : 1;
            Assert.Equal(Ed25519.IsSmallOrder(Numbers.ToBytes(low)), Ed25519.IsSmallOrder(key));
            Assert.False(Ed25519.IsAcceptablePublicKey(key));
        }

        Assert.True(pointCount > 0);
    }

    [Fact]
    public void KeysOfSeedsAreAcceptable()
    {
        var random = SeededRandom.Create();
        var key = new byte[32];
        for (var i = 0; i < 100; i++)
        {
            Ed25519.GetPublicKey(random.Bytes(32), key);
            Assert.False(Ed25519.IsSmallOrder(key));
            Assert.True(Ed25519.IsAcceptablePublicKey(key));
        }
    }

    [Fact]
    public void ProvidersAgreeOnSmallOrderKeysAndCommitments()
    {
        var accepted = 0;
        foreach (var keyHex in Canonical.Concat(NonCanonical))
        {
            foreach (var rHex in Canonical.Concat(NonCanonical))
            {
                for (byte i = 0; i < 16; i++)
                {
                    byte[] signature = [.. Convert.FromHexString(rHex), .. new byte[32]];
                    var answers = CryptoProvider.Ed25519Providers
                        .Select(p => Ed25519.Verify(p, [i], signature, Convert.FromHexString(keyHex))).Distinct().ToArray();
                    Assert.Single(answers);
                    Assert.False(answers[0] && (NonCanonical.Contains(keyHex) || NonCanonical.Contains(rHex)));
                    accepted += answers[0] ? 1 : 0;
                }
            }
        }

        // Such keys do verify: the reason why callers ask IsAcceptablePublicKey.
        Assert.True(accepted > 0);
    }

    [Fact]
    public void ProvidersAgreeOnKeysOfMixedOrder()
    {
        // A key with a part of small order: the cofactorless equation holds only where that part cancels, and for all providers alike.
        var random = SeededRandom.Create();
        Span<byte> wide = stackalloc byte[64];
        var answersSeen = new HashSet<bool>();
        for (var i = 0; i < 200; i++)
        {
            var secret = new byte[32];
            var nonce = new byte[32];
            Scalar.Reduce(random.Bytes(64), secret);
            Scalar.Reduce(random.Bytes(64), nonce);
            Assert.True(EdwardsPoint.TryDecode(Convert.FromHexString(Canonical[random.Next(8)]), out var keyPart));
            Assert.True(EdwardsPoint.TryDecode(Convert.FromHexString(Canonical[random.Next(8)]), out var noncePart));
            var key = new byte[32];
            var signature = new byte[64];
            EdwardsPoint.Add(BasePointTable.Multiply(secret), new CachedPoint(keyPart)).Encode(key);
            EdwardsPoint.Add(BasePointTable.Multiply(nonce), new CachedPoint(noncePart)).Encode(signature);
            var message = random.Bytes(8);
            System.Security.Cryptography.SHA512.HashData([.. signature[..32], .. key, .. message], wide);
            var challenge = new byte[32];
            Scalar.Reduce(wide, challenge);
            Scalar.MultiplyAdd(challenge, secret, nonce, signature.AsSpan(32));
            Assert.True(Ed25519.IsAcceptablePublicKey(key));
            var answers = CryptoProvider.Ed25519Providers.Select(p => Ed25519.Verify(p, message, signature, key)).Distinct().ToArray();
            Assert.Single(answers);
            answersSeen.Add(answers[0]);
        }

        Assert.Equal(2, answersSeen.Count);
    }
}
