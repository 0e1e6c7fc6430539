using System.Security.Cryptography;

namespace Zeq.Crypto.Tests;

/// <summary>What every implementation of AES-256-GCM must do.</summary>
public class AeadCipherTests
{
    public static TheoryData<string> Providers { get; } = [.. CryptoProvider.AesGcmProviders.Select(p => p.Name)];

    private static IAes256GcmProvider Provider(string name) => CryptoProvider.AesGcmProviders.Single(p => p.Name == name);

    [Theory, MemberData(nameof(Providers))]
    public void Wycheproof105(string provider)
    {
        var count = 0;
        foreach (var (_, test) in Wycheproof.Read("aes_gcm_256_test.json"))
        {
            count++;
            using var cipher = new AeadCipher(Provider(provider), test.Bytes("key"));
            var nonce = test.Bytes("iv");
            var aad = test.Bytes("aad");
            var message = test.Bytes("msg");
            byte[] box = [.. test.Bytes("ct"), .. test.Bytes("tag")];
            var plaintext = new byte[message.Length];
            if (nonce.Length != AeadCipher.NonceSizeBytes)
            {
                Assert.Throws<ArgumentException>(() => cipher.TryOpen(nonce, box, plaintext, aad));
                Assert.Throws<ArgumentException>(() => cipher.Seal(nonce, message, new byte[box.Length], aad));
                continue;
            }

            Assert.True(cipher.TryOpen(nonce, box, plaintext, aad) == test.IsValid(), test.Label());
            Assert.Equal(test.IsValid() ? message : new byte[message.Length], plaintext);
            var sealedBox = new byte[box.Length];
            cipher.Seal(nonce, message, sealedBox, aad);
            Assert.True(sealedBox.AsSpan().SequenceEqual(box) == test.IsValid(), test.Label());
        }

        Assert.Equal(105, count);
    }

