using System.Security.Cryptography;
using System.Text;

namespace Zeq.Protocol.Tests;

public class BurnTransactionTests
{
    private static readonly Zid Alice = Zid.FromNumber(1);
    private static readonly TokenId[] Ids =
    [
        TokenId.Parse("ZT-zeq07000000001-12-00000000000000ff"), TokenId.Parse("ZT-b-9-0123456789abcdef"), TokenId.Parse("ZT-a-10-0123456789abcdef"), TokenId.Parse("ZT-a-9-0123456789abcdef"),
    ];

    [Fact]
    public void The_name_is_of_who_burns_what_in_whatever_order()
    {
        // Ordinal order: by characters, so that 10 comes before 9.
        const string Text = "zeq/burn/v1|ZEQ07000000001|ZT-a-10-0123456789abcdef,ZT-a-9-0123456789abcdef,ZT-b-9-0123456789abcdef,ZT-zeq07000000001-12-00000000000000ff";
        string expected = "BT-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..32];
        Assert.Equal(expected, BurnTransaction.Id(Alice, Ids));
        Assert.Equal(expected, BurnTransaction.Id(Alice, Ids.Reverse()));
        Assert.NotEqual(expected, BurnTransaction.Id(Zid.FromNumber(2), Ids));
        Assert.NotEqual(expected, BurnTransaction.Id(Alice, Ids[1..]));
    }

    [Fact]
    public void A_burn_is_of_1_to_1000_coins_each_once()
    {
        Assert.Throws<ArgumentException>(() => BurnTransaction.Id(Alice, []));
        Assert.Throws<ArgumentException>(() => BurnTransaction.Id(Alice, [Ids[0], Ids[1], Ids[0]]));
        TokenId[] many = [.. Enumerable.Range(0, 1001).Select(n => TokenId.Parse($"ZT-a-{n}-0123456789abcdef"))];
        Assert.Throws<ArgumentException>(() => BurnTransaction.Id(Alice, many));
        Assert.Equal(35, BurnTransaction.Id(Alice, many[1..]).Length);
    }

    [Fact]
    public void Credits_are_the_floor_of_the_sum_at_the_rate()
    {
        Assert.Equal(40_000, BurnTransaction.Credited(40_000, 10_000));
        Assert.Equal(3, BurnTransaction.Credited(7, 5_000));
        Assert.Equal(0, BurnTransaction.Credited(1, 9_999));
        Assert.Equal(long.MaxValue, BurnTransaction.Credited(long.MaxValue, 10_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => BurnTransaction.Credited(-1, 10_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => BurnTransaction.Credited(1, 10_001));
    }
}
