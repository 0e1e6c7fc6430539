using System.Globalization;

namespace Zeq.Protocol;

/// <summary>
/// A tick of the Zeq clock: <c>floor(unix_ms / 777)</c> (spec 00, "Time"). It counts Zeqonds since the Unix epoch; it is not a
/// duration and not a wall-clock time zone. <c>default</c> is the epoch itself.
/// </summary>
/// <param name="Value">Zeqonds since 1970-01-01T00:00:00Z.</param>
public readonly record struct Zeqond(long Value) : IComparable<Zeqond>
{
    /// <summary>The Zeqond that holds this instant.</summary>
    /// <param name="unixMs">Milliseconds since the Unix epoch; may be negative.</param>
    public static Zeqond FromUnixMs(long unixMs) => new(FloorDiv(unixMs));

    /// <summary>The first millisecond of this Zeqond, in milliseconds since the Unix epoch.</summary>
    public long StartUnixMs => checked(Value * KernelConstants.ZeqondMs);

    /// <summary>The phase of an instant inside its Zeqond, in [0, 1), cut (never rounded) to four decimals.</summary>
    /// <param name="unixMs">Milliseconds since the Unix epoch.</param>
    public static decimal Phase(long unixMs)
    {
        long into = unixMs - (FloorDiv(unixMs) * KernelConstants.ZeqondMs);
        return into * 10_000 / KernelConstants.ZeqondMs / 10_000m;
    }

    /// <inheritdoc/>
    public int CompareTo(Zeqond other) => Value.CompareTo(other.Value);

    /// <summary>Whether <paramref name="a"/> is earlier than <paramref name="b"/>.</summary>
    public static bool operator <(Zeqond a, Zeqond b) => a.Value < b.Value;

    /// <summary>Whether <paramref name="a"/> is later than <paramref name="b"/>.</summary>
    public static bool operator >(Zeqond a, Zeqond b) => a.Value > b.Value;

    /// <summary>Whether <paramref name="a"/> is not later than <paramref name="b"/>.</summary>
    public static bool operator <=(Zeqond a, Zeqond b) => a.Value <= b.Value;

    /// <summary>Whether <paramref name="a"/> is not earlier than <paramref name="b"/>.</summary>
    public static bool operator >=(Zeqond a, Zeqond b) => a.Value >= b.Value;

    /// <summary>The later of two.</summary>
    public static Zeqond Max(Zeqond a, Zeqond b) => a.Value >= b.Value ? a : b;

    /// <summary>Invariant decimal digits, as hashed and sent.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    private static long FloorDiv(long unixMs)
    {
        long quotient = unixMs / KernelConstants.ZeqondMs;
        return unixMs % KernelConstants.ZeqondMs < 0 ? quotient - 1 : quotient;
    }
}
