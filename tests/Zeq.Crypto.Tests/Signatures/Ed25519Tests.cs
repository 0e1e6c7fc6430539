using System.Text.Json;

namespace Zeq.Crypto.Tests;

/// <summary>What every implementation of Ed25519 must do.</summary>
public class Ed25519Tests
{
    public static TheoryData<string> Providers { get; } = [.. CryptoProvider.Ed25519Providers.Select(p => p.Name)];

    private static IEd25519Provider Provider(string name) => CryptoProvider.Ed25519Providers.Single(p => p.Name == name);

    [Theory, MemberData(nameof(Providers))]
    public void Rfc8032(string name)
    {
        var provider = Provider(name);
        using var document = JsonDocument.Parse(VectorFile.ReadBytes("rfc", "rfc8032_ed25519.json"));
        var count = 0;
        foreach (var test in document.RootElement.EnumerateArray())
        {
            var publicKey = new byte[32];
            var signature = new byte[64];
            Ed25519.GetPublicKey(provider, test.Bytes("secretKey"), publicKey);
            Ed25519.Sign(provider, test.Bytes("message"), test.Bytes("secretKey"), signature);
            Assert.Equal(test.GetProperty("publicKey").GetString(), Hex.Encode(publicKey));
            Assert.Equal(test.GetProperty("signature").GetString(), Hex.Encode(signature));
            Assert.True(Ed25519.Verify(provider, test.Bytes("message"), signature, publicKey));
            count++;
        }

        Assert.Equal(5, count);
    }

    [Theory, MemberData(nameof(Providers))]
    public void Wycheproof151(string name)
    {
        var provider = Provider(name);
        var count = 0;
        foreach (var (group, test) in Wycheproof.Read("ed25519_test.json"))
        {
            var publicKey = group.GetProperty("publicKey").Bytes("pk");
            Assert.True(Ed25519.Verify(provider, test.Bytes("msg"), test.Bytes("sig"), publicKey) == test.IsValid(), test.Label());
            Assert.True(Ed25519.IsAcceptablePublicKey(publicKey));
            count++;
        }

        Assert.Equal(151, count);
    }

    [Theory, MemberData(nameof(Providers))]
    public void WrongLengths(string name)
    {
        var provider = Provider(name);
        foreach (var size in (int[])[0, 31, 33, 64])
        {
            Assert.Throws<ArgumentException>(() => Ed25519.GetPublicKey(provider, new byte[size], new byte[32]));
            Assert.Throws<ArgumentException>(() => Ed25519.GetPublicKey(provider, new byte[32], new byte[size]));
            Assert.Throws<ArgumentException>(() => Ed25519.Sign(provider, [], new byte[size], new byte[64]));
            Assert.False(Ed25519.Verify(provider, [], new byte[64], new byte[size]));
        }

        foreach (var size in (int[])[0, 32, 63, 65])
        {
            Assert.Throws<ArgumentException>(() => Ed25519.Sign(provider, [], new byte[32], new byte[size]));
            Assert.False(Ed25519.Verify(provider, [], new byte[size], new byte[32]));
        }

        var buffer = new byte[128];
        Assert.Throws<ArgumentException>(() => Ed25519.Sign(provider, buffer.AsSpan(0, 64), new byte[32], buffer.AsSpan(63, 64)));
        Assert.Throws<ArgumentException>(() => Ed25519.Sign(provider, [], buffer.AsSpan(0, 32), buffer.AsSpan(0, 64)));
    }

