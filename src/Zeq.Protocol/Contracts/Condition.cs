using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Zeq.Protocol;

/// <summary>
/// The condition of a transition (spec 20 §3, grammar in <c>docs/conditions.md</c>): an expression over the input, the context and the
/// contract's own state. No calls, no loops; its text and its nesting are bounded, and so is the work of an evaluation. Immutable and
/// thread-safe.
/// </summary>
public sealed class Condition
{
    /// <summary>The longest condition, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>The deepest nesting of parentheses, <c>!</c> and unary <c>-</c>.</summary>
    public const int MaxDepth = 32;

    private readonly ConditionNode _root;

    private Condition(ConditionNode root, IReadOnlyList<string> contextNames) => (_root, ContextNames) = (root, contextNames);

    /// <summary>The names below <c>context.</c> that it reads, each once.</summary>
    public IReadOnlyList<string> ContextNames { get; }

    /// <summary>Reads a condition. A text beyond the limit is refused before any of it is looked at.</summary>
    /// <param name="text">The text.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="problem">What is wrong with the text, and at which character (from 1).</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Condition? condition, [NotNullWhen(false)] out string? problem)
    {
        condition = null;
        if (text is null || text.Length > MaxLength)
        {
            problem = text is null ? "There is no text." : $"A condition has at most {MaxLength} characters.";
            return false;
        }

        var parser = new ConditionParser(text);
        if (parser.Parse() is not { } root)
        {
            problem = parser.Problem!;
            return false;
        }

        condition = new Condition(root, parser.ContextNames);
        problem = null;
        return true;
    }

    /// <summary>Reads a condition.</summary>
    /// <exception cref="FormatException">The text is none.</exception>
    public static Condition Parse(string text) => TryParse(text, out Condition? condition, out string? problem) ? condition : throw new FormatException(problem);

    /// <summary>
    /// What the condition comes to: true, false, or an error (a missing name, a type mismatch, a division by zero, another value than a
    /// boolean), which is never true.
    /// </summary>
    public ConditionValue Evaluate(ConditionScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ConditionValue value = _root.Evaluate(scope);
        return value.Kind is ConditionKind.Boolean or ConditionKind.Error ? value : ConditionValue.Error("The condition is no true or false.");
    }

    /// <summary>The canonical text: no spaces, no parentheses that change nothing; never longer than what was read.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        _root.Print(text);
        return text.ToString();
    }
}
