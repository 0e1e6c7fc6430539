using System.Text;

namespace Zeq.Crypto.Tests;

public class Sha256Tests
{
    private const string Abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void KnownAnswers()
    {
        Assert.Equal(Abc, Sha256.HashHex("abc"u8));
        Assert.Equal(Empty, Sha256.HashHex([]));
        Assert.Equal(Abc, Sha256.HashHexUtf8("abc"));
        Assert.Equal(Empty, Sha256.HashHexUtf8(""));
        Assert.Equal(Abc, Hex.Encode(Sha256.Hash("abc"u8)));
    }

    [Fact]
    public void SpanFormWritesTheDigestAndRefusesAnyOtherLength()
    {
        var hash = new byte[32];
        Sha256.Hash("abc"u8, hash);
        Assert.Equal(Abc, Hex.Encode(hash));
        Assert.Throws<ArgumentException>(() => Sha256.Hash("abc"u8, new byte[31]));
        Assert.Throws<ArgumentException>(() => Sha256.Hash("abc"u8, new byte[33]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(170)]
    [InlineData(171)]
    [InlineData(100_000)]
    public void TextIsHashedAsUtf8WhateverItsLength(int count)
    {
        var text = string.Concat(Enumerable.Repeat("é€😀", count));
        Assert.Equal(Sha256.HashHex(Encoding.UTF8.GetBytes(text)), Sha256.HashHexUtf8(text));
    }

    [Fact]
    public void LoneSurrogatesHaveNoDigest()
    {
        Assert.Throws<ArgumentException>(() => Sha256.HashHexUtf8("a\ud800"));
        Assert.Throws<ArgumentException>(() => Sha256.HashHexUtf8("\udc00a"));
    }
}
