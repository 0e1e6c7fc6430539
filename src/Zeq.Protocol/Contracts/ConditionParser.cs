using System.Globalization;
using System.Text;

namespace Zeq.Protocol;

/// <summary>
/// Reads one condition by recursive descent, in one pass. What binds equally tight is a list and not a tree, so only parentheses and
/// unary operators nest, and those are counted.
/// </summary>
internal sealed class ConditionParser(string text)
{
    private static readonly string[][] Operators = [["||"], ["&&"], ["==", "!="], ["<=", ">=", "<", ">"], ["+", "-"], ["*", "/", "%"]];

    private readonly List<string> _contextNames = [];
    private int _at;
    private int _depth;

    public string? Problem { get; private set; }

    public IReadOnlyList<string> ContextNames => _contextNames;

    public ConditionNode? Parse()
    {
        ConditionNode? root = Chain(ConditionLevel.Or);
        SkipSpace();
        return root is null || _at == text.Length ? root : Fail("an operator or the end is expected");
    }

    private ConditionNode? Chain(ConditionLevel level)
    {
        if (level == ConditionLevel.Unary)
        {
            return Unary();
        }

        ConditionNode? first = Chain(level + 1);
        if (first is null || Operator(level) is not { } op)
        {
            return first;
        }

        var rest = new List<(string, ConditionNode)>();
        for (string? next = op; next is not null; next = Operator(level))
        {
            if (Chain(level + 1) is not { } operand)
            {
                return null;
            }

            rest.Add((next, operand));
        }

        return new ConditionChain(level, first, rest);
    }

    private string? Operator(ConditionLevel level)
    {
        SkipSpace();
        foreach (string op in Operators[(int)level])
        {
            if (text.AsSpan(_at).StartsWith(op, StringComparison.Ordinal))
            {
                _at += op.Length;
                return op;
            }
        }

        return null;
    }

    private ConditionNode? Unary()
    {
        SkipSpace();
        if (_at == text.Length)
        {
            return Fail("a value is expected");
        }

        char c = text[_at];
        if (c is not ('!' or '-' or '('))
        {
            return c == '"' ? Text() : char.IsAsciiDigit(c) ? Number() : IsNameStart(c) ? Name() : Fail("a value is expected");
        }

        if (++_depth > Condition.MaxDepth)
        {
            return Fail($"it is nested deeper than {Condition.MaxDepth}");
        }

        _at++;
        ConditionNode? inner = c == '(' ? Chain(ConditionLevel.Or) : Unary();
        _depth--;
        if (inner is null || c != '(')
        {
            return inner is null ? null : new ConditionUnary(c, inner);
        }

        SkipSpace();
        if (_at == text.Length || text[_at] != ')')
        {
            return Fail("a closing parenthesis is expected");
        }

        _at++;
        return inner;
    }

    private ConditionNode? Number()
    {
        int start = _at;
        Digits();
        if (text[start] == '0' && _at - start > 1)
        {
            return Fail("a number does not begin with a zero");
        }

        if (Is('.') && !(Skip() && Digits()))
        {
            return Fail("a digit is expected");
        }

        if (Is('e') || Is('E'))
        {
            _at++;
            _ = (Is('+') || Is('-')) && Skip();
            if (!Digits())
            {
                return Fail("a digit is expected");
            }
        }

        if (_at < text.Length && (IsNameStart(text[_at]) || text[_at] == '.'))
        {
            return Fail("a number ends with a digit");
        }

        string source = text[start.._at];
        var value = ConditionValue.Of(double.Parse(source, NumberStyles.Float, CultureInfo.InvariantCulture));
        return value.IsError ? Fail("the number is beyond a double") : new ConditionLiteral(value, source);
    }

    private bool Digits()
    {
        int start = _at;
        while (_at < text.Length && char.IsAsciiDigit(text[_at]))
        {
            _at++;
        }

        return _at > start;
    }

    private ConditionNode? Text()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length; _at++)
        {
            char c = text[_at];
            if (c == '"')
            {
                _at++;
                return new ConditionLiteral(ConditionValue.Of(value.ToString()), "");
            }

            if (c < ' ')
            {
                return Fail("a text holds no control character as it is");
            }

            if (c != '\\')
            {
                value.Append(c);
            }
            else if (Escape() is { } escaped)
            {
                value.Append(escaped);
            }
            else
            {
                return Fail("this is no escape");
            }
        }

        return Fail("a closing quotation mark is expected");
    }

    private char? Escape()
    {
        if (++_at == text.Length)
        {
            return null;
        }

        switch (text[_at])
        {
            case '"' or '\\' or '/':
                return text[_at];
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u' when _at + 4 < text.Length && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit):
                _at += 4;
                return (char)unit;
            default:
                return null;
        }
    }

    private ConditionNode? Name()
    {
        int start = _at;
        var parts = new List<string>();
        while (true)
        {
            int part = _at;
            while (_at < text.Length && (IsNameStart(text[_at]) || char.IsAsciiDigit(text[_at])))
            {
                _at++;
            }

            parts.Add(text[part.._at]);
            if (!Is('.'))
            {
                break;
            }

            _at++;
            if (_at == text.Length || !IsNameStart(text[_at]))
            {
                return Fail("a name is expected");
            }
        }

        int length = _at - start;
        _at = start;
        switch (parts[0])
        {
            case "true" or "false" or "null" when parts.Count == 1:
                _at += length;
                return new ConditionLiteral(parts[0] == "null" ? ConditionValue.Null : ConditionValue.Of(parts[0] == "true"), parts[0]);
            case "actor" or "state" or "entered_zeqond" or "zeqond" or "true" or "false" or "null" when parts.Count > 1:
                return Fail($"{parts[0]} has no members");
            case "input" when parts.Count == 1:
                return Fail("input is no value, its members are");
            case "context" when parts.Count != 2:
                return Fail("a name of the context is context.<name>");
            case "context" when !_contextNames.Contains(parts[1]):
                _contextNames.Add(parts[1]);
                break;
        }

        _at += length;
        return new ConditionName([.. parts]);
    }

    private bool Is(char c) => _at < text.Length && text[_at] == c;

    private bool Skip() => ++_at <= text.Length;

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            _at++;
        }
    }

    private ConditionNode? Fail(string what)
    {
        Problem ??= string.Create(CultureInfo.InvariantCulture, $"At character {_at + 1}: {what}.");
        return null;
    }
}
