using static Zeq.Protocol.DoubleDoubleMath;

namespace Zeq.Protocol;

/// <summary>Relativity, <c>GR</c>.</summary>
internal static class RelativityOperators
{
    private const double NearestHorizons = 1.001;
    private const double ThinnestShell = 1.000001;

    private static readonly PhysicalConstant C = PhysicalConstants.SpeedOfLight;
    private static readonly PhysicalConstant G = PhysicalConstants.Gravitation;

    public static IEnumerable<ReferenceOperator> All { get; } =
    [
        new("GR1", "Lorentz factor", "gamma = 1 / sqrt(1 - v^2 / c^2)", "1",
            [OperatorInputs.Speed],
            (x, _) => 1 / Math.Sqrt(1 - (x[0] / C.Value * (x[0] / C.Value))),
            x => Gamma((DoubleDouble)x[0] / C.Reference)),

        new("GR2", "Rest energy", "E = m c^2", "J",
            [OperatorInputs.Mass],
            (x, _) => x[0] * C.Value * C.Value,
            x => C.Reference * C.Reference * x[0]),

        new("GR3", "Schwarzschild radius", "r_s = 2 G m / c^2", "m",
            [OperatorInputs.Mass],
            (x, _) => Horizon(x[0]),
            x => HorizonReference(x[0])),

        new("GR4", "Rate of a clock at rest in a gravitational field", "d tau / d t = sqrt(1 - r_s / r)", "1",
            [OperatorInputs.Mass, OperatorInputs.Distance],
            (x, _) => Math.Sqrt(1 - (Horizon(x[0]) / x[1])),
            x => Sqrt(DoubleDouble.One - (HorizonReference(x[0]) / x[1])),
            x => x[1] < NearestHorizons * Horizon(x[0])
                ? (OperatorInputs.Distance.Name, "must be at least 1.001 Schwarzschild radii of the mass")
                : null),

        new("GR30", "Proper radial distance between two Schwarzschild radii",
            "D = integral from r1 to r2 of dr / sqrt(1 - r_s / r) by Simpson's rule; "
            + "reference [sqrt(r (r - r_s)) + r_s ln(sqrt(r) + sqrt(r - r_s))] from r1 to r2", "m",
            [OperatorInputs.Mass, OperatorInputs.InnerRadius, OperatorInputs.OuterRadius, OperatorInputs.Steps],
            (x, token) => NumericalIntegration.Simpson(new RadialStretch(Horizon(x[0])), x[1], x[2], (int)x[3], token),
            x => Distance(HorizonReference(x[0]), x[1], x[2]),
            Shell),
    ];

    private static double Horizon(double mass) => 2 * G.Value * mass / (C.Value * C.Value);

    private static DoubleDouble HorizonReference(double mass) => G.Reference * mass * 2 / (C.Reference * C.Reference);

    private static DoubleDouble Gamma(DoubleDouble beta) => DoubleDouble.One / Sqrt((DoubleDouble.One - beta) * (DoubleDouble.One + beta));

    private static (string Field, string Problem)? Shell(ReadOnlySpan<double> x)
    {
        if (x[1] < NearestHorizons * Horizon(x[0]))
        {
            return (OperatorInputs.InnerRadius.Name, "must be at least 1.001 Schwarzschild radii of the mass");
        }

        return x[2] < ThinnestShell * x[1]
            ? (OperatorInputs.OuterRadius.Name, "must be at least 1.000001 times inner_radius_m")
            : null;
    }

    private static DoubleDouble Distance(DoubleDouble horizon, DoubleDouble inner, DoubleDouble outer)
    {
        DoubleDouble innerRest = inner - horizon;
        DoubleDouble outerRest = outer - horizon;
        DoubleDouble stretch = Log((Sqrt(outer) + Sqrt(outerRest)) / (Sqrt(inner) + Sqrt(innerRest)));
        return Sqrt(outer * outerRest) - Sqrt(inner * innerRest) + (horizon * stretch);
    }

    private readonly struct RadialStretch(double horizon) : IIntegrand
    {
        public double At(double x) => 1 / Math.Sqrt(1 - (horizon / x));
    }
}
