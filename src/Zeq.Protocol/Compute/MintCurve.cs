namespace Zeq.Protocol;

/// <summary>What an envelope is worth: complexity and precision, priced (spec 10 §3). Pure and thread-safe.</summary>
public static class MintCurve
{
    /// <summary>The relative error from which on a result has no quality left; a compute beyond it is refused (spec 10 §1).</summary>
    public const double PrecisionBound = 0.001;

    private const double TwoToThe63 = 9_223_372_036_854_775_808.0;

    /// <summary>
    /// <c>quality = clamp(1 - precision_actual / 0.001, 0, 1)</c>; <c>V = floor(cost * (1 + quality) + 0.5)</c>, in IEEE doubles in
    /// this order. The result lies in [cost, 2 * cost]; it never grows when the precision gets worse. Total on its domain:
    /// a precision beyond the bound has quality 0 (to refuse it is the caller's part).
    /// </summary>
    /// <param name="cost">The cost of the compute in whole ZEQ, at least 1.</param>
    /// <param name="precisionActual">The relative error against the reference: finite, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A cost below 1; a precision that is NaN, infinite or negative.</exception>
    /// <exception cref="OverflowException">The value is beyond a 64-bit integer: the cost is above 2^62.</exception>
    public static long Value(long cost, double precisionActual)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cost, 1);
        if (!double.IsFinite(precisionActual) || precisionActual < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(precisionActual), "A precision is finite and at least 0.");
        }

        double quality = Math.Clamp(1 - (precisionActual / PrecisionBound), 0, 1);
        double value = Math.Floor((cost * (1 + quality)) + 0.5);
        if (value >= TwoToThe63)
        {
            throw new OverflowException("The value of the envelope is beyond a 64-bit integer.");
        }

        // Costs above 2^52 are rounded by the double; the bounds hold for them too.
        long most = cost > long.MaxValue / 2 ? long.MaxValue : cost * 2;
        return Math.Clamp((long)value, cost, most);
    }
}
