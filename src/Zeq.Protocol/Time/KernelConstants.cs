namespace Zeq.Protocol;

/// <summary>The constants of the Zeq clock, each in its one place (spec 00, "Time").</summary>
public static class KernelConstants
{
    /// <summary>The pulse of the clock in hertz.</summary>
    public const double PulseHz = 1.287;

    /// <summary>The length of one Zeqond in milliseconds, exactly.</summary>
    public const long ZeqondMs = 777;

    /// <summary>The amplitude of R(t), without a unit.</summary>
    public const double Alpha = 0.00129;
}
