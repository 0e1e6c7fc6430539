using static Zeq.Protocol.DoubleDoubleMath;

namespace Zeq.Protocol;

/// <summary>Classical mechanics, <c>NM</c>.</summary>
internal static class MechanicsOperators
{
    private const double MostOrbits = 1000;

    private static readonly PhysicalConstant G = PhysicalConstants.Gravitation;

    public static IEnumerable<ReferenceOperator> All { get; } =
    [
        new("NM19", "Newton's second law", "F = m a", "N",
            [OperatorInputs.Mass, OperatorInputs.Acceleration],
            (x, _) => x[0] * x[1],
            x => (DoubleDouble)x[0] * x[1]),

        new("NM20", "Kinetic energy", "E = m v^2 / 2", "J",
            [OperatorInputs.Mass, OperatorInputs.Speed],
            (x, _) => 0.5 * x[0] * x[1] * x[1],
            x => (DoubleDouble)x[0] * x[1] * x[1] * 0.5),

        new("NM21", "Newton's law of gravitation", "F = G m1 m2 / r^2", "N",
            [OperatorInputs.Mass, OperatorInputs.OtherMass, OperatorInputs.Distance],
            (x, _) => G.Value * x[0] * x[1] / (x[2] * x[2]),
            x => G.Reference * x[0] * x[1] / ((DoubleDouble)x[2] * x[2])),

        new("NM22", "Small swings of a pendulum", "T = 2 pi sqrt(l / g)", "s",
            [OperatorInputs.Length, OperatorInputs.Gravity],
            (x, _) => 2 * Math.PI * Math.Sqrt(x[0] / x[1]),
            x => Pi * 2 * Sqrt((DoubleDouble)x[0] / x[1])),

        new("NM42", "Kepler orbit, distance from the centre since periapsis",
            "d2r/dt2 = -G m r / |r|^3 by classical Runge-Kutta; reference r = a (1 - e cos E), E - e sin E = t sqrt(G m / a^3)", "m",
            [OperatorInputs.Mass, OperatorInputs.SemiMajorAxis, OperatorInputs.Eccentricity, OperatorInputs.Duration, OperatorInputs.Steps],
            (x, token) => x[1] * KeplerOrbit.DistanceAfter(MeanAnomaly(x), x[2], (int)x[4], token),
            KeplerReference,
            x => MeanAnomaly(x) > 2 * Math.PI * MostOrbits
                ? (OperatorInputs.Duration.Name, $"must be at most {MostOrbits:0} orbits")
                : null),
    ];

    private static double MeanAnomaly(ReadOnlySpan<double> x) => x[3] * Math.Sqrt(G.Value * x[0] / (x[1] * x[1] * x[1]));

    private static DoubleDouble KeplerReference(ReadOnlySpan<double> x)
    {
        DoubleDouble axis = x[1];
        DoubleDouble anomaly = Sqrt(G.Reference * x[0] / (axis * axis * axis)) * x[3];
        return axis * (DoubleDouble.One - (SinCos(EccentricAnomaly(anomaly, x[2])).Cos * x[2]));
    }

    /// <summary>Solves Kepler's equation by Newton's method, first in double, then to 31 digits.</summary>
    private static DoubleDouble EccentricAnomaly(DoubleDouble meanAnomaly, double eccentricity)
    {
        const int MostRounds = 60;
        const int ReferenceRounds = 3;
        DoubleDouble turn = Pi * 2;
        DoubleDouble mean = meanAnomaly - (turn * Math.Floor(meanAnomaly.High / turn.High));

        // From pi, Newton's method runs to the root without turning back, whatever the eccentricity below 1.
        double rough = Math.PI;
        for (int i = 0; i < MostRounds; i++)
        {
            rough -= (rough - (eccentricity * Math.Sin(rough)) - mean.High) / (1 - (eccentricity * Math.Cos(rough)));
        }

        DoubleDouble anomaly = rough;
        for (int i = 0; i < ReferenceRounds; i++)
        {
            (DoubleDouble sin, DoubleDouble cos) = SinCos(anomaly);
            anomaly -= (anomaly - (sin * eccentricity) - mean) / (DoubleDouble.One - (cos * eccentricity));
        }

        return anomaly;
    }
}
