using System.Text;

namespace Zeq.Protocol;

/// <summary>How tightly operators bind, loosest first.</summary>
internal enum ConditionLevel
{
    Or,
    And,
    Equality,
    Relation,
    Sum,
    Product,
    Unary,
    Primary,
}

/// <summary>A part of a parsed condition. Immutable; nested at most <see cref="Condition.MaxDepth"/> deep, so recursion is bounded.</summary>
internal abstract class ConditionNode
{
    public abstract ConditionLevel Level { get; }

    public abstract ConditionValue Evaluate(ConditionScope scope);

    public abstract void Print(StringBuilder text);

    /// <summary>Prints as an operand of an operator: in parentheses where it binds no tighter.</summary>
    protected static void PrintOperand(ConditionNode operand, ConditionLevel level, StringBuilder text)
    {
        bool needs = operand.Level <= level && operand.Level < ConditionLevel.Unary;
        text.Append(needs ? "(" : "");
        operand.Print(text);
        text.Append(needs ? ")" : "");
    }

    protected static string KindText(ConditionValue value) => value.Kind switch
    {
        ConditionKind.Null => "null",
        ConditionKind.Boolean => "a boolean",
        ConditionKind.Number => "a number",
        _ => "a text",
    };
}

/// <summary>A literal, as it was written.</summary>
internal sealed class ConditionLiteral(ConditionValue value, string source) : ConditionNode
{
    public override ConditionLevel Level => ConditionLevel.Primary;

    public override ConditionValue Evaluate(ConditionScope scope) => value;

    public override void Print(StringBuilder text)
    {
        if (value.Kind != ConditionKind.Text)
        {
            text.Append(source);
            return;
        }

        text.Append('"');
        foreach (char c in value.Text)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}

/// <summary>A name.</summary>
internal sealed class ConditionName(string[] parts) : ConditionNode
{
    private readonly string _name = string.Join('.', parts);

    public override ConditionLevel Level => ConditionLevel.Primary;

    public override ConditionValue Evaluate(ConditionScope scope) => parts[0] switch
    {
        "actor" => ConditionValue.Of(scope.Actor),
        "state" => ConditionValue.Of(scope.State),
        "entered_zeqond" => ConditionValue.Of((double)scope.Entered.Value),
        "zeqond" => ConditionValue.Of((double)scope.Now.Value),
        "context" => ConditionScope.Find(scope.Context, parts.AsSpan(1), _name),
        "input" => ConditionScope.Find(scope.Input, parts.AsSpan(1), _name),
        _ => ConditionScope.Find(scope.Input, parts, _name),
    };

    public override void Print(StringBuilder text) => text.Append(_name);
}

/// <summary><c>!</c> or <c>-</c>.</summary>
internal sealed class ConditionUnary(char op, ConditionNode operand) : ConditionNode
{
    public override ConditionLevel Level => ConditionLevel.Unary;

    public override ConditionValue Evaluate(ConditionScope scope)
    {
        ConditionValue value = operand.Evaluate(scope);
        return value.Kind switch
        {
            ConditionKind.Error => value,
            ConditionKind.Boolean when op == '!' => ConditionValue.Of(!value.IsTrue),
            ConditionKind.Number when op == '-' => ConditionValue.Of(-value.Number),
            _ => ConditionValue.Error($"{op} does not take {KindText(value)}."),
        };
    }

    public override void Print(StringBuilder text)
    {
        text.Append(op);
        PrintOperand(operand, ConditionLevel.Unary, text);
    }
}

/// <summary>Operands joined by operators of one level, from the left.</summary>
internal sealed class ConditionChain(ConditionLevel level, ConditionNode first, IReadOnlyList<(string Operator, ConditionNode Operand)> rest) : ConditionNode
{
    public override ConditionLevel Level => level;

    public override ConditionValue Evaluate(ConditionScope scope)
    {
        ConditionValue value = first.Evaluate(scope);
        foreach ((string op, ConditionNode operand) in rest)
        {
            if (value.IsError)
            {
                return value;
            }

            if (level is ConditionLevel.Or or ConditionLevel.And)
            {
                if (value.Kind != ConditionKind.Boolean)
                {
                    return ConditionValue.Error($"{op} does not take {KindText(value)}.");
                }

                if (value.IsTrue == (level == ConditionLevel.Or))
                {
                    return value;
                }

                value = operand.Evaluate(scope);
                if (value.Kind is not (ConditionKind.Boolean or ConditionKind.Error))
                {
                    return ConditionValue.Error($"{op} does not take {KindText(value)}.");
                }
            }
            else
            {
                ConditionValue right = operand.Evaluate(scope);
                value = right.IsError ? right : level == ConditionLevel.Equality ? Equality(op, value, right) : Arithmetic(op, value, right);
            }
        }

        return value;
    }

    public override void Print(StringBuilder text)
    {
        PrintOperand(first, level, text);
        foreach ((string op, ConditionNode operand) in rest)
        {
            text.Append(op);
            PrintOperand(operand, level, text);
        }
    }

    private static ConditionValue Equality(string op, ConditionValue left, ConditionValue right)
    {
        if (left.Kind != right.Kind && left.Kind != ConditionKind.Null && right.Kind != ConditionKind.Null)
        {
            return ConditionValue.Error($"{op} does not compare {KindText(left)} with {KindText(right)}.");
        }

        bool same = left.Kind == right.Kind && left.Kind switch
        {
            ConditionKind.Number => left.Number == right.Number,
            ConditionKind.Text => string.Equals(left.Text, right.Text, StringComparison.Ordinal),
            _ => left.IsTrue == right.IsTrue,
        };
        return ConditionValue.Of(same == (op == "=="));
    }

    private static ConditionValue Arithmetic(string op, ConditionValue left, ConditionValue right)
    {
        if (left.Kind != ConditionKind.Number || right.Kind != ConditionKind.Number)
        {
            return ConditionValue.Error($"{op} does not take {KindText(left.Kind == ConditionKind.Number ? right : left)}.");
        }

        (double a, double b) = (left.Number, right.Number);
        return op switch
        {
            "<" => ConditionValue.Of(a < b),
            "<=" => ConditionValue.Of(a <= b),
            ">" => ConditionValue.Of(a > b),
            ">=" => ConditionValue.Of(a >= b),
            "+" => ConditionValue.Of(a + b),
            "-" => ConditionValue.Of(a - b),
            "*" => ConditionValue.Of(a * b),
            _ when b == 0 => ConditionValue.Error($"{op} by zero."),
            "/" => ConditionValue.Of(a / b),
            _ => ConditionValue.Of(a % b),
        };
    }
}
