using System.Buffers;
using System.Text;

namespace Zeq.Crypto.Tests;

public class JcsTests
{
    [Theory]
    [InlineData(" { } ", "{}")]
    [InlineData("[ ]", "[]")]
    [InlineData("\t\r\n [ 1 , 2 ] \n", "[1,2]")]
    [InlineData("null", "null")]
    [InlineData("true", "true")]
    [InlineData("false", "false")]
    [InlineData("\"\"", "\"\"")]
    [InlineData("""{"b":1,"a":2}""", """{"a":2,"b":1}""")]
    [InlineData("""{"aa":1,"a":2,"":3,"b":4}""", """{"":3,"a":2,"aa":1,"b":4}""")]
    [InlineData("""{"b":{"d":1,"c":[{"z":1,"y":2}]},"a":{}}""", """{"a":{},"b":{"c":[{"y":2,"z":1}],"d":1}}""")]
    [InlineData("""{"\u0062":1,"a":2}""", """{"a":2,"b":1}""")]
    [InlineData("""{"A":1,"a":2,"_":3}""", """{"A":1,"_":3,"a":2}""")]
    [InlineData("""{"10":1,"9":2,"1":3}""", """{"1":3,"10":1,"9":2}""")]
    public void Structures(string json, string expected) => Assert.Equal(expected, Canonical(json));

    [Fact]
    public void NamesAreInTheOrderOfUtf16CodeUnits()
    {
        // In UTF-8, U+FB33 comes before U+1F600; in UTF-16 the surrogate D83D comes before FB33. From RFC 8785 §3.2.3.
        var json = """{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew","1":"One","\ud83d\ude00":"Emoji","\u0080":"Control","\u00f6":"Latin"}""";
        var expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin\",\"€\":\"Euro Sign\",\"😀\":\"Emoji\",\"\ufb33\":\"Hebrew\"}";
        Assert.Equal(expected, Canonical(json));

        // The order is that of the characters, not of their escapes: U+001F is written as six characters and still first.
        Assert.Equal("{\"\\u001f\":1,\" \":2,\"\\\"\":3,\"\\\\\":4,\"\uffff\":5}", Canonical("{\"\uffff\":5,\"\\\\\":4,\"\\\"\":3,\" \":2,\"\\u001F\":1}"));
    }

    [Fact]
    public void EveryCharacterIsEscapedAsPrescribedWhicheverWayItCame()
    {
        for (var c = 0; c <= 0xFFFF; c++)
        {
            if (char.IsSurrogate((char)c))
            {
                continue;
            }

            var expected = c switch
            {
                '\b' => "\\b",
                '\t' => "\\t",
                '\n' => "\\n",
                '\f' => "\\f",
                '\r' => "\\r",
                '"' => "\\\"",
                '\\' => "\\\\",
                < 0x20 => $"\\u{c:x4}",
                _ => ((char)c).ToString(),
            };
            Assert.Equal($"\"{expected}\"", Canonical($"\"\\u{c:x4}\""));
            Assert.Equal($"\"{expected}\"", Canonical($"\"\\u{c:X4}\""));
            if (c >= 0x20 && c is not ('"' or '\\'))
            {
                Assert.Equal($"\"{expected}\"", Canonical($"\"{(char)c}\""));
            }
        }

        Assert.Equal("\"/\\b\\f\\n\\r\\t\"", Canonical("""  "\/\b\f\n\r\t" """));
        Assert.Equal("\"😀\U0010FFFF\"", Canonical("""  "\ud83d\uDE00\udbff\udfff" """));
        Assert.Equal("\"😀\"", Canonical("\"😀\""));
    }

    [Theory]
    [InlineData("""{"a":1,"a":1}""")]
    [InlineData("""{"a":1,"b":2,"a":3}""")]
    [InlineData("""{"b":1,"c":2,"a":3,"b":4}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""[{"x":{"":1,"":2}}]""")]
    [InlineData("{\"😀\":1,\"\\ud83d\\ude00\":2}")]
    public void ANameTwiceIsRefused(string json) => Assert.Throws<FormatException>(() => Canonical(json));

