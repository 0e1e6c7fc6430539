using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>
/// A kernel that has been looked over: its operators once, when it is plugged in (spec 05 rule 21), its outcomes each time.
/// Immutable and, as far as the kernel is, thread-safe.
/// </summary>
public sealed class KernelCatalog
{
    /// <summary>The most operators that a request may name (spec 10 §1); KO42 is put before them where it is absent.</summary>
    public const int MaxOperators = 16;

    private readonly IComputeKernel _kernel;
    private readonly FrozenDictionary<string, OperatorInfo> _byName;

    /// <summary>Takes a kernel.</summary>
    /// <exception cref="ArgumentException">
    /// An operator's name is not of the form <c>[A-Z]{1,8}[0-9]{1,6}</c>, stands twice, or has another domain than its letters; an
    /// operator has no unit; a step count's name does not end in <c>steps</c> or the reverse; <c>KO42</c> is missing.
    /// </exception>
    public KernelCatalog(IComputeKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        OperatorInfo[] operators = [.. kernel.Operators];
        var byName = new Dictionary<string, OperatorInfo>(StringComparer.Ordinal);
        foreach (OperatorInfo info in operators)
        {
            if (ProblemOf(info) is { } problem)
            {
                throw new ArgumentException(problem, nameof(kernel));
            }

            if (!byName.TryAdd(info.Operator, info))
            {
                throw new ArgumentException($"The kernel has the operator {info.Operator} twice.", nameof(kernel));
            }
        }

        if (!byName.ContainsKey(OperatorName.Kernel))
        {
            throw new ArgumentException("The kernel has no operator KO42.", nameof(kernel));
        }

        _kernel = kernel;
        _byName = byName.ToFrozenDictionary(StringComparer.Ordinal);
        Operators = Array.AsReadOnly(operators);
    }

    /// <summary>The operators, in the order in which the kernel has them.</summary>
    public IReadOnlyList<OperatorInfo> Operators { get; }

    /// <summary>Finds an operator by its name.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out OperatorInfo? info) => _byName.TryGetValue(name, out info);

    /// <summary>
    /// Turns what a request names into the chain that is evaluated, hashed and priced: KO42 first (put there where it is absent,
    /// moved there where it stands later), the others in the order given.
    /// </summary>
    /// <param name="requested">1 to 16 operators of this kernel, none of them twice.</param>
    /// <param name="operators">The chain, 1 to 17 operators.</param>
    /// <param name="problem">Why there is none: a sentence for 400 <c>INVALID_OPERATOR</c>.</param>
    public bool TryNormalize(
        IReadOnlyList<string?>? requested,
        [NotNullWhen(true)] out string[]? operators,
        [NotNullWhen(false)] out string? problem)
    {
        operators = null;
        if (requested is null || requested.Count is 0 or > MaxOperators)
        {
            problem = $"operators must name 1 to {MaxOperators} operators.";
            return false;
        }

        var chain = new List<string>(requested.Count + 1) { OperatorName.Kernel };
        bool kernelNamed = false;
        foreach (string? name in requested)
        {
            if (!OperatorName.IsValid(name))
            {
                problem = "An operator is one to eight capital letters and one to six digits.";
                return false;
            }

            if (!_byName.ContainsKey(name))
            {
                problem = $"There is no operator {name}.";
                return false;
            }

            bool isKernel = name == OperatorName.Kernel;
            if (isKernel ? kernelNamed : chain.Contains(name))
            {
                problem = $"The operator {name} stands twice.";
                return false;
            }

            kernelNamed |= isKernel;
            if (!isKernel)
            {
                chain.Add(name);
            }
        }

        operators = [.. chain];
        problem = null;
        return true;
    }

    /// <summary>
    /// Evaluates a chain and holds the kernel to its contract: a value or precision that is not a finite number, or a negative
    /// precision, is <see cref="ComputeOutcome.PrecisionUnknown"/>; a cancelled evaluation is <see cref="ComputeOutcome.Limit"/>,
    /// also where the kernel throws for it or finished too late. A negative zero becomes 0.
    /// </summary>
    /// <param name="operators">A chain of <see cref="TryNormalize"/>.</param>
    /// <param name="inputs">The shared inputs.</param>
    /// <param name="cancellationToken">Cancelled by the caller when the time is used up.</param>
    public ComputeOutcome Evaluate(IReadOnlyList<string> operators, JsonElement inputs, CancellationToken cancellationToken)
    {
        ComputeOutcome outcome;
        try
        {
            outcome = _kernel.Evaluate(operators, inputs, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return TimeUsedUp;
        }

        return outcome switch
        {
            _ when cancellationToken.IsCancellationRequested => TimeUsedUp,
            ComputeOutcome.Computed computed when !double.IsFinite(computed.Value) || !double.IsFinite(computed.PrecisionActual)
                || computed.PrecisionActual < 0
                => new ComputeOutcome.PrecisionUnknown("The kernel's answer is not a finite number of known precision."),
            ComputeOutcome.Computed { Value: 0 } computed => computed with { Value = 0 },
            _ => outcome,
        };
    }

    internal static ComputeOutcome.Limit TimeUsedUp { get; } = new("The compute took longer than an evaluation may.");

    private static string? ProblemOf(OperatorInfo info)
    {
        if (!OperatorName.IsValid(info.Operator))
        {
            return "An operator of the kernel is not of the form [A-Z]{1,8}[0-9]{1,6}.";
        }

        if (info.Domain != OperatorName.DomainOf(info.Operator))
        {
            return $"The domain of {info.Operator} is not the letters of its name.";
        }

        if (string.IsNullOrWhiteSpace(info.Unit))
        {
            return $"The operator {info.Operator} has no unit.";
        }

        foreach (OperatorInput input in info.Inputs)
        {
            if (input.IsStepCount != input.Name.EndsWith("steps", StringComparison.Ordinal))
            {
                return $"The input {input.Name} of {info.Operator} must end in \"steps\" exactly where it is a step count.";
            }
        }

        return null;
    }
}
