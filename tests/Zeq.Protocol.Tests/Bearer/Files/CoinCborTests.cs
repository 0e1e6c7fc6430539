using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>One coin has one encoding.</summary>
public sealed class CoinCborTests
{
    [Fact]
    public void Whatever_reads_writes_back_to_the_same_bytes() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(
        Coins.Any().ToArbitrary(),
        Gen.Choose(0, 2047).ToArbitrary(),
        Gen.Choose(0, 255).ToArbitrary(),
        (coin, at, value) =>
        {
            byte[] buffer = new byte[CoinCbor.MaxSizeBytes], again = new byte[CoinCbor.MaxSizeBytes];
            byte[] bytes = buffer[..CoinCbor.Write(coin, buffer)];
            bytes[at % bytes.Length] = (byte)value;
            return !CoinCbor.TryRead(bytes, out BearerCoin? read) || again.AsSpan(0, CoinCbor.Write(read, again)).SequenceEqual(bytes);
        }));

    [Theory]
    [InlineData("1801")]
    [InlineData("190017")]
    [InlineData("1a0000ffff")]
    [InlineData("1b00000000ffffffff")]
    [InlineData("1b0020000000000000")]
    [InlineData("1c")]
    [InlineData("1f")]
    [InlineData("20")]
    [InlineData("61")]
    [InlineData("18")]
    [InlineData("")]
    public void A_number_has_one_form(string hex)
    {
        var cbor = new CborReader(Convert.FromHexString(hex));
        Assert.Equal(0, cbor.Integer());
        Assert.True(cbor.IsBad);
    }

    // RFC 8949, appendix A.
    [Theory]
    [InlineData("00", 0)]
    [InlineData("17", 23)]
    [InlineData("1818", 24)]
    [InlineData("1903e8", 1000)]
    [InlineData("1a000f4240", 1_000_000)]
    [InlineData("1b000000e8d4a51000", 1_000_000_000_000)]
    public void Numbers_are_those_of_the_standard(string hex, long value)
    {
        var cbor = new CborReader(Convert.FromHexString(hex));
        Assert.Equal(value, cbor.Integer());
        Assert.True(cbor.IsDone);
        byte[] written = new byte[9];
        Assert.Equal(hex, Convert.ToHexStringLower(written.AsSpan(0, new CborWriter(written).Integer(value).SizeBytes)));
    }

    [Theory]
    [InlineData("6161", false)]
    [InlineData("6120", true)]
    [InlineData("6100", true)]
    [InlineData("62c3bc", true)]
    [InlineData("6261", true)]
    [InlineData("7f616161ff", true)]
    [InlineData("4161", true)]
    public void Text_is_printable_ASCII_of_definite_length(string hex, bool isBad)
    {
        var cbor = new CborReader(Convert.FromHexString(hex));
        Assert.Equal(isBad ? "" : "a", cbor.Text(10));
        Assert.Equal(isBad, cbor.IsBad);
    }

    [Fact]
    public void Parts_that_have_not_their_form_make_no_coin()
    {
        using BearerCoin coin = Coins.Published();
        EnvelopeClaim claim = coin.Claim;
        EnvelopeClaim[] wrong =
        [
            claim with { ValueZqt = 0 }, claim with { ValueZqt = 41 }, claim with { FreeFundedZqt = -1 }, claim with { PaidFundedZqt = 1L << 53 }, claim with { TokenHash = World.Hash("other") },
            claim with { ResultDigest = "" }, claim with { ZeqProof = new string('0', 65) }, claim with { Operators = [.. Enumerable.Repeat("A1", 33)] }, claim with { Operators = ["a1"] }, claim with { ZeqProof = coin.NodeSig }, claim with { MigratedFrom = "ZT-a-1-0123456789abcdef@https://c.example" },
            claim with { Machine = Slug.Parse("other") }, claim with { Minted = new Zeqond(claim.Minted.Value + 1) }, claim with { TokenId = TokenId.Of(claim.Machine, claim.Minted, World.Hash("x")) },
        ];
        Assert.All(wrong, bad => Assert.Throws<ArgumentException>(() => new BearerCoin(bad, coin.NodeSig, coin.NodePubkey, 1, new byte[32], default)));
        Assert.Throws<ArgumentException>(() => new BearerCoin(claim, "00", coin.NodePubkey, 1, new byte[32], default));
        Assert.Throws<ArgumentException>(() => new BearerCoin(claim, coin.NodeSig, coin.NodePubkey.ToUpperInvariant(), 1, new byte[32], default));
        Assert.Throws<ArgumentException>(() => new BearerCoin(claim, coin.NodeSig, coin.NodePubkey, 0, new byte[32], default));
        Assert.Throws<ArgumentException>(() => new BearerCoin(claim, coin.NodeSig, coin.NodePubkey, 1L << 53, new byte[32], default));
        Assert.Throws<ArgumentException>(() => new BearerCoin(claim, coin.NodeSig, coin.NodePubkey, 1, new byte[31], default));
        Assert.Throws<ArgumentException>(() => new BearerCoin(claim, coin.NodeSig, coin.NodePubkey, 1, new byte[32], new Zeqond(-1)));
    }
}
