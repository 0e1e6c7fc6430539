using static Zeq.Protocol.DoubleDoubleMath;

namespace Zeq.Protocol;

/// <summary>Thermodynamics, <c>TD</c>.</summary>
internal static class ThermodynamicsOperators
{
    private static readonly PhysicalConstant C = PhysicalConstants.SpeedOfLight;
    private static readonly PhysicalConstant H = PhysicalConstants.Planck;
    private static readonly PhysicalConstant K = PhysicalConstants.Boltzmann;
    private static readonly PhysicalConstant NA = PhysicalConstants.Avogadro;

    public static IEnumerable<ReferenceOperator> All { get; } =
    [
        new("TD1", "Pressure of an ideal gas", "p = n N_A k T / V", "Pa",
            [OperatorInputs.Amount, OperatorInputs.Temperature, OperatorInputs.Volume],
            (x, _) => x[0] * (NA.Value * K.Value) * x[1] / x[2],
            x => NA.Reference * K.Reference * x[0] * x[1] / x[2]),

        new("TD2", "Stefan-Boltzmann law", "M = 2 pi^5 k^4 T^4 / (15 h^3 c^2)", "W/m^2",
            [OperatorInputs.Temperature],
            (x, _) => PlanckScale(x[0]) * (Math.PI * Math.PI * Math.PI * Math.PI / 15),
            x => Exitance(x[0])),

        new("TD3", "Carnot efficiency", "eta = 1 - T_cold / T_hot", "1",
            [OperatorInputs.ColdTemperature, OperatorInputs.HotTemperature],
            (x, _) => 1 - (x[0] / x[1]),
            x => ((DoubleDouble)x[1] - x[0]) / x[1],
            x => x[1] < x[0] ? (OperatorInputs.HotTemperature.Name, "must be at least cold_temperature_k") : null),

        new("TD30", "Planck's law, summed over all frequencies",
            "M = 2 pi k^4 T^4 / (h^3 c^2) * integral from 0 to infinity of x^3 / (exp(x) - 1) dx by Simpson's rule in u, x = u / (1 - u); "
            + "reference 2 pi^5 k^4 T^4 / (15 h^3 c^2)", "W/m^2",
            [OperatorInputs.Temperature, OperatorInputs.Steps],
            (x, token) => PlanckScale(x[0]) * NumericalIntegration.Simpson(default(Spectrum), 0, 1, (int)x[1], token),
            x => Exitance(x[0])),
    ];

    private static double PlanckScale(double temperature)
    {
        double quanta = K.Value * temperature / H.Value;
        return 2 * Math.PI * H.Value * (quanta * quanta * quanta * quanta) / (C.Value * C.Value);
    }

    private static DoubleDouble Exitance(double temperature)
    {
        DoubleDouble quanta = K.Reference * temperature / H.Reference;
        return DoubleDouble.Power(Pi, 5) * 2 * H.Reference * DoubleDouble.Power(quanta, 4) / (C.Reference * C.Reference * 15);
    }

    private readonly struct Spectrum : IIntegrand
    {
        public double At(double x)
        {
            // Both ends of the range are limits: nothing at frequency 0, and nothing at infinity.
            if (x is <= 0 or >= 1)
            {
                return 0;
            }

            double energy = x / (1 - x);
            double jacobian = 1 / ((1 - x) * (1 - x));
            return energy * energy * energy * jacobian / (Math.Exp(energy) - 1);
        }
    }
}
