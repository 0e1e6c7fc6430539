using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class ConditionPropertyTests
{
    private static readonly string[] Pieces =
    [
        "(", ")", "!", "-", "+", "*", "/", "%", "&&", "||", "==", "!=", "<", "<=", ">", ">=", "&", "|", "=", ".", ",", "\"", "\\", "'", " ", "\t", "\n", "0", "1", "1.5", "1e3", "e", "9e999",
        "input.a", "a", "b", "context.c", "context", "actor", "state", "zeqond", "entered_zeqond", "true", "false", "null", "\"x\"", "\"\\u00e9\"", "é", "𝛀", "\ud800", "\0", "[0]", "f()",
    ];

    private static readonly ConditionScope Scope = new(
        JsonDocument.Parse("""{"a":2,"b":false}""").RootElement, JsonDocument.Parse("""{"c":"x"}""").RootElement, "ZEQ07000000001", "s", new Zeqond(5), new Zeqond(9));

    [Fact]
    public void What_is_printed_reads_back_as_the_same() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(Conditions(5), text =>
    {
        if (text.Length > Condition.MaxLength)
        {
            return true;
        }

        Condition first = Condition.Parse(text);
        string printed = first.ToString();
        Condition second = Condition.Parse(printed);
        return printed.Length <= text.Length && second.ToString() == printed && first.Evaluate(Scope) == second.Evaluate(Scope);
    }));

    [Fact]
    public void No_text_crashes_or_hangs_it() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(5_000), Prop.ForAll(
        Gen.Elements(Pieces).ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary(), Survives));

    [Fact]
    public void Nor_does_any_text_at_all() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(ArbMap.Default.ArbFor<string>(), Survives));

    private static bool Survives(string? text)
    {
        bool isRead = Condition.TryParse(text, out Condition? condition, out string? problem);
        if (!isRead)
        {
            return condition is null && problem!.Length > 0;
        }

        ConditionValue value = condition!.Evaluate(Scope);
        return value.Kind is ConditionKind.Boolean or ConditionKind.Error && Condition.Parse(condition.ToString()).ToString() == condition.ToString();
    }

    /// <summary>Well-formed conditions, with spaces and parentheses that change nothing.</summary>
    private static Arbitrary<string> Conditions(int depth) => Expression(depth).ToArbitrary();

    private static Gen<string> Expression(int depth)
    {
        Gen<string> leaf = Gen.Elements("1", "2.5", "0", "1e3", "a", "b", "input.a", "context.c", "actor", "state", "zeqond", "true", "false", "null", "\"x\"", "\"\\\"\\\\\\n\"", "missing.too");
        if (depth == 0)
        {
            return leaf;
        }

        Gen<string> inner = Expression(depth - 1);
        return Gen.Frequency(
            (2, leaf),
            (1, inner.Select(x => "(" + x + ")")),
            (1, inner.Select(x => "!(" + x + ")")),
            (1, inner.Select(x => "-( " + x + " )")),
            (5, from left in inner
                from op in Gen.Elements("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||")
                from space in Gen.Elements("", " ", "\t")
                from right in inner
                select left + space + op + space + right));
    }
}
