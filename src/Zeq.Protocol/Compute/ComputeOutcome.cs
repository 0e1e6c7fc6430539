namespace Zeq.Protocol;

/// <summary>What an evaluation came to: one of the four nested cases, and no other.</summary>
public abstract record ComputeOutcome
{
    private ComputeOutcome()
    {
    }

    /// <summary>A value, and how far it is from the truth.</summary>
    /// <param name="Value">The value of the last operator of the chain, finite.</param>
    /// <param name="Unit">Its unit.</param>
    /// <param name="PrecisionActual">
    /// The largest relative error over all operators of the chain, measured against a reference of higher precision; finite, at
    /// least 0. Above <see cref="MintCurve.PrecisionBound"/> the caller answers 422 <c>PRECISION_BOUND</c>.
    /// </param>
    public sealed record Computed(double Value, string Unit, double PrecisionActual) : ComputeOutcome;

    /// <summary>The inputs do not fit the chain: 400 <c>INVALID_INPUTS</c>. Every field at fault is named, all at once.</summary>
    /// <param name="Problems">The field and a sentence about it; each pair once, at least one.</param>
    public sealed record InvalidInputs(IReadOnlyList<(string Field, string Problem)> Problems) : ComputeOutcome;

    /// <summary>The work would take more than an evaluation may: 422 <c>COMPUTE_LIMIT</c> (spec 05 rule 23).</summary>
    /// <param name="Message">A sentence for the caller.</param>
    public sealed record Limit(string Message) : ComputeOutcome;

    /// <summary>
    /// There is no honest precision: the reference is 0 where the value is not, or one of them is not a finite number: 422
    /// (spec 05 rule 23).
    /// </summary>
    /// <param name="Message">A sentence for the caller.</param>
    public sealed record PrecisionUnknown(string Message) : ComputeOutcome;
}
