namespace Zeq.Protocol;

/// <summary>
/// The inputs of the reference kernel. A name means the same quantity, unit and range in every operator, since a chain shares its
/// inputs. Ranges keep every product of an operator far inside a double's exponents, so that its precision can be measured.
/// </summary>
internal static class OperatorInputs
{
    /// <summary>The most steps of an integration (spec 05 rule 23).</summary>
    public const int MaxSteps = 100_000;

    /// <summary>An input other than 0 is at least this large: see the class.</summary>
    public const double SmallestMagnitude = 1e-60;

    private const double MostMetres = 1e30;
    private const double LeastMetres = 1e-30;

    public static readonly OperatorInput Mass = Quantity("mass_kg", "kg", "mass of the body", 1e-40, 1e60);
    public static readonly OperatorInput OtherMass = Quantity("other_mass_kg", "kg", "mass of the second body", 1e-40, 1e60);
    public static readonly OperatorInput Acceleration = Quantity("acceleration_ms2", "m/s^2", "acceleration along the force", -1e30, 1e30);
    public static readonly OperatorInput Speed = Quantity("speed_ms", "m/s", "speed, below that of light", 0, 299_792_457);
    public static readonly OperatorInput Distance = Quantity("distance_m", "m", "distance between the centres", LeastMetres, MostMetres);
    public static readonly OperatorInput Length = Quantity("length_m", "m", "length", LeastMetres, MostMetres);
    public static readonly OperatorInput Gravity = Quantity("gravity_ms2", "m/s^2", "gravity at the place", 1e-20, 1e20);
    public static readonly OperatorInput SemiMajorAxis = Quantity("semi_major_axis_m", "m", "semi-major axis of the orbit", LeastMetres, MostMetres);
    public static readonly OperatorInput Eccentricity = Quantity("eccentricity", "1", "eccentricity of the orbit", 0, 0.9);
    public static readonly OperatorInput Duration = Quantity("duration_s", "s", "time since the start", 0, 1e30);
    public static readonly OperatorInput Frequency = Quantity("frequency_hz", "Hz", "frequency", 1e-30, 1e40);
    public static readonly OperatorInput SphereRadius = Quantity("sphere_radius_m", "m", "radius of the sphere around the nucleus", 1e-13, 1e-8);
    public static readonly OperatorInput InnerRadius = Quantity("inner_radius_m", "m", "inner Schwarzschild r, at least 1.001 horizons", LeastMetres, MostMetres);
    public static readonly OperatorInput OuterRadius = Quantity("outer_radius_m", "m", "outer Schwarzschild r, at least 1.000001 inner ones", LeastMetres, MostMetres);
    public static readonly OperatorInput Temperature = Quantity("temperature_k", "K", "temperature", 1e-12, 1e15);
    public static readonly OperatorInput ColdTemperature = Quantity("cold_temperature_k", "K", "temperature of the cold reservoir", 1e-12, 1e15);
    public static readonly OperatorInput HotTemperature = Quantity("hot_temperature_k", "K", "temperature of the hot reservoir, at least the cold one's", 1e-12, 1e15);
    public static readonly OperatorInput Amount = Quantity("amount_mol", "mol", "amount of substance", 0, 1e30);
    public static readonly OperatorInput Volume = Quantity("volume_m3", "m^3", "volume", 1e-40, 1e40);
    public static readonly OperatorInput Charge = Quantity("charge_c", "C", "charge", -1e30, 1e30);
    public static readonly OperatorInput OtherCharge = Quantity("other_charge_c", "C", "second charge", -1e30, 1e30);
    public static readonly OperatorInput Current = Quantity("current_a", "A", "current", -1e30, 1e30);
    public static readonly OperatorInput Resistance = Quantity("resistance_ohm", "ohm", "resistance", 1e-20, 1e20);
    public static readonly OperatorInput Inductance = Quantity("inductance_h", "H", "inductance", 1e-20, 1e20);
    public static readonly OperatorInput Capacitance = Quantity("capacitance_f", "F", "capacitance", 1e-20, 1e20);
    public static readonly OperatorInput Voltage = Quantity("voltage_v", "V", "voltage at the start", -1e30, 1e30);
    public static readonly OperatorInput Steps = new("steps", "1", "steps of the integration, an integer", 1, MaxSteps, IsStepCount: true);

    private static OperatorInput Quantity(string name, string unit, string description, double minimum, double maximum) =>
        new(name, unit, description, minimum, maximum, IsStepCount: false);
}
