namespace Zeq.Protocol.Tests;

public class SlugTests
{
    public static TheoryData<string?> Malformed => new()
    {
        null!, "", " ", "a b", "a|b", "a\0", "a\n", "a_b", "a.b", "a/b", "ä", "\u0130", "\u212A", "\u0661", "\uFF41", "a\uD800", "\uDC00", new string('a', 65), "a:b", "\uFEFFa",
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_one_is_refused(string? text)
    {
        Assert.False(Slug.TryParse(text, out Slug slug));
        Assert.Throws<InvalidOperationException>(() => slug.Text);
        Assert.Throws<FormatException>(() => Slug.Parse(text!));
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("Lab-7", "lab-7")]
    [InlineData("-", "-")]
    [InlineData("ZEQ07000000001", "zeq07000000001")]
    public void Input_is_lower_cased_first(string text, string slug) => Assert.Equal(slug, Slug.Parse(text).Text);

    [Fact]
    public void The_longest_has_64_characters() => Assert.Equal(64, Slug.Parse(new string('A', 64)).Text.Length);

    [Theory]
    [InlineData("zeq07000000001")]
    [InlineData("zeq07000000001-2")]
    [InlineData("zeq07000000001x")]
    [InlineData("zeq99999999999")]
    [InlineData("zeq070000000012")]
    [InlineData("zeq-sys")]
    [InlineData("zeq-sys-2")]
    [InlineData("zeq-foundation")]
    [InlineData("zeq-foundationx")]
    [InlineData("aggregate")]
    [InlineData("state-machines")]
    [InlineData("contracts")]
    public void Names_that_mean_something_are_reserved(string slug)
    {
        Assert.True(Slug.Parse(slug).IsReservedFor(null));
        Assert.True(Slug.Parse(slug).IsReservedFor(Zid.FromNumber(2)));
    }

    [Theory]
    [InlineData("zeq")]
    [InlineData("zeq0700000000")]
    [InlineData("zeqx7000000001")]
    [InlineData("lab")]
    [InlineData("contracts2")]
    public void Others_are_free(string slug) => Assert.False(Slug.Parse(slug).IsReservedFor(null));

    [Fact]
    public void Names_of_the_own_ZID_are_its_own()
    {
        Zid own = Zid.FromNumber(1);
        Assert.False(own.OwnMachine.IsReservedFor(own));
        Assert.False(Slug.Parse(own.OwnMachine.Text + "-2").IsReservedFor(own));
        Assert.True(Slug.ZeqSys.IsReservedFor(own));
    }
}
