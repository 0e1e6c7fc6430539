namespace Zeq.Client.Tests;

public sealed class PeerOriginTests
{
    [Theory]
    [InlineData("https://a.example")]
    [InlineData("https://a.example:8443")]
    [InlineData("https://xn--mnchen-3ya.example")]
    [InlineData("https://8.8.8.8")]
    [InlineData("https://[2606:4700:4700::1111]")]
    [InlineData("https://[2606:4700:4700::1111]:444")]
    [InlineData("https://localhost:5001")]
    [InlineData("https://4you.example")]
    public void Canonical_origins_pass(string text)
    {
        Assert.True(PeerOrigin.TryParse(text, false, out var origin));
        Assert.Equal(text, origin);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("https://")]
    [InlineData("a.example")]
    [InlineData("//a.example")]
    [InlineData("http://a.example")]
    [InlineData("ftp://a.example")]
    [InlineData("file:///etc/passwd")]
    [InlineData("HTTPS://a.example")]
    [InlineData("https://A.example")]
    [InlineData("https://a.example/")]
    [InlineData("https://a.example/x")]
    [InlineData("https://a.example?x")]
    [InlineData("https://a.example#x")]
    [InlineData("https://u@a.example")]
    [InlineData("https://u:p@a.example")]
    [InlineData("https://a.example\\@b.example")]
    [InlineData("https://a.example:443")]
    [InlineData("https://a.example:")]
    [InlineData("https://a.example:0")]
    [InlineData("https://a.example:080")]
    [InlineData("https://a.example:65536")]
    [InlineData("https://a.example:+80")]
    [InlineData("https://a.example:80:80")]
    [InlineData("https://a.example.")]
    [InlineData("https://.a.example")]
    [InlineData("https://a..example")]
    [InlineData("https://-a.example")]
    [InlineData("https://a-.example")]
    [InlineData("https://a_b.example")]
    [InlineData("https://a b.example")]
    [InlineData("https://a|b.example")]
    [InlineData("https://a%2eexample")]
    [InlineData("https://münchen.example")]
    [InlineData("https://a。example")]
    [InlineData("https://a.example\r\nx: y")]
    [InlineData("https://a.example\0")]
    // IPv4 written so that some reader takes it for an address and another does not.
    [InlineData("https://2130706433")]
    [InlineData("https://0x7f000001")]
    [InlineData("https://0x7f.1")]
    [InlineData("https://0177.0.0.1")]
    [InlineData("https://127.1")]
    [InlineData("https://127.0.1")]
    [InlineData("https://127.0.0.01")]
    [InlineData("https://127.0.0.1.")]
    [InlineData("https://127.0.0.0x1")]
    [InlineData("https://a.127")]
    [InlineData("https://１２７.0.0.1")]
    [InlineData("https://[::1")]
    [InlineData("https://::1")]
    [InlineData("https://[::1]x")]
    [InlineData("https://[]")]
    [InlineData("https://[127.0.0.1]")]
    [InlineData("https://[0:0:0:0:0:0:0:1]")]
    [InlineData("https://[::FFFF:7f00:1]")]
    [InlineData("https://[::ffff:7f00:1]")]
    [InlineData("https://[fe80::1%25eth0]")]
    [InlineData("https://[fe80::1%1]")]
    public void Anything_else_is_refused(string? text) => Assert.False(PeerOrigin.TryParse(text, false, out _), text);

    [Fact]
    public void Http_passes_only_where_allowed()
    {
        Assert.True(PeerOrigin.TryParse("http://127.0.0.1:5000", true, out _));
        Assert.False(PeerOrigin.TryParse("http://127.0.0.1:5000", false, out _));
        Assert.False(PeerOrigin.TryParse("http://127.0.0.1:80", true, out _));
        Assert.True(PeerOrigin.TryParse("https://a.example:80", true, out _));
    }

    [Fact]
    public void Long_names_are_refused()
    {
        var label = new string('a', 63);
        Assert.True(PeerOrigin.TryParse($"https://{label}.{label}.{label}.{new string('b', 61)}", false, out _));
        Assert.False(PeerOrigin.TryParse($"https://{label}.{label}.{label}.{new string('b', 62)}", false, out _));
        Assert.False(PeerOrigin.TryParse($"https://{label}a.example", false, out _));
    }
}
