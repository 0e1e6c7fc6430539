using System.Globalization;

namespace Zeq.Protocol;

/// <summary>What a part of a condition came to.</summary>
public enum ConditionKind
{
    /// <summary>The part could not be evaluated; no operator makes a value of it.</summary>
    Error,

    /// <summary>Null.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A finite IEEE double.</summary>
    Number,

    /// <summary>Text.</summary>
    Text,
}

/// <summary>
/// A value of a condition, or the error that stands in its place: evaluation errors are values (spec 20 §3). <c>default</c> is an error
/// without a sentence. Immutable.
/// </summary>
public readonly record struct ConditionValue
{
    private readonly string? _text;
    private readonly double _number;

    private ConditionValue(ConditionKind kind, double number, string? text) => (Kind, _number, _text) = (kind, number, text);

    /// <summary>Null.</summary>
    public static ConditionValue Null => new(ConditionKind.Null, 0, null);

    /// <summary>What it is.</summary>
    public ConditionKind Kind { get; }

    /// <summary>Whether it is true; false for everything else.</summary>
    public bool IsTrue => Kind == ConditionKind.Boolean && _number != 0;

    /// <summary>Whether it is an error.</summary>
    public bool IsError => Kind == ConditionKind.Error;

    /// <summary>The number; 0 of anything else.</summary>
    public double Number => Kind == ConditionKind.Number ? _number : 0;

    /// <summary>The text, or the sentence of an error; empty of anything else.</summary>
    public string Text => _text ?? "";

    /// <summary>A boolean.</summary>
    public static ConditionValue Of(bool value) => new(ConditionKind.Boolean, value ? 1 : 0, null);

    /// <summary>A number; an error where it is not finite.</summary>
    public static ConditionValue Of(double value) => double.IsFinite(value) ? new(ConditionKind.Number, value, null) : Error("A number is beyond a double.");

    /// <summary>A text.</summary>
    public static ConditionValue Of(string value) => new(ConditionKind.Text, 0, value);

    /// <summary>An error and its sentence.</summary>
    public static ConditionValue Error(string sentence) => new(ConditionKind.Error, 0, sentence);

    /// <summary>For people.</summary>
    public override string ToString() => Kind switch
    {
        ConditionKind.Error => "error: " + Text,
        ConditionKind.Null => "null",
        ConditionKind.Boolean => IsTrue ? "true" : "false",
        ConditionKind.Number => _number.ToString("R", CultureInfo.InvariantCulture),
        _ => Text,
    };
}
