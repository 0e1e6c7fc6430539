namespace Zeq.Tunnel;

/// <summary>What all devices have in common.</summary>
public static class TunDevice
{
    /// <summary>The MTU inside a tunnel where the path is known to carry 1,500 bytes (spec 50 §2).</summary>
    public const int DefaultMtu = 1_400;

    /// <summary>The MTU inside a tunnel over an unknown path.</summary>
    public const int SafeMtu = 1_280;

    /// <summary>The largest MTU (spec 06 rule 19).</summary>
    public const int MaxMtu = 1_900;

    /// <summary>The smallest MTU: what every IPv4 host takes.</summary>
    public const int MinMtu = 576;

    internal static void RequireMtu(int mtu)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mtu, MinMtu);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(mtu, MaxMtu);
    }
}
