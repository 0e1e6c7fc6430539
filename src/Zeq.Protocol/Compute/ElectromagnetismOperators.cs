using static Zeq.Protocol.DoubleDoubleMath;

namespace Zeq.Protocol;

/// <summary>Electromagnetism, <c>EM</c>.</summary>
internal static class ElectromagnetismOperators
{
    private const double MostTimeConstants = 100;

    private static readonly PhysicalConstant Epsilon0 = PhysicalConstants.VacuumPermittivity;

    public static IEnumerable<ReferenceOperator> All { get; } =
    [
        new("EM1", "Coulomb's law", "F = q1 q2 / (4 pi eps0 r^2)", "N",
            [OperatorInputs.Charge, OperatorInputs.OtherCharge, OperatorInputs.Distance],
            (x, _) => x[0] * x[1] / (4 * Math.PI * Epsilon0.Value * (x[2] * x[2])),
            x => (DoubleDouble)x[0] * x[1] / (Pi * 4 * Epsilon0.Reference * x[2] * x[2])),

        new("EM2", "Ohm's law", "V = I R", "V",
            [OperatorInputs.Current, OperatorInputs.Resistance],
            (x, _) => x[0] * x[1],
            x => (DoubleDouble)x[0] * x[1]),

        new("EM3", "Resonance of a coil and a capacitor", "f = 1 / (2 pi sqrt(L C))", "Hz",
            [OperatorInputs.Inductance, OperatorInputs.Capacitance],
            (x, _) => 1 / (2 * Math.PI * Math.Sqrt(x[0] * x[1])),
            x => DoubleDouble.One / (Pi * 2 * Sqrt((DoubleDouble)x[0] * x[1]))),

        new("EM30", "Discharge of a capacitor through a resistor",
            "dV/dt = -V / (R C) by classical Runge-Kutta; reference V = V0 exp(-t / (R C))", "V",
            [OperatorInputs.Voltage, OperatorInputs.Resistance, OperatorInputs.Capacitance, OperatorInputs.Duration, OperatorInputs.Steps],
            (x, token) => Discharge(x[0], x[3] / (x[1] * x[2]), (int)x[4], token),
            x => Exp(-((DoubleDouble)x[3] / ((DoubleDouble)x[1] * x[2]))) * x[0],
            x => x[3] / (x[1] * x[2]) > MostTimeConstants
                ? (OperatorInputs.Duration.Name, $"must be at most {MostTimeConstants:0} time constants (R C)")
                : null),
    ];

    /// <summary>The voltage after a number of time constants, by the classical Runge-Kutta method of fourth order.</summary>
    private static double Discharge(double voltage, double timeConstants, int steps, CancellationToken cancellationToken)
    {
        double h = timeConstants / steps;
        for (int i = 0; i < steps; i++)
        {
            NumericalIntegration.LookAt(i, cancellationToken);
            double k1 = -voltage;
            double k2 = -(voltage + (h / 2 * k1));
            double k3 = -(voltage + (h / 2 * k2));
            double k4 = -(voltage + (h * k3));
            voltage += h / 6 * (k1 + (2 * k2) + (2 * k3) + k4);
        }

        return voltage;
    }
}
