using System.Globalization;

namespace Zeq.Protocol;

/// <summary>The pulse <c>R(t) = 1 + alpha * sin(2*pi*1.287*t)</c> (spec 00, "Time").</summary>
public static class Pulse
{
    /// <summary>R(t), without a unit, in [1 - alpha, 1 + alpha].</summary>
    /// <param name="unixMs">Milliseconds since the Unix epoch.</param>
    public static double At(long unixMs) =>
        1 + (KernelConstants.Alpha * Math.Sin(2 * Math.PI * KernelConstants.PulseHz * (unixMs / 1000.0)));

    /// <summary>R(t) as it is sent: six decimals, rounded half up.</summary>
    public static decimal RoundedAt(long unixMs) => Math.Floor(((decimal)At(unixMs) * 1_000_000m) + 0.5m) / 1_000_000m;

    /// <summary>R(t) as it is hashed: one digit, a point, six digits.</summary>
    public static string TextAt(long unixMs) => RoundedAt(unixMs).ToString("0.000000", CultureInfo.InvariantCulture);
}
