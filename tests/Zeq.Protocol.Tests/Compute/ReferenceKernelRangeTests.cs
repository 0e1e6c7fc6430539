using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

/// <summary>The whole range of every input, its corners most of all.</summary>
public class ReferenceKernelRangeTests
{
    private static readonly ReferenceKernel Kernel = new();

    public static TheoryData<string> Operators => [.. Kernel.Operators.Select(o => o.Operator)];

    /// <summary>Where a result near 0 or near a pole loses digits of the double, and the precision says so.</summary>
    private static readonly HashSet<string> Cancelling = ["GR1", "GR4", "TD3"];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Every_input_in_range_has_an_honest_answer(string op)
    {
        OperatorInfo info = Kernel.Operators.Single(o => o.Operator == op);
        bool integrates = info.Inputs.Any(i => i.IsStepCount);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Inputs(info), json =>
            Kernel.Evaluate([op], ReferenceKernelTests.Json(json), CancellationToken.None) switch
            {
                ComputeOutcome.Computed c when !double.IsFinite(c.Value) || !(c.PrecisionActual >= 0) => false,
                ComputeOutcome.Computed c => integrates || Cancelling.Contains(op) || c.PrecisionActual < 1e-14,

                // Only what the ranges together forbid; and only an integration may diverge.
                ComputeOutcome.InvalidInputs invalid => invalid.Problems.Count == 1,
                ComputeOutcome.PrecisionUnknown => integrates,
                _ => false,
            }));
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Any_json_as_an_input_is_an_outcome(string op)
    {
        OperatorInfo info = Kernel.Operators.Single(o => o.Operator == op);
        Gen<string> junk = Gen.Elements(
            "0", "-0", "1", "-1", "1e-300", "1e300", "1e999", "-1e999", "1e-999", "0.5", "100000", "\"1\"", "null", "true", "[]", "{}");
        Arbitrary<string> inputs = junk.ArrayOf(info.Inputs.Count).Select(values => Write(info, values)).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure, Prop.ForAll(inputs, json =>
            Kernel.Evaluate([op], ReferenceKernelTests.Json(json), CancellationToken.None)
                is ComputeOutcome.Computed or ComputeOutcome.InvalidInputs or ComputeOutcome.PrecisionUnknown));
    }

    private static Arbitrary<string> Inputs(OperatorInfo info) => (
        from picks in Gen.Choose(0, 1000).ArrayOf(info.Inputs.Count)
        select Write(info, [.. info.Inputs.Zip(picks, Pick)])).ToArbitrary();

    /// <summary>A value of the range by a number from 0 to 1000: the ends often, the rest spread over the exponents.</summary>
    private static string Pick(OperatorInput input, int pick)
    {
        double minimum = input.Minimum!.Value;
        double maximum = input.Maximum!.Value;
        double value = pick switch
        {
            < 60 => minimum,
            > 940 => maximum,
            _ when minimum > 0 => Math.Clamp(minimum * Math.Pow(maximum / minimum, pick / 1000.0), minimum, maximum),
            _ => (pick % 2 == 0 || minimum == 0 ? 1 : -1) * 1e-60 * Math.Pow(maximum / 1e-60, pick / 1000.0),
        };
        if (input.IsStepCount)
        {
            value = Math.Min(Math.Ceiling(value), 2000);
        }

        return value.ToString("R", CultureInfo.InvariantCulture);
    }

    private static string Write(OperatorInfo info, string[] values)
    {
        var json = new StringBuilder("{");
        for (int i = 0; i < values.Length; i++)
        {
            json.Append(i > 0 ? "," : "").Append('"').Append(info.Inputs[i].Name).Append("\":").Append(values[i]);
        }

        return json.Append('}').ToString();
    }
}