    [Theory, MemberData(nameof(Providers))]
    public void WrongLengthsOfOwnBuffersThrow(string provider)
    {
        Assert.Throws<ArgumentException>(() => new AeadCipher(Provider(provider), new byte[31]));
        Assert.Throws<ArgumentException>(() => new AeadCipher(Provider(provider), new byte[33]));
        Assert.Throws<ArgumentException>(() => new AeadCipher(Provider(provider), new byte[16]));
        using var cipher = new AeadCipher(Provider(provider), new byte[32]);
        var nonce = new byte[12];
        Assert.Throws<ArgumentException>(() => cipher.Seal(new byte[11], new byte[5], new byte[21], []));
        Assert.Throws<ArgumentException>(() => cipher.Seal(new byte[13], new byte[5], new byte[21], []));
        Assert.Throws<ArgumentException>(() => cipher.Seal(nonce, new byte[5], new byte[20], []));
        Assert.Throws<ArgumentException>(() => cipher.Seal(nonce, new byte[5], new byte[22], []));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(new byte[11], new byte[21], new byte[5], []));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(nonce, new byte[21], new byte[4], []));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(nonce, new byte[21], new byte[6], []));
    }

    [Theory, MemberData(nameof(Providers))]
    public void ShorterThanATagIsFalse(string provider)
    {
        using var cipher = new AeadCipher(Provider(provider), new byte[32]);
        for (var length = 0; length < 16; length++)
        {
            var plaintext = new byte[] { 1, 2, 3 };
            Assert.False(cipher.TryOpen(new byte[12], new byte[length], plaintext, []));
            Assert.Equal(new byte[3], plaintext);
            Assert.False(cipher.TryOpen(new byte[12], new byte[length], [], []));
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void InPlaceIsTheSameAsApart(string provider)
    {
        var random = SeededRandom.Create();
        using var cipher = new AeadCipher(Provider(provider), random.Bytes(32));
        foreach (var size in (int[])[0, 1, 15, 16, 17, 1420, 70_000])
        {
            var nonce = random.Bytes(12);
            var aad = random.Bytes(24);
            var message = random.Bytes(size);
            var apart = new byte[size + 16];
            cipher.Seal(nonce, message, apart, aad);

            byte[] buffer = [.. message, .. new byte[16]];
            cipher.Seal(nonce, buffer.AsSpan(0, size), buffer, aad);
            Assert.Equal(apart, buffer);
            Assert.True(cipher.TryOpen(nonce, buffer, buffer.AsSpan(0, size), aad));
            Assert.Equal(message, buffer[..size]);

            apart[^1] ^= 1;
            Assert.False(cipher.TryOpen(nonce, apart, apart.AsSpan(0, size), aad));
            Assert.Equal(new byte[size], apart[..size]);
        }
    }

    [Theory, MemberData(nameof(Providers))]
    public void PartialOverlapThrows(string provider)
    {
        using var cipher = new AeadCipher(Provider(provider), new byte[32]);
        var nonce = new byte[12];
        var buffer = new byte[200];
        foreach (var shift in (int[])[1, 15, 16, 17, 99])
        {
            Assert.Throws<ArgumentException>(() => cipher.Seal(nonce, buffer.AsSpan(shift, 84), buffer.AsSpan(0, 100), []));
            Assert.Throws<ArgumentException>(() => cipher.TryOpen(nonce, buffer.AsSpan(0, 100), buffer.AsSpan(shift, 84), []));
        }

        Assert.Throws<ArgumentException>(() => cipher.Seal(nonce, buffer.AsSpan(0, 84), buffer.AsSpan(1, 100), []));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(nonce, buffer.AsSpan(1, 100), buffer.AsSpan(0, 84), []));
        Assert.Throws<ArgumentException>(() => cipher.Seal(nonce, new byte[84], buffer.AsSpan(0, 100), buffer.AsSpan(99, 5)));
        Assert.Throws<ArgumentException>(() => cipher.TryOpen(nonce, new byte[100], buffer.AsSpan(0, 84), buffer.AsSpan(83, 5)));
        Assert.Throws<ArgumentException>(() => cipher.Seal(buffer.AsSpan(0, 12), new byte[84], buffer.AsSpan(0, 100), []));
        cipher.Seal(nonce, buffer.AsSpan(100, 84), buffer.AsSpan(0, 100), []);
        cipher.Seal(nonce, buffer.AsSpan(24, 84), buffer.AsSpan(24, 100), buffer.AsSpan(0, 24));
    }

    [Theory, MemberData(nameof(Providers))]
    public void EveryFlippedBitIsRefusedAndLeavesNoPlaintext(string provider)
    {
        var random = SeededRandom.Create();
        using var cipher = new AeadCipher(Provider(provider), random.Bytes(32));
        var nonce = random.Bytes(12);
        var aad = random.Bytes(9);
        var message = random.Bytes(21);
        var box = new byte[37];
        cipher.Seal(nonce, message, box, aad);
        var plaintext = new byte[21];
        foreach (var part in (byte[][])[nonce, aad, box])
        {
            for (var bit = 0; bit < part.Length * 8; bit++)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                plaintext.AsSpan().Fill(0xEE);
                Assert.False(cipher.TryOpen(nonce, box, plaintext, aad));
                Assert.Equal(new byte[21], plaintext);
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        Assert.False(cipher.TryOpen(nonce, box, plaintext, aad.AsSpan(1)));
        Assert.False(cipher.TryOpen(nonce, box, plaintext, []));
        Assert.False(cipher.TryOpen(nonce, box.AsSpan(0, 36), plaintext.AsSpan(0, 20), aad));
        Assert.True(cipher.TryOpen(nonce, box, plaintext, aad));
        Assert.Equal(message, plaintext);
    }

    [Theory, MemberData(nameof(Providers))]
    public void NoCallAllocates(string provider)
    {
        using var cipher = new AeadCipher(Provider(provider), new byte[32]);
        var nonce = new byte[12];
        var message = new byte[1420];
        var box = new byte[1436];
        var isOpened = true;
        long allocated = 0;
        for (var i = 0; i < 100; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            cipher.Seal(nonce, message, box, "aad"u8);
            isOpened &= cipher.TryOpen(nonce, box, message, "aad"u8);

            // The first calls may allocate once for the run-time's own sake.
            allocated += i < 50 ? 0 : GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(isOpened);
        Assert.Equal(0, allocated);
    }

    [Theory, MemberData(nameof(Providers))]
    public void ADisposedCipherThrows(string provider)
    {
        var cipher = new AeadCipher(Provider(provider), new byte[32]);
        cipher.Dispose();
        cipher.Dispose();
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(new byte[12], [], new byte[16], []));
        Assert.Throws<ObjectDisposedException>(() => cipher.TryOpen(new byte[12], new byte[16], [], []));
    }

    [Theory, MemberData(nameof(Providers))]
    public void ManyThreadsMayShareACipherAndOneMayDisposeOfIt(string provider)
    {
        for (var round = 0; round < 20; round++)
        {
            var cipher = new AeadCipher(Provider(provider), new byte[32]);
            Parallel.For(0, 6, worker =>
            {
                var random = new Random(worker);
                for (var i = 0; i < 100; i++)
                {
                    var nonce = random.Bytes(12);
                    var message = random.Bytes(random.Next(100));
                    var box = new byte[message.Length + 16];
                    var back = new byte[message.Length];
                    try
                    {
                        cipher.Seal(nonce, message, box, nonce);
                        Assert.True(cipher.TryOpen(nonce, box, back, nonce));
                        Assert.Equal(message, back);
                        if (worker == 5 && i == 50)
                        {
                            cipher.Dispose();
                        }
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }
                }
            });
        }
    }

    [Fact]
    public void ProvidersAgreeOn10000RandomPackets()
    {
        var random = SeededRandom.Create();
        for (var round = 0; round < 100; round++)
        {
            var key = random.Bytes(32);
            var ciphers = CryptoProvider.AesGcmProviders.Select(p => new AeadCipher(p, key)).ToArray();
            using var baseline = new AesGcm(key, 16);
            for (var i = 0; i < 100; i++)
            {
                var nonce = random.Bytes(12);
                var aad = random.Bytes(random.Next(4) == 0 ? 0 : random.Next(64));
                var message = random.Bytes(random.Next(20) == 0 ? 0 : random.Next(2048));
                var expected = new byte[message.Length + 16];
                baseline.Encrypt(nonce, message, expected.AsSpan(0, message.Length), expected.AsSpan(message.Length), aad);
                foreach (var cipher in ciphers)
                {
                    var box = new byte[expected.Length];
                    cipher.Seal(nonce, message, box, aad);
                    Assert.Equal(expected, box);
                    var back = new byte[message.Length];
                    Assert.True(cipher.TryOpen(nonce, box, back, aad));
                    Assert.Equal(message, back);
                }
            }

            Array.ForEach(ciphers, cipher => cipher.Dispose());
        }
    }

    [Fact]
    public void ThePublicConstructorTakesTheChosenProvider()
    {
        // NIST's GCM test case 14: an all-zero key, nonce and block.
        using var cipher = new AeadCipher(new byte[32]);
        var box = new byte[32];
        cipher.Seal(new byte[12], new byte[16], box, []);
        Assert.Equal("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919", Hex.Encode(box));
        Assert.True(cipher.TryOpen(new byte[12], box, new byte[16], []));
    }

    [Fact]
    public void ARefusedTagLeavesTheErrorQueueOfTheThreadEmpty()
    {
        Assert.SkipWhen(Libcrypto.Name is null, "no libcrypto.so.3 on this machine");
        using var cipher = new AeadCipher(CryptoProvider.AesGcmProviders[0], new byte[32]);
        Assert.Equal(0, Libcrypto.EVP_CIPHER_fetch(0, "no such cipher", null));
        Assert.NotEqual(0u, Libcrypto.ERR_peek_last_error());
        Assert.False(cipher.TryOpen(new byte[12], new byte[20], new byte[4], []));
        Assert.Equal(0u, Libcrypto.ERR_peek_last_error());
    }
}
