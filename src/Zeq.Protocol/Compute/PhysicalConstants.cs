namespace Zeq.Protocol;

/// <summary>The CODATA 2022 constants that the reference kernel uses, each in this one place (spec 10 §1).</summary>
public static class PhysicalConstants
{
    /// <summary>The speed of light in vacuum, m/s.</summary>
    public static PhysicalConstant SpeedOfLight { get; } =
        new("c", "speed of light in vacuum", 299_792_458, 0, "m/s", IsExact: true);

    /// <summary>The Planck constant, J s.</summary>
    public static PhysicalConstant Planck { get; } =
        new("h", "Planck constant", 662_607_015, -42, "J s", IsExact: true);

    /// <summary>The Boltzmann constant, J/K.</summary>
    public static PhysicalConstant Boltzmann { get; } =
        new("k", "Boltzmann constant", 1_380_649, -29, "J/K", IsExact: true);

    /// <summary>The Avogadro constant, 1/mol.</summary>
    public static PhysicalConstant Avogadro { get; } =
        new("N_A", "Avogadro constant", 602_214_076, 15, "1/mol", IsExact: true);

    /// <summary>The Newtonian constant of gravitation, m^3/(kg s^2).</summary>
    public static PhysicalConstant Gravitation { get; } =
        new("G", "Newtonian constant of gravitation", 667_430, -16, "m^3/(kg s^2)", IsExact: false);

    /// <summary>The vacuum electric permittivity, F/m.</summary>
    public static PhysicalConstant VacuumPermittivity { get; } =
        new("eps0", "vacuum electric permittivity", 88_541_878_188, -22, "F/m", IsExact: false);

    /// <summary>The Bohr radius, m.</summary>
    public static PhysicalConstant BohrRadius { get; } =
        new("a0", "Bohr radius", 529_177_210_544, -22, "m", IsExact: false);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PhysicalConstant> All { get; } =
        [SpeedOfLight, Planck, Boltzmann, Avogadro, Gravitation, VacuumPermittivity, BohrRadius];
}
