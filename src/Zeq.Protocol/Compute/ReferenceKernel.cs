using System.Collections.Frozen;
using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>
/// The library's own kernel (spec 10 §1, §10): textbook operators in mechanics <c>NM</c>, quantum mechanics <c>QM</c>, relativity
/// <c>GR</c>, thermodynamics <c>TD</c> and electromagnetism <c>EM</c>, with CODATA constants. Each is evaluated in <c>double</c>
/// and against a reference of 31 digits; four families integrate numerically with a step count that the caller picks.
/// <para>
/// A chain: every operator is evaluated by itself on the same shared inputs; none feeds the next. The value and the unit are the
/// last operator's. The precision is the largest over all operators, so one coarse operator makes the whole chain coarse. Inputs
/// that no operator of the chain reads are ignored; <c>KO42</c> reads none.
/// </para>
/// <para>
/// Inputs are JSON numbers. A quantity is finite, inside its range, and 0 or at least 1e-60 in magnitude; a step count is an integer
/// (1, 1.0 and 1e0 are one). The arguments, once read as doubles, are taken as exact: the precision is that of the evaluation, not
/// of a measurement. Doubles go through the platform's mathematical functions, so last bits may differ between platforms.
/// </para>
/// Immutable and thread-safe. No loop allocates.
/// </summary>
public sealed class ReferenceKernel : IComputeKernel
{
    /// <summary>Below it the reference itself loses digits to underflow.</summary>
    private const double SmallestMeasurable = 1e-270;

    private static readonly ReferenceOperator[] AllOperators =
    [
        new(OperatorName.Kernel, "Pulse of the kernel", "f = 1.287 Hz", "Hz", [],
            (_, _) => KernelConstants.PulseHz,
            _ => DoubleDouble.FromDecimal(1287, -3)),
        .. MechanicsOperators.All,
        .. QuantumOperators.All,
        .. RelativityOperators.All,
        .. ThermodynamicsOperators.All,
        .. ElectromagnetismOperators.All,
    ];

    private static readonly FrozenDictionary<string, ReferenceOperator> ByName =
        AllOperators.ToFrozenDictionary(o => o.Info.Operator, StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<OperatorInfo> Operators { get; } = Array.AsReadOnly(Array.ConvertAll(AllOperators, o => o.Info));

    /// <inheritdoc/>
    public ComputeOutcome Evaluate(IReadOnlyList<string> operators, JsonElement inputs, CancellationToken cancellationToken)
    {
        ReferenceOperator[] chain = Resolve(operators);
        var problems = new List<(string Field, string Problem)>();
        double[][] arguments = new double[chain.Length][];
        for (int i = 0; i < chain.Length; i++)
        {
            arguments[i] = Read(chain[i], inputs, problems);
        }

        if (problems.Count > 0)
        {
            return new ComputeOutcome.InvalidInputs(problems.Distinct().ToArray());
        }

        try
        {
            return Evaluate(chain, arguments, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return KernelCatalog.TimeUsedUp;
        }
    }

    private static ComputeOutcome Evaluate(ReferenceOperator[] chain, double[][] arguments, CancellationToken cancellationToken)
    {
        double worst = 0;
        double value = 0;
        for (int i = 0; i < chain.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            value = chain[i].Value(arguments[i], cancellationToken);
            if (RelativeError(value, chain[i].Reference(arguments[i])) is not { } error)
            {
                return new ComputeOutcome.PrecisionUnknown(
                    $"The precision of {chain[i].Info.Operator} cannot be measured: its value or its reference is not finite, or its reference is 0.");
            }

            worst = Math.Max(worst, error);
        }

        return new ComputeOutcome.Computed(value, chain[^1].Info.Unit, worst);
    }

    /// <summary>|value - reference| / |reference|; 0 where both are 0; null where there is no honest number.</summary>
    internal static double? RelativeError(double value, DoubleDouble reference)
    {
        if (!double.IsFinite(value) || !reference.IsFinite)
        {
            return null;
        }

        if (reference.IsZero)
        {
            return value == 0 ? 0 : null;
        }

        if (Math.Abs(reference.High) < SmallestMeasurable)
        {
            return null;
        }

        double error = DoubleDouble.Abs((value - reference) / reference).High;
        return double.IsFinite(error) ? error : null;
    }

    private static ReferenceOperator[] Resolve(IReadOnlyList<string> operators)
    {
        ArgumentNullException.ThrowIfNull(operators);
        if (operators.Count == 0)
        {
            throw new ArgumentException("A chain has at least one operator.", nameof(operators));
        }

        var chain = new ReferenceOperator[operators.Count];
        for (int i = 0; i < chain.Length; i++)
        {
            chain[i] = operators[i] is { } name && ByName.TryGetValue(name, out ReferenceOperator? found)
                ? found
                : throw new ArgumentException("The chain holds an operator that this kernel does not know.", nameof(operators));
        }

        return chain;
    }

    /// <summary>Reads the arguments of one operator; what is wrong with them goes to <paramref name="problems"/>.</summary>
    private static double[] Read(ReferenceOperator op, JsonElement inputs, List<(string Field, string Problem)> problems)
    {
        IReadOnlyList<OperatorInput> wanted = op.Info.Inputs;
        double[] arguments = new double[wanted.Count];
        int before = problems.Count;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (ProblemOf(wanted[i], inputs, out arguments[i]) is { } problem)
            {
                problems.Add((wanted[i].Name, problem));
            }
        }

        if (problems.Count == before && op.Check(arguments) is { } joint)
        {
            problems.Add(joint);
        }

        return arguments;
    }

    private static string? ProblemOf(OperatorInput input, JsonElement inputs, out double value)
    {
        value = 0;
        if (inputs.ValueKind != JsonValueKind.Object || !inputs.TryGetProperty(input.Name, out JsonElement element))
        {
            return $"is missing: a number in {input.Unit}";
        }

        if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out value) || !double.IsFinite(value))
        {
            return "must be a finite JSON number";
        }

        bool inRange = value >= (input.Minimum ?? double.MinValue) && value <= (input.Maximum ?? double.MaxValue);
        if (input.IsStepCount)
        {
            return inRange && value == Math.Truncate(value)
                ? null
                : FormattableString.Invariant($"must be an integer from {input.Minimum} to {input.Maximum}");
        }

        if (!inRange)
        {
            return FormattableString.Invariant($"must be from {input.Minimum} to {input.Maximum} {input.Unit}");
        }

        return value != 0 && Math.Abs(value) < OperatorInputs.SmallestMagnitude
            ? "must be 0 or at least 1E-60 in magnitude"
            : null;
    }
}
