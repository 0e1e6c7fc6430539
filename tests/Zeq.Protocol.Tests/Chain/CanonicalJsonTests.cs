using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Zeq.Crypto;

namespace Zeq.Protocol.Tests;

public class CanonicalJsonTests
{
    [Theory]
    [InlineData("{}", true)]
    [InlineData("[]", true)]
    [InlineData("0", true)]
    [InlineData("-1", true)]
    [InlineData("-0", false)]
    [InlineData("01", false)]
    [InlineData("1.0", false)]
    [InlineData("0.5", true)]
    [InlineData("1e21", false)]
    [InlineData("1e+21", true)]
    [InlineData("999999999999999", true)]
    [InlineData("9007199254740993", false)]
    [InlineData("{\"a\":1,\"b\":2}", true)]
    [InlineData("{\"b\":1,\"a\":2}", false)]
    [InlineData("{\"a\":1,\"a\":2}", false)]
    [InlineData("{\"a\":1, \"b\":2}", false)]
    [InlineData("{\"a\":1,}", false)]
    [InlineData("{\"a\"}", false)]
    [InlineData("{\"a\":}", false)]
    [InlineData("{", false)]
    [InlineData("[1,2", false)]
    [InlineData("[1,]", false)]
    [InlineData("[1 ]", false)]
    [InlineData("\"\\n\"", true)]
    [InlineData("\"\\u000a\"", false)]
    [InlineData("\"\\/\"", false)]
    [InlineData("\"é\u007f\"", true)]
    [InlineData("\"\n\"", false)]
    [InlineData("{\"é\":1,\"z\":2}", false)]
    [InlineData("{\"z\":1,\"é\":2}", true)]
    [InlineData("true", true)]
    [InlineData("tru", false)]
    [InlineData("true ", false)]
    [InlineData("{}{}", false)]
    [InlineData("", false)]
    [InlineData("-", false)]
    public void Known_texts(string json, bool isCanonical) => Assert.Equal(isCanonical, CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Any_text_is_canonical_exactly_where_it_is_its_own_canonical_form() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(20_000), Prop.ForAll(
        (from pieces in Gen.ListOf(Gen.Elements("{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"é\"", "\"\\n\"", "\"", "0", "1", "-", "12", "1.5", "e3", "true", "null", " ", "\\"))
         select string.Concat(pieces)).ToArbitrary(),
        text => CanonicalJson.IsCanonical(Encoding.UTF8.GetBytes(text)) == IsOwnForm(text)));

    private static bool IsOwnForm(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        try
        {
            return Jcs.Canonicalize(utf8).AsSpan().SequenceEqual(utf8);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
