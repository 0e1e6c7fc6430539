namespace Zeq.Protocol.Tests;

public class OriginTests
{
    public static TheoryData<string?> Malformed => new()
    {
        null!, "", "a.example", "//a.example", "ftp://a.example", "wss://a.example", "HTTPS://a.example", "Https://a.example", "https:/a.example", "https:a.example", "https://",
        "https:///", "https://a.example/", "https://a.example/x", "https://a.example?", "https://a.example#", "https://A.example", "https://a.Example", "https://a.example:443",
        "http://a.example:80", "https://a.example:", "https://a.example:0", "https://a.example:00", "https://a.example:08443", "https://a.example:65536", "https://a.example:99999",
        "https://a.example:100000", "https://a.example:+8443", "https://a.example:8 443", "https://a.example:-1", "https://a.example:\u0661", "https://user@a.example", "https://user:pw@a.example",
        "https://a.example.", "https://.a.example", "https://a..example", "https://-a.example", "https://a-.example", "https://a_b.example", "https://a b.example", "https://a|b.example",
        "https://a\0.example", "https://a.example\n", "https://ä.example", "https://\uFF41.example", "https://a\uD800.example", "https://a.example ", " https://a.example", "https://a%2e.example",
        "https://a.example:8443:1", "https://[::1", "https://::1]", "https://::1", "https://[]", "https://[::01]", "https://[0:0:0:0:0:0:0:1]", "https://[::A]", "https://[fe80::1%eth0]",
        "https://[fe80::1%25eth0]", "https://[::1]:443", "https://[::1]x", "https://[1.2.3.4]", "https://[::1]]", "https://[[::1]]", "https://[2001:db8:0:0:1:0:0:1]", "https://[2001:db8::0:1]",
        "https://1", "https://1.2", "https://1.2.3", "https://01.2.3.4", "https://1.2.3.256", "https://0x7f.1", "https://127.0.0.0x1", "https://0x7f000001", "https://2130706433", "https://017700000001",
        "https://a.1", "https://1.2.3.4.5", "https://a.0x", "https://\u0661.2.3.4",
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Another_spelling_is_refused_never_mended(string? text)
    {
        Assert.False(Origin.TryParse(text, out Origin origin));
        Assert.Throws<InvalidOperationException>(() => origin.Text);
        Assert.Throws<FormatException>(() => Origin.Parse(text!));
    }

    [Theory]
    [InlineData("https://a.example")]
    [InlineData("https://a.example:8443")]
    [InlineData("https://a.example:80")]
    [InlineData("http://a.example:443")]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("https://[::1]:8443")]
    [InlineData("https://[2001:db8::1:0:0:1]")]
    [InlineData("https://xn--bcher-kva.example")]
    [InlineData("https://localhost")]
    [InlineData("https://1a.example")]
    [InlineData("https://0x7f.example")]
    [InlineData("https://1.2.3.4")]
    [InlineData("https://a.example:65535")]
    [InlineData("https://a.example:1")]
    public void The_one_spelling_is_kept(string text) => Assert.Equal(text, Origin.Parse(text).Text);

    [Fact]
    public void Hosts_and_labels_have_a_longest()
    {
        string label = new('a', 63);
        Assert.True(Origin.TryParse($"https://{label}.{label}.{label}.{label[..61]}:65535", out Origin longest));
        Assert.Equal(Origin.MaxLength, longest.Text.Length);
        Assert.False(Origin.TryParse($"https://{label}.{label}.{label}.{label[..62]}", out _));
        Assert.False(Origin.TryParse($"https://{label}a.example", out _));
    }

    [Fact]
    public void The_scheme_is_told()
    {
        Assert.True(Origin.Parse("https://a.example").IsHttps);
        Assert.False(Origin.Parse("http://a.example").IsHttps);
    }
}
