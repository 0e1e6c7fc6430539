using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class ZidTests
{
    public static TheoryData<string?> Malformed => new()
    {
        null!, "", " ", "ZEQ", "ZEQ0749182937", "ZEQ074918293744", "zeq07491829374", "Zeq07491829374", "ZEQ 7491829374", "ZEQ07491829374 ", " ZEQ07491829374",
        "ZEQ0749182937|", "ZEQ0749182937\0", "ZEQ0749182937\n", "ZEQ07491829374\n", "ZEQ0749182937\u0661", "ZEQ0749182937\uFF11", "ZEQ0749182937\uD800", "ZEQ0749182937x",
        "ZEQ-0749182937", "ZEQ+0749182937", "ZEQ-FOUNDATIO", "ZEQ-FOUNDATION ", "zeq-foundation", "zeq-sys", "ZEQ-SYS\0", "ZEQ-SY", "\uFEFFZEQ07491829374", "ＺＥＱ07491829374",
        "ZEQ-OTHER", "ZEQ07491829374|ZEQ07491829374",
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void A_malformed_one_is_refused(string? text)
    {
        Assert.False(Zid.TryParse(text, out Zid zid));
        Assert.Throws<InvalidOperationException>(() => zid.Text);
        Assert.Throws<FormatException>(() => Zid.Parse(text!));
    }

    [Fact]
    public void Every_number_goes_there_and_back() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Gen.Choose(0, 999_999_999).ToArbitrary(), n =>
        {
            Zid zid = Zid.FromNumber(n);
            return zid.Text.Length == 14 && zid.Text.StartsWith("ZEQ07", StringComparison.Ordinal) && Zid.Parse(zid.Text) == zid
                && zid.OwnMachine.Text == "zeq" + zid.Text[3..] && !zid.IsSystem && zid.ToString() == zid.Text;
        }));

    [Fact]
    public void Numbers_beyond_nine_digits_are_misuse()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Zid.FromNumber(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Zid.FromNumber(1_000_000_000));
    }

    [Fact]
    public void The_system_has_two()
    {
        Assert.True(Zid.Parse("ZEQ-SYS").IsSystem && Zid.Parse("ZEQ-FOUNDATION").IsSystem);
        Assert.Equal(Zid.System, Zid.Parse("ZEQ-SYS"));
        Assert.Equal(Slug.ZeqSys, Zid.System.OwnMachine);
    }

    [Fact]
    public void The_default_is_none_and_says_so()
    {
        Assert.Throws<InvalidOperationException>(() => default(Zid).Text);
        Assert.Equal("", default(Zid).ToString());
    }

    [Fact]
    public void They_order_by_ordinal() => Assert.True(Zid.FromNumber(1) < Zid.FromNumber(2) && Zid.FromNumber(2) >= Zid.FromNumber(2) && Zid.FromNumber(3) > Zid.FromNumber(2) && Zid.FromNumber(1) <= Zid.FromNumber(2));
}
