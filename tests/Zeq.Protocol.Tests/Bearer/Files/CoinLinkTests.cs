using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public sealed class CoinLinkTests
{
    private static readonly byte[] File = Bytes();

    [Fact]
    public void A_link_carries_the_file_behind_the_hash()
    {
        string link = CoinLink.Of(Fixed.A, File);
        Assert.StartsWith("https://a.example/claim#zeqcoin:v2:WkVRQ", link, StringComparison.Ordinal);
        Assert.Equal(CoinLinkStatus.Ok, CoinLink.Read(link, out Origin issuer, out byte[]? file));
        Assert.Equal(Fixed.A, issuer);
        Assert.Equal(File, file);
        Assert.Equal("", new Uri(link).Query);
        Assert.Equal("/claim", new Uri(link).AbsolutePath);
        Assert.Throws<ArgumentException>(() => CoinLink.Of(Fixed.A, File.AsSpan(0, 100)));
    }

    [Theory]
    [InlineData(null, CoinLinkStatus.NotALink)]
    [InlineData("", CoinLinkStatus.NotALink)]
    [InlineData("https://a.example/claim", CoinLinkStatus.NotALink)]
    [InlineData("https://a.example/claim#", CoinLinkStatus.NotALink)]
    [InlineData("https://a.example/claim#zeqcoin:", CoinLinkStatus.NotALink)]
    [InlineData("https://a.example/claim?zeqcoin:v2:AAAA", CoinLinkStatus.NotALink)]
    [InlineData("https://a.example/claim#zeqcoin:v3:AAAA", CoinLinkStatus.UnsupportedVersion)]
    [InlineData("https://a.example/claim#zeqcoin:v22:AAAA", CoinLinkStatus.UnsupportedVersion)]
    [InlineData("https://A.example/claim#zeqcoin:v2:AAAA", CoinLinkStatus.InvalidOrigin)]
    [InlineData("https://a.example/x/claim#zeqcoin:v2:AAAA", CoinLinkStatus.InvalidOrigin)]
    [InlineData("javascript:alert(1)//claim#zeqcoin:v2:AAAA", CoinLinkStatus.InvalidOrigin)]
    [InlineData("/claim#zeqcoin:v2:AAAA", CoinLinkStatus.InvalidOrigin)]
    [InlineData("https://a.example/claim#zeqcoin:v2:", CoinLinkStatus.Damaged)]
    [InlineData("https://a.example/claim#zeqcoin:v2:A", CoinLinkStatus.Damaged)]
    [InlineData("https://a.example/claim#zeqcoin:v2:AAA=", CoinLinkStatus.Damaged)]
    [InlineData("https://a.example/claim#zeqcoin:v2:AA+A", CoinLinkStatus.Damaged)]
    [InlineData("https://a.example/claim#zeqcoin:v2:AB", CoinLinkStatus.Damaged)]
    [InlineData("https://a.example/claim#zeqcoin:v2:AAAA ", CoinLinkStatus.Damaged)]
    public void What_is_no_link_says_why(string? text, CoinLinkStatus status)
    {
        Assert.Equal(status, CoinLink.Read(text, out _, out byte[]? file));
        Assert.Null(file);
    }

    [Fact]
    public void A_link_has_a_longest()
    {
        string prefix = "https://a.example/claim#zeqcoin:v2:";
        Assert.Equal(CoinLinkStatus.TooLong, CoinLink.Read(prefix + new string('A', CoinLink.MaxLength), out _, out _));
        Assert.Equal(CoinLinkStatus.Damaged, CoinLink.Read(prefix + new string('A', CoinLink.MaxLength - prefix.Length), out _, out _));
        using BearerCoin largest = Coins.Largest();
        byte[] file = new byte[ZeqFile.MaxSizeBytes];
        File.AsSpan(0, 38).CopyTo(file);
        Assert.Equal(CoinLink.MaxLength, CoinLink.Of(largest.Claim.HomeOrigin, file).Length + Origin.MaxLength - largest.Claim.HomeOrigin.Text.Length);
        Assert.Equal(CoinLinkStatus.Ok, CoinLink.Read(CoinLink.Of(largest.Claim.HomeOrigin, file), out _, out _));
    }

    [Fact]
    public void Any_text_is_read_without_a_fault() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
        ArbMap.Default.ArbFor<string>(), text => CoinLink.Read("https://a.example/claim#zeqcoin:v2:" + text, out _, out byte[]? file) == CoinLinkStatus.Ok == file is not null));

    [Fact]
    public void Every_status_has_its_sentence() =>
        Assert.Equal(Enum.GetValues<CoinLinkStatus>().Length, Enum.GetValues<CoinLinkStatus>().Select(CoinLink.Describe).Distinct().Count());

    private static byte[] Bytes()
    {
        using BearerCoin coin = Coins.Published();
        using var scratch = new ZeqFileScratch();
        return ZeqFile.Seal(coin, Coins.Pin, ZeqFileKdf.Argon2id, null, new byte[16], new byte[12], new ScriptedKdf(), scratch, CancellationToken.None);
    }
}
