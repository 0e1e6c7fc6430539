namespace Zeq.Protocol;

/// <summary>The constants of the kernel clock, each in this one place (spec 00, Time).</summary>
public static class KernelConstants
{
    /// <summary>The pulse, in hertz.</summary>
    public const double PulseHz = 1.287;

    /// <summary>One Zeqond, in milliseconds, exactly.</summary>
    public const long ZeqondMs = 777;

    /// <summary>The amplitude of R(t) around 1, without a unit.</summary>
    public const double Alpha = 0.00129;
}
