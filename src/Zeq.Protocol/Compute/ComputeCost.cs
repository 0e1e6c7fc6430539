namespace Zeq.Protocol;

/// <summary>What a compute costs, in whole ZEQ (spec 10 §1). Pure and thread-safe.</summary>
public static class ComputeCost
{
    /// <summary>The most that a compute costs.</summary>
    public const int Maximum = 20;

    /// <summary>The least that a chain of <see cref="LongChain"/> operators or more costs.</summary>
    public const int LongChainMinimum = 13;

    /// <summary>From this many operators on (KO42 counted) a chain is long.</summary>
    public const int LongChain = 8;

    /// <summary>
    /// <c>min(20, max(n >= 8 ? 13 : 0, ceil((n + 1) * (d > 1 ? 1.5 : 1))))</c> for n operators, KO42 counted, of d distinct
    /// domains, KO not counted. From 2 (KO42 alone) to 20.
    /// </summary>
    /// <param name="operatorsWithKo42">A chain as <see cref="KernelCatalog.TryNormalize"/> gives it: KO42 first.</param>
    /// <exception cref="ArgumentException">The chain does not start with KO42, or holds a name that is not an operator's.</exception>
    public static int Quote(IReadOnlyList<string> operatorsWithKo42)
    {
        ArgumentNullException.ThrowIfNull(operatorsWithKo42);
        if (operatorsWithKo42.Count == 0 || operatorsWithKo42[0] != OperatorName.Kernel)
        {
            throw new ArgumentException("A chain starts with KO42.", nameof(operatorsWithKo42));
        }

        int count = operatorsWithKo42.Count;
        int work = CrossesDomains(operatorsWithKo42) ? checked((3 * (count + 1)) + 1) / 2 : count + 1;
        return Math.Min(Maximum, Math.Max(count >= LongChain ? LongChainMinimum : 0, work));
    }

    private static bool CrossesDomains(IReadOnlyList<string> operators)
    {
        string? first = null;
        bool crosses = false;
        foreach (string name in operators)
        {
            string domain = OperatorName.DomainOf(name);
            if (domain == OperatorName.KernelDomain)
            {
                continue;
            }

            first ??= domain;
            crosses |= domain != first;
        }

        return crosses;
    }
}
