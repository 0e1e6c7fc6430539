namespace Zeq.Protocol;

/// <summary>A function of one variable; a struct, so that a step neither allocates nor calls through a delegate.</summary>
internal interface IIntegrand
{
    double At(double x);
}

/// <summary>The quadrature of the kernel, and the rule by which every loop of it stops.</summary>
internal static class NumericalIntegration
{
    private const int StepsBetweenLooks = 1024;

    /// <summary>Looks at the token every 1,024 steps (spec 05 rule 23).</summary>
    /// <exception cref="OperationCanceledException">The time is used up.</exception>
    public static void LookAt(int step, CancellationToken cancellationToken)
    {
        if (step % StepsBetweenLooks == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Simpson's rule: each step takes its two ends and its middle. The error falls with the fourth power of the steps.</summary>
    public static double Simpson<TIntegrand>(
        TIntegrand integrand, double from, double to, int steps, CancellationToken cancellationToken)
        where TIntegrand : struct, IIntegrand
    {
        double width = (to - from) / steps;
        double ends = integrand.At(from) + integrand.At(to);
        double joints = 0;
        double middles = 0;
        for (int i = 0; i < steps; i++)
        {
            LookAt(i, cancellationToken);
            if (i > 0)
            {
                joints += integrand.At(from + (i * width));
            }

            middles += integrand.At(from + ((i + 0.5) * width));
        }

        return width / 6 * (ends + (2 * joints) + (4 * middles));
    }
}