    [Fact]
    public void OneNameInTwoObjectsIsFine() => Assert.Equal("""{"a":{"a":{"a":1},"b":[{"a":2},{"a":3}]},"b":{"a":4}}""",
        Canonical("""{"b":{"a":4},"a":{"b":[{"a":2},{"a":3}],"a":{"a":1}}}"""));

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("\\udc00")]
    [InlineData("\\ud800x")]
    [InlineData("\\ud800\\n")]
    [InlineData("\\ud800\\u0041")]
    [InlineData("\\ud800\\ud800")]
    [InlineData("\\udc00\\ud800")]
    [InlineData("\\ud83d\\ude00\\ude00")]
    [InlineData("\\ud83d\\u")]
    public void LoneSurrogatesAreRefused(string text)
    {
        Assert.Throws<FormatException>(() => Canonical($"\"{text}\""));
        Assert.Throws<FormatException>(() => Canonical($$"""{"{{text}}":1}"""));
    }

    [Theory]
    [InlineData("eda080")] // a surrogate, raw
    [InlineData("edbfbf")]
    [InlineData("eda0bdedb880")] // a pair of them
    [InlineData("80")]
    [InlineData("c0af")] // overlong
    [InlineData("e080af")]
    [InlineData("f08080af")]
    [InlineData("c3")]
    [InlineData("e282")]
    [InlineData("f09f98")]
    [InlineData("f4908080")] // above U+10FFFF
    [InlineData("ff")]
    [InlineData("fe")]
    public void InvalidUtf8IsRefused(string hex)
    {
        byte[] bad = Convert.FromHexString(hex);
        Assert.Throws<FormatException>(() => Jcs.Canonicalize([.. "\""u8, .. bad, .. "\""u8]));
        Assert.Throws<FormatException>(() => Jcs.Canonicalize([.. "{\""u8, .. bad, .. "\":1}"u8]));
        Assert.Throws<FormatException>(() => Jcs.Canonicalize([.. "1"u8, .. bad]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\ufeff{}")]
    [InlineData("{} {}")]
    [InlineData("{},")]
    [InlineData("1 2")]
    [InlineData("null\0")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("[")]
    [InlineData("[1")]
    [InlineData("[1,")]
    [InlineData("[1,]")]
    [InlineData("[,1]")]
    [InlineData("[1 2]")]
    [InlineData("[1}")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":1 \"b\":2}")]
    [InlineData("{\"a\":1]")]
    [InlineData("{a:1}")]
    [InlineData("{'a':1}")]
    [InlineData("{1:1}")]
    [InlineData("\"")]
    [InlineData("\"a")]
    [InlineData("\"\\")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12\"")]
    [InlineData("\"\\u12g4\"")]
    [InlineData("\"\\U0041\"")]
    [InlineData("\"a\nb\"")]
    [InlineData("\"a\tb\"")]
    [InlineData("\"\0\"")]
    [InlineData("tru")]
    [InlineData("True")]
    [InlineData("nulll")]
    [InlineData("undefined")]
    [InlineData("// c\n1")]
    [InlineData("[1]/**/")]
    [InlineData("\u00a01")]
    [InlineData("\v1")]
    public void MalformedJsonIsRefused(string json) => Assert.Throws<FormatException>(() => Canonical(json));

    [Fact]
    public void DepthEndsAt64()
    {
        Assert.Equal(Nested("[", "]", 64), Canonical(Nested("[", "]", 64)));
        Assert.Throws<FormatException>(() => Canonical(Nested("[", "]", 65)));
        Assert.Equal(Nested("{\"a\":", "}", 64, "1"), Canonical(Nested("{\"a\":", "}", 64, "1")));
        Assert.Throws<FormatException>(() => Canonical(Nested("{\"a\":", "}", 65, "1")));
        Assert.Throws<FormatException>(() => Canonical(new string('[', 1_000_000)));
        Assert.Throws<FormatException>(() => Canonical(string.Concat(Enumerable.Repeat("{\"a\":", 1_000_000))));

        static string Nested(string open, string close, int depth, string inner = "") =>
            string.Concat(Enumerable.Repeat(open, depth)) + inner + string.Concat(Enumerable.Repeat(close, depth));
    }

    [Fact]
    public void LargeDocuments()
    {
        var names = Enumerable.Range(0, 20_000).Select(i => $"n{i:d6}").ToArray();
        var expected = "{" + string.Join(",", names.Select(n => $"\"{n}\":[\"{n}\"]")) + "}";
        Assert.Equal(expected, Canonical("{" + string.Join(" , ", names.Reverse().Select(n => $"\"{n}\" : [ \"{n}\" ]")) + "}"));
        Assert.Equal(expected, Canonical(expected));
        var text = "\"" + new string('é', 1_000_000) + "\"";
        Assert.Equal(text, Canonical(text));
    }

    [Fact]
    public void TheWriterFormWritesTheSameAndNothingWhereItThrows()
    {
        var output = new ArrayBufferWriter<byte>();
        Jcs.Canonicalize("""{"b":1,"a":2}"""u8, output);
        Assert.Equal("""{"a":2,"b":1}""", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Throws<FormatException>(() => Jcs.Canonicalize("[1,2,"u8, output));
        Assert.Equal(13, output.WrittenCount);
        Assert.Throws<ArgumentNullException>(() => Jcs.Canonicalize("1"u8, null!));
    }

    [Fact]
    public void MessagesHoldAPositionAndNoContent()
    {
        var error = Assert.Throws<FormatException>(() => Canonical("{\"secret\":tru}"));
        Assert.Contains("byte 10", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    private static string Canonical(string json) => Encoding.UTF8.GetString(Jcs.Canonicalize(Encoding.UTF8.GetBytes(json)));
}
