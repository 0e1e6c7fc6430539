namespace Zeq.Client;

/// <summary>Whether, and why, a call may be sent again where its answer was lost.</summary>
internal enum Repeat
{
    /// <summary>It changes nothing, or its content alone makes it idempotent (spec 05 rule 5).</summary>
    Safe,

    /// <summary>It carries an <c>Idempotency-Key</c>, the same on each try (spec 00, "Answers").</summary>
    WithKey,

    /// <summary>Never: a second one would be a second act.</summary>
    Never,
}
