using static Zeq.Protocol.DoubleDoubleMath;

namespace Zeq.Protocol;

/// <summary>Quantum mechanics, <c>QM</c>.</summary>
internal static class QuantumOperators
{
    private static readonly PhysicalConstant H = PhysicalConstants.Planck;
    private static readonly PhysicalConstant A0 = PhysicalConstants.BohrRadius;

    public static IEnumerable<ReferenceOperator> All { get; } =
    [
        new("QM1", "Energy of a photon", "E = h f", "J",
            [OperatorInputs.Frequency],
            (x, _) => H.Value * x[0],
            x => H.Reference * x[0]),

        new("QM2", "De Broglie wavelength, slow matter", "lambda = h / (m v)", "m",
            [OperatorInputs.Mass, OperatorInputs.Speed],
            (x, _) => H.Value / (x[0] * x[1]),
            x => H.Reference / ((DoubleDouble)x[0] * x[1]),
            x => x[1] == 0 ? (OperatorInputs.Speed.Name, "must be above 0: a body at rest has no wavelength") : null),

        new("QM3", "Ground state of a particle in a box", "E1 = h^2 / (8 m l^2)", "J",
            [OperatorInputs.Mass, OperatorInputs.Length],
            (x, _) => H.Value * H.Value / (8 * x[0] * x[1] * x[1]),
            x => H.Reference * H.Reference / ((DoubleDouble)x[0] * x[1] * x[1] * 8)),

        new("QM30", "Hydrogen 1s, probability within a sphere",
            "P = integral from 0 to r/a0 of 4 s^2 exp(-2 s) ds by Simpson's rule; reference 1 - exp(-2 s) (1 + 2 s + 2 s^2), s = r/a0", "1",
            [OperatorInputs.SphereRadius, OperatorInputs.Steps],
            (x, token) => NumericalIntegration.Simpson(default(Radial1s), 0, x[0] / A0.Value, (int)x[1], token),
            x => Within((DoubleDouble)x[0] / A0.Reference)),
    ];

    private static DoubleDouble Within(DoubleDouble s) =>
        DoubleDouble.One - (Exp(s * -2) * (DoubleDouble.One + (s * 2) + (s * s * 2)));

    private readonly struct Radial1s : IIntegrand
    {
        public double At(double x) => 4 * x * x * Math.Exp(-2 * x);
    }
}