    [Theory, MemberData(nameof(Providers))]
    public void EveryFlippedBitIsRefused(string name)
    {
        var provider = Provider(name);
        var random = SeededRandom.Create();
        var seed = random.Bytes(32);
        var message = random.Bytes(11);
        var publicKey = new byte[32];
        var signature = new byte[64];
        Ed25519.GetPublicKey(provider, seed, publicKey);
        Ed25519.Sign(provider, message, seed, signature);
        foreach (var part in (byte[][])[message, signature, publicKey])
        {
            for (var bit = 0; bit < part.Length * 8; bit++)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(Ed25519.Verify(provider, message, signature, publicKey));
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        Assert.True(Ed25519.Verify(provider, message, signature, publicKey));
    }

    [Theory, MemberData(nameof(Providers))]
    public void AScalarOfLOrMoreIsRefused(string name)
    {
        var provider = Provider(name);
        var seed = new byte[32];
        var publicKey = new byte[32];
        var signature = new byte[64];
        Ed25519.GetPublicKey(provider, seed, publicKey);
        Ed25519.Sign(provider, "m"u8, seed, signature);
        var s = Numbers.Read(signature.AsSpan(32));
        for (var multiple = 1; multiple <= 15; multiple++)
        {
            Numbers.Write(s + (multiple * Numbers.L), signature.AsSpan(32));
            Assert.False(Ed25519.Verify(provider, "m"u8, signature, publicKey));
        }

        Numbers.Write(s, signature.AsSpan(32));
        Assert.True(Ed25519.Verify(provider, "m"u8, signature, publicKey));
    }

    [Theory, MemberData(nameof(Providers))]
    public void NoCallAllocates(string name)
    {
        var provider = Provider(name);
        byte[] seed = new byte[32], publicKey = new byte[32], signature = new byte[64];
        foreach (var size in (int[])[0, 100, 5_000])
        {
            var message = new byte[size];
            var isRight = true;
            long allocated = 0;
            for (var i = 0; i < 100; i++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                Ed25519.GetPublicKey(provider, seed, publicKey);
                Ed25519.Sign(provider, message, seed, signature);
                isRight &= Ed25519.Verify(provider, message, signature, publicKey);

                // The first calls may allocate once for the run-time's own sake.
                allocated += i < 50 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
            }

            Assert.True(isRight);
            Assert.Equal(0, allocated);
        }
    }

    [Fact]
    public void ProvidersAgreeOnMessagesOfEveryLengthAroundTheBufferOnTheStack()
    {
        var random = SeededRandom.Create();
        var seed = random.Bytes(32);
        foreach (var size in (int[])[927, 928, 929, 959, 960, 961, 991, 992, 993, 1024, 10_000])
        {
            var message = random.Bytes(size);
            var signatures = CryptoProvider.Ed25519Providers.Select(provider =>
            {
                var signature = new byte[64];
                Ed25519.Sign(provider, message, seed, signature);
                return Hex.Encode(signature);
            });
            Assert.Single(signatures.Distinct());
        }
    }

    [Fact]
    public void ProvidersAgreeOn10000RandomMessages()
    {
        var random = SeededRandom.Create();
        var providers = CryptoProvider.Ed25519Providers;
        for (var i = 0; i < 10_000; i++)
        {
            var seed = random.Bytes(32);
            var message = random.Bytes(random.Next(200));
            byte[]? expectedKey = null;
            byte[]? expectedSignature = null;
            foreach (var provider in providers)
            {
                var publicKey = new byte[32];
                var signature = new byte[64];
                Ed25519.GetPublicKey(provider, seed, publicKey);
                Ed25519.Sign(provider, message, seed, signature);
                Assert.Equal(expectedKey ??= publicKey, publicKey);
                Assert.Equal(expectedSignature ??= signature, signature);
            }

            // One in two is damaged somewhere: all of them must say the same, and it is no.
            var isDamaged = i % 2 == 1;
            if (isDamaged)
            {
                expectedSignature![random.Next(64)] ^= (byte)random.Next(1, 256);
            }

            foreach (var provider in providers)
            {
                Assert.Equal(!isDamaged, Ed25519.Verify(provider, message, expectedSignature, expectedKey));
            }
        }
    }

    [Fact]
    public void ThePublicMembersUseTheChosenProvider()
    {
        // RFC 8032 §7.1, test 1.
        var seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        var publicKey = new byte[32];
        var signature = new byte[64];
        Ed25519.GetPublicKey(seed, publicKey);
        Ed25519.Sign([], seed, signature);
        Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", Hex.Encode(publicKey));
        Assert.Equal("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b", Hex.Encode(signature));
        Assert.True(Ed25519.Verify([], signature, publicKey));
        Assert.False(Ed25519.Verify("x"u8, signature, publicKey));
    }

    [Fact]
    public void ARefusedSignatureLeavesTheErrorQueueOfTheThreadEmpty()
    {
        Assert.SkipWhen(Libcrypto.Name is null, "no libcrypto.so.3 on this machine");
        Assert.Equal(0, Libcrypto.EVP_CIPHER_fetch(0, "no such cipher", null));
        Assert.NotEqual(0u, Libcrypto.ERR_peek_last_error());
        var key = new byte[32];
        key[0] = 9;
        Assert.False(Ed25519.Verify(CryptoProvider.Ed25519Providers[0], [], new byte[64], key));
        Assert.Equal(0u, Libcrypto.ERR_peek_last_error());
    }
}
