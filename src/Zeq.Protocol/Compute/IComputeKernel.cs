using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>
/// The port for real work (spec 10 §1): a host plugs in its own kernel, the library ships <see cref="ReferenceKernel"/>.
/// Wrap a kernel in a <see cref="KernelCatalog"/>, which checks its operators once and every outcome it gives.
/// Implementations are safe for use from several threads at once and keep no state between evaluations.
/// </summary>
public interface IComputeKernel
{
    /// <summary>Every operator that this kernel knows. Fixed for the life of the kernel; <c>KO42</c> is among them.</summary>
    IReadOnlyList<OperatorInfo> Operators { get; }

    /// <summary>
    /// Evaluates a chain. A kernel looks at <paramref name="cancellationToken"/> at least every 1,024 steps of a loop and
    /// answers <see cref="ComputeOutcome.Limit"/> once it is cancelled (spec 05 rule 23: 250 ms of CPU, timed by the caller).
    /// </summary>
    /// <param name="operators">The chain, <c>KO42</c> first, known operators only: see <see cref="KernelCatalog.TryNormalize"/>.</param>
    /// <param name="inputs">The inputs that all operators of the chain share, a JSON object.</param>
    /// <param name="cancellationToken">Cancelled by the caller when the time of this evaluation is used up.</param>
    /// <exception cref="ArgumentException">The chain is empty or holds an operator that this kernel does not know.</exception>
    ComputeOutcome Evaluate(IReadOnlyList<string> operators, JsonElement inputs, CancellationToken cancellationToken);
}
