namespace Zeq.Crypto.Tests;

public class Base64UrlTextTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    [Fact]
    public void EveryLengthThereAndBack()
    {
        var random = SeededRandom.Create();
        for (var length = 0; length < 300; length++)
        {
            var bytes = random.Bytes(length);
            var text = Base64UrlText.Encode(bytes);
            Assert.Equal(Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_'), text);
            var back = new byte[length + 3];
            Assert.True(Base64UrlText.TryDecode(text, back, out var written));
            Assert.Equal(bytes, back[..written]);
        }
    }

    [Fact]
    public void OneByteHasOneText()
    {
        var bytes = new byte[1];
        for (var first = 0; first < 64; first++)
        {
            for (var second = 0; second < 64; second++)
            {
                var isDecoded = Base64UrlText.TryDecode([Alphabet[first], Alphabet[second]], bytes, out var written);
                Assert.Equal(second % 16 == 0, isDecoded);
                Assert.Equal(isDecoded ? 1 : 0, written);
                Assert.Equal(isDecoded ? (first << 2) | (second >> 4) : 0, bytes[0]);
            }
        }
    }

    [Fact]
    public void TwoBytesHaveOneText()
    {
        var bytes = new byte[2];
        for (var third = 0; third < 64; third++)
        {
            Assert.Equal(third % 4 == 0, Base64UrlText.TryDecode(['A', 'A', Alphabet[third]], bytes, out _));
        }
    }

    [Fact]
    public void OfAllCharactersOnlySixtyFourAreDigits()
    {
        var bytes = new byte[3];
        for (var c = 0; c <= char.MaxValue; c++)
        {
            for (var place = 0; place < 4; place++)
            {
                Span<char> text = ['A', 'A', 'A', 'A'];
                text[place] = (char)c;
                Assert.Equal(Alphabet.Contains((char)c), Base64UrlText.TryDecode(text, bytes, out _));
            }
        }
    }

    [Theory]
    [InlineData("A")]
    [InlineData("AAAAA")]
    [InlineData("AA==")]
    [InlineData("AAA=")]
    [InlineData("AA AA")]
    [InlineData("AAAA\n")]
    [InlineData("AA+A")]
    [InlineData("AA/A")]
    public void RefusedTexts(string text)
    {
        var bytes = new byte[16];
        Assert.False(Base64UrlText.TryDecode(text, bytes, out var written));
        Assert.Equal(0, written);
        Assert.Equal(new byte[16], bytes);
    }

    [Fact]
    public void MoreThanTheBufferHoldsIsRefused()
    {
        Assert.True(Base64UrlText.TryDecode("AAAA", new byte[3], out _));
        Assert.False(Base64UrlText.TryDecode("AAAA", new byte[2], out _));
        Assert.True(Base64UrlText.TryDecode("", [], out _));
    }
}
