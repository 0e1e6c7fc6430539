using System.Globalization;
using System.Text.Json;

namespace Zeq.Protocol.Tests;

public class ConditionTests
{
    private static readonly ConditionScope Scope = new(
        Json("""{"a":{"b":6,"deep":{"er":"x"}},"ok":true,"no":false,"n":3,"text":"idle","nil":null,"list":[1],"big":1e999,"state":"mine","actor":5}"""),
        Json("""{"limit":10,"who":"ZEQ07000000001","none":null}"""), "ZEQ07000000001", "idle", new Zeqond(100), new Zeqond(107));

    [Theory]
    [InlineData("input.a.b * 2 > 10 && (input.ok == true || state == \"idle\")", true)]
    [InlineData("a.b*2>10", true)]
    [InlineData("a.b + n * 2 == 12", true)]
    [InlineData("(a.b + n) * 2 == 18", true)]
    [InlineData("10 - 3 - 2 == 5", true)]
    [InlineData("10 - (3 - 2) == 9", true)]
    [InlineData("100 / 10 / 5 == 2", true)]
    [InlineData("-7 % 3 == -1", true)]
    [InlineData("7 % -3 == 1", true)]
    [InlineData("--3 == 3 && !!ok", true)]
    [InlineData("1 < 2 == true", true)]
    [InlineData("0.1 + 0.2 == 0.3", false)]
    [InlineData("1e2 == 100 && 1.5E-1 == 0.15", true)]
    [InlineData("text == \"idle\" && text != \"Idle\"", true)]
    [InlineData("text == \"id\\u006ce\"", true)]
    [InlineData("nil == null && text != null && null == null", true)]
    [InlineData("context.none == null && context.limit >= 10 && context.limit <= 10", true)]
    [InlineData("actor == context.who && state == \"idle\"", true)]
    [InlineData("input.state == \"mine\" && input.actor == 5", true)]
    [InlineData("zeqond - entered_zeqond == 7", true)]
    [InlineData("no || n == 3", true)]
    [InlineData("no && missing", false)]
    [InlineData("ok || missing", true)]
    [InlineData("ok || 1", true)]
    [InlineData("true || true && false", true)]
    [InlineData("(true || true) && false", false)]
    [InlineData("!no", true)]
    public void Comes_to(string text, bool expected)
    {
        ConditionValue value = Condition.Parse(text).Evaluate(Scope);
        Assert.False(value.IsError, value.Text);
        Assert.Equal(expected, value.IsTrue);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("input.a.missing == 1")]
    [InlineData("a.b.c == 1")]
    [InlineData("context.gone == 1")]
    [InlineData("n")]
    [InlineData("\"true\"")]
    [InlineData("null")]
    [InlineData("1 / 0 == 1")]
    [InlineData("1 % 0 == 1")]
    [InlineData("1e308 * 10 > 0")]
    [InlineData("big > 1")]
    [InlineData("n == \"3\"")]
    [InlineData("ok == 1")]
    [InlineData("text < \"z\"")]
    [InlineData("text + text == text")]
    [InlineData("!n")]
    [InlineData("-ok == 1")]
    [InlineData("nil > 0")]
    [InlineData("list == list")]
    [InlineData("a == a")]
    [InlineData("1 && true")]
    [InlineData("true && 1")]
    [InlineData("false || \"x\"")]
    [InlineData("missing && false")]
    [InlineData("1 < 2 < 3")]
    [InlineData("missing || true")]
    public void Is_an_error_and_never_true(string text)
    {
        ConditionValue value = Condition.Parse(text).Evaluate(Scope);
        Assert.True(value.IsError);
        Assert.False(value.IsTrue);
        Assert.NotEmpty(value.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("1 +")]
    [InlineData("(1")]
    [InlineData("1)")]
    [InlineData("1 2")]
    [InlineData("a b")]
    [InlineData("a = 1")]
    [InlineData("a === 1")]
    [InlineData("a & b")]
    [InlineData("a..b")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a.1")]
    [InlineData("a[0]")]
    [InlineData("f()")]
    [InlineData("'x'")]
    [InlineData("\"x")]
    [InlineData("\"\\x\"")]
    [InlineData("\"\\u12\"")]
    [InlineData("\"a\nb\"")]
    [InlineData("01")]
    [InlineData("1.")]
    [InlineData(".5")]
    [InlineData("1e")]
    [InlineData("1e999")]
    [InlineData("2x")]
    [InlineData("1.2.3")]
    [InlineData("input")]
    [InlineData("context")]
    [InlineData("context.a.b")]
    [InlineData("actor.x == 1")]
    [InlineData("true.x")]
    [InlineData("größe > 1")]
    [InlineData("a > 1;")]
    [InlineData("+1")]
    [InlineData("a ? b : c")]
    public void Is_no_condition(string text)
    {
        Assert.False(Condition.TryParse(text, out Condition? condition, out string? problem));
        Assert.Null(condition);
        Assert.Contains("At character", problem, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Condition.Parse(text));
    }

    [Fact]
    public void Its_limits_are_exact()
    {
        Assert.True(Condition.TryParse(new string(' ', Condition.MaxLength - 4) + "true", out _, out _));
        Assert.False(Condition.TryParse(new string(' ', Condition.MaxLength - 3) + "true", out _, out string? problem));
        Assert.Contains("1024", problem, StringComparison.Ordinal);
        Assert.True(Condition.TryParse(Nested("(", ")", Condition.MaxDepth), out _, out _));
        Assert.False(Condition.TryParse(Nested("(", ")", Condition.MaxDepth + 1), out _, out problem));
        Assert.Contains("deeper", problem, StringComparison.Ordinal);
        Assert.True(Condition.TryParse(new string('!', Condition.MaxDepth) + "true", out _, out _));
        Assert.False(Condition.TryParse(new string('!', Condition.MaxDepth + 1) + "true", out _, out _));
        Assert.False(Condition.TryParse(null, out _, out _));

        // What stands side by side is not deep.
        Assert.True(Condition.Parse(string.Join("&&", Enumerable.Repeat("true", 170))).Evaluate(Scope).IsTrue);
        Assert.True(Condition.Parse(string.Join("||", Enumerable.Repeat("(!ok)", 140)) + "||ok").Evaluate(Scope).IsTrue);
    }

    [Fact]
    public void A_hundred_kilobytes_are_refused_before_any_of_it_is_read()
    {
        // Were any of it looked at, the sentence would name a character.
        foreach (string hostile in new[] { new string('(', 100_000), new string('"', 100_000), new string('!', 100_000), new string('\0', 100_000), string.Concat(Enumerable.Repeat("a.", 50_000)) })
        {
            Assert.False(Condition.TryParse(hostile, out _, out string? problem));
            Assert.Equal("A condition has at most 1024 characters.", problem);
        }
    }

    [Theory]
    [InlineData(" ( ( a.b ) )  >  1 ", "a.b>1")]
    [InlineData("(a + b) * c", "(a+b)*c")]
    [InlineData("a + (b * c)", "a+b*c")]
    [InlineData("a - (b - c)", "a-(b-c)")]
    [InlineData("(a - b) - c", "(a-b)-c")]
    [InlineData("!(a && b)", "!(a&&b)")]
    [InlineData("-(-1)", "--1")]
    [InlineData("\"\\u0041\\/\\u0001\" == \"\"", "\"A/\\u0001\"==\"\"")]
    [InlineData("1.50e+3>0", "1.50e+3>0")]
    public void Prints_without_what_changes_nothing(string text, string canonical) => Assert.Equal(canonical, Condition.Parse(text).ToString());

    [Fact]
    public void It_names_what_it_reads_of_the_context() =>
        Assert.Equal(["limit", "who"], Condition.Parse("context.limit > 1 && (actor == context.who || context.limit < input.context)").ContextNames);

    private static string Nested(string open, string close, int depth) => string.Concat(Enumerable.Repeat(open, depth)) + "true" + string.Concat(Enumerable.Repeat(close, depth));

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
