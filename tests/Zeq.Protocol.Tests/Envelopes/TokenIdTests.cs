using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class TokenIdTests
{
    private const string Hash16 = "0123456789abcdef";

    public static TheoryData<string?> Malformed => new()
    {
        null!, "", "ZT-", "ZT--", "ZT---", $"ZT-a-1-{Hash16[1..]}", $"ZT-a-1-{Hash16}0", $"ZT-a-1-{Hash16.ToUpperInvariant()}", $"zt-a-1-{Hash16}", $"ZT-A-1-{Hash16}", $"ZT--1-{Hash16}",
        $"ZT-1-{Hash16}", $"ZT-a--{Hash16}", $"ZT-a-01-{Hash16}", $"ZT-a-00-{Hash16}", $"ZT-a-+1-{Hash16}", $"ZT-a- 1-{Hash16}", $"ZT-a-1 -{Hash16}", $"ZT-a-1.0-{Hash16}",
        $"ZT-a-9223372036854775808-{Hash16}", $"ZT-a-99999999999999999999-{Hash16}", $"ZT-a-\u0661-{Hash16}", $"ZT-a|b-1-{Hash16}", $"ZT-a\0-1-{Hash16}", $"ZT-a b-1-{Hash16}", $"ZT-a_b-1-{Hash16}",
        $"ZT-{new string('a', 65)}-1-{Hash16}", $" ZT-a-1-{Hash16}", $"ZT-a-1-{Hash16} ", $"ZT-a-1-{Hash16}\n", $"ZT-a-1-{Hash16[..15]}g", $"ZT-a-1-{Hash16[..15]}\uD800", $"ZT-\uD800-1-{Hash16}",
        $"ZT-\uFF41-1-{Hash16}", $"ZTa-1-{Hash16}",
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_one_is_refused(string? text)
    {
        Assert.False(TokenId.TryParse(text, out TokenId token));
        Assert.Throws<InvalidOperationException>(() => token.Text);
        Assert.Throws<FormatException>(() => TokenId.Parse(text!));
    }

    [Fact]
    public void Slugs_hold_hyphens_and_it_goes_there_and_back() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        (from size in Gen.Choose(1, 64)
         from slug in Gen.Elements('a', 'z', '0', '9', '-').ArrayOf(size)
         from zeqond in Gen.OneOf(Gen.Choose(0, 9).Select(n => (long)n), Gen.Choose(0, int.MaxValue).Select(n => (long)n << 31), Gen.Constant(long.MaxValue))
         select (Slug: new string(slug), Zeqond: zeqond)).ToArbitrary(),
        c =>
        {
            TokenId token = TokenId.Of(Slug.Parse(c.Slug), new Zeqond(c.Zeqond), World.Hash(c.Slug));
            return token.Text == $"ZT-{c.Slug}-{c.Zeqond}-{World.Hash(c.Slug)[..16]}" && TokenId.Parse(token.Text) == token && token.Text.Length <= TokenId.MaxLength;
        }));
}
