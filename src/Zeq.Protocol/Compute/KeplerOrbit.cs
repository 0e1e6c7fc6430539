namespace Zeq.Protocol;

/// <summary>
/// The two-body orbit in its own units (semi-major axis 1, mean motion 1), integrated by the classical Runge-Kutta method of
/// fourth order from periapsis.
/// </summary>
internal static class KeplerOrbit
{
    /// <summary>The distance from the centre after a mean anomaly in radians, in semi-major axes.</summary>
    public static double DistanceAfter(double meanAnomaly, double eccentricity, int steps, CancellationToken cancellationToken)
    {
        double h = meanAnomaly / steps;
        var state = new State(1 - eccentricity, 0, 0, Math.Sqrt((1 + eccentricity) / (1 - eccentricity)));
        for (int i = 0; i < steps; i++)
        {
            NumericalIntegration.LookAt(i, cancellationToken);
            State k1 = state.Derivative();
            State k2 = state.Plus(k1, h / 2).Derivative();
            State k3 = state.Plus(k2, h / 2).Derivative();
            State k4 = state.Plus(k3, h).Derivative();
            state = state.Plus(k1, h / 6).Plus(k2, h / 3).Plus(k3, h / 3).Plus(k4, h / 6);
        }

        return Math.Sqrt((state.X * state.X) + (state.Y * state.Y));
    }

    private readonly record struct State(double X, double Y, double Vx, double Vy)
    {
        public State Plus(State change, double factor) => new(
            X + (factor * change.X), Y + (factor * change.Y), Vx + (factor * change.Vx), Vy + (factor * change.Vy));

        public State Derivative()
        {
            double squared = (X * X) + (Y * Y);
            double pull = -1 / (squared * Math.Sqrt(squared));
            return new(Vx, Vy, pull * X, pull * Y);
        }
    }
}
