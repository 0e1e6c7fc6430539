using System.Text;

namespace Zeq.Crypto.Tests;

public class HmacKeyTests
{
    [Fact]
    public void Wycheproof174()
    {
        var count = 0;
        foreach (var (group, test) in Wycheproof.Read("hmac_sha256_test.json"))
        {
            using var key = new HmacKey(test.Bytes("key"));
            var message = test.Bytes("msg");
            var tag = test.Bytes("tag");
            if (group.GetProperty("tagSize").GetInt32() == 256)
            {
                Assert.True(key.Verify(message, tag) == test.IsValid(), test.Label());
            }
            else
            {
                // A truncated MAC is the computed one's beginning, and never accepted.
                var mac = new byte[32];
                key.Compute(message, mac);
                Assert.True(mac.AsSpan(0, tag.Length).SequenceEqual(tag) == test.IsValid(), test.Label());
                Assert.False(key.Verify(message, tag), test.Label());
            }

            count++;
        }

        Assert.Equal(174, count);
    }

    [Fact]
    public void TextFormsAreTheBytesForms()
    {
        using var key = new HmacKey("key"u8);
        const string Message = "The quick brown fox jumps over the lazy dog";
        const string Mac = "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8";
        Assert.Equal(Mac, key.ComputeHexUtf8(Message));
        Assert.True(key.VerifyHexUtf8(Message, Mac));
        Assert.False(key.VerifyHexUtf8(Message + ".", Mac));
        Assert.False(key.VerifyHexUtf8(Message, Mac.ToUpperInvariant()));
        Assert.False(key.VerifyHexUtf8(Message, Mac.AsSpan(0, 62)));
        Assert.False(key.VerifyHexUtf8(Message, Mac + "00"));
        Assert.False(key.VerifyHexUtf8(Message, ""));
        Assert.False(key.VerifyHexUtf8("\ud800", Mac));

        // Not even with the MAC of what stands before the lone surrogate.
        Assert.False(key.VerifyHexUtf8("\ud800", key.ComputeHexUtf8("")));
        Assert.False(key.VerifyHexUtf8(Message + "\ud800", Mac));
        Assert.Throws<ArgumentException>(() => key.ComputeHexUtf8("\ud800"));
    }

    [Fact]
    public void EveryFlippedBitOfAMacIsRefused()
    {
        using var key = new HmacKey(new byte[32]);
        var mac = new byte[32];
        key.Compute("m"u8, mac);
        Assert.True(key.Verify("m"u8, mac));
        for (var bit = 0; bit < 256; bit++)
        {
            mac[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(key.Verify("m"u8, mac));
            mac[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void LengthsOfMacs()
    {
        using var key = new HmacKey(new byte[32]);
        Assert.Throws<ArgumentException>(() => key.Compute([], new byte[31]));
        Assert.Throws<ArgumentException>(() => key.Compute([], new byte[33]));
        Assert.False(key.Verify([], []));
        Assert.False(key.Verify([], new byte[31]));
        Assert.False(key.Verify([], new byte[33]));
    }

    [Fact]
    public void TheKeyIsCopied()
    {
        var bytes = Encoding.UTF8.GetBytes("key");
        using var key = new HmacKey(bytes);
        var before = key.ComputeHexUtf8("m");
        bytes.AsSpan().Clear();
        Assert.Equal(before, key.ComputeHexUtf8("m"));
    }

    [Fact]
    public void ADisposedKeyComputesNothing()
    {
        var key = new HmacKey(new byte[32]);
        key.Dispose();
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Compute([], new byte[32]));
        Assert.Throws<ObjectDisposedException>(() => key.Verify([], new byte[32]));
        Assert.Throws<ObjectDisposedException>(() => key.ComputeHexUtf8(""));
        Assert.Throws<ObjectDisposedException>(() => key.VerifyHexUtf8("", ""));
    }

    [Fact]
    public void OneKeyServesManyThreadsAndNeverAnswersWithAZeroedKey()
    {
        for (var round = 0; round < 50; round++)
        {
            var key = new HmacKey("0123456789abcdef"u8);
            var expected = key.ComputeHexUtf8("message");
            Parallel.For(0, 8, worker =>
            {
                for (var i = 0; i < 50; i++)
                {
                    try
                    {
                        Assert.Equal(expected, key.ComputeHexUtf8("message"));
                    }
                    catch (ObjectDisposedException)
                    {
                        return;
                    }

                    if (worker == 7 && i == 25)
                    {
                        key.Dispose();
                    }
                }
            });
        }
    }
}
