using System.Net;
using System.Net.Sockets;

namespace Zeq.Client;

/// <summary>
/// Says whether an address belongs to the public internet. Everything in the special-purpose registries of IANA
/// (RFC 6890 and its updates) is not, whatever else the registry says of it; in IPv6 only what is known to be public is.
/// </summary>
public static class PublicAddress
{
    private static readonly IPNetwork[] SpecialV4 = Parse(
    [
        ("0.0.0.0/8", "RFC 791, this network"),
        ("10.0.0.0/8", "RFC 1918, private"),
        ("100.64.0.0/10", "RFC 6598, shared address space of carriers"),
        ("127.0.0.0/8", "RFC 1122, loopback"),
        ("169.254.0.0/16", "RFC 3927, link local; metadata services of clouds"),
        ("172.16.0.0/12", "RFC 1918, private"),
        ("192.0.0.0/24", "RFC 6890, IETF protocol assignments"),
        ("192.0.2.0/24", "RFC 5737, documentation"),
        ("192.31.196.0/24", "RFC 7535, AS112"),
        ("192.52.193.0/24", "RFC 7450, AMT"),
        ("192.88.99.0/24", "RFC 7526, 6to4 relay anycast, deprecated"),
        ("192.168.0.0/16", "RFC 1918, private"),
        ("192.175.48.0/24", "RFC 7534, AS112"),
        ("198.18.0.0/15", "RFC 2544, benchmarking"),
        ("198.51.100.0/24", "RFC 5737, documentation"),
        ("203.0.113.0/24", "RFC 5737, documentation"),
        ("224.0.0.0/4", "RFC 5771, multicast"),
        ("240.0.0.0/4", "RFC 1112, reserved; holds the limited broadcast of RFC 919"),
    ]);

    // Only global unicast is public at all (RFC 4291 section 2.4, as allocated by IANA) ...
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    // ... and in it these are not. What lies outside (::/8, 100::/64, 5f00::/16, fc00::/7, fe80::/10, fec0::/10, ff00::/8) needs no line.
    private static readonly IPNetwork[] SpecialV6 = Parse(
    [
        ("2001::/23", "RFC 2928, IETF protocol assignments; holds Teredo (RFC 4380), benchmarking (RFC 5180), ORCHID (RFC 4843, 7343), AMT, drones"),
        ("2001:db8::/32", "RFC 3849, documentation"),
        ("2002::/16", "RFC 3056, 6to4; holds an IPv4 address of anyone's choice, relays withdrawn by RFC 7526"),
        ("2620:4f:8000::/48", "RFC 7534, AS112"),
        ("3ffe::/16", "RFC 3701, 6bone, returned"),
        ("3fff::/20", "RFC 9637, documentation"),
    ]);

    // RFC 6052 section 2.1: the translator dials the IPv4 address in the last 32 bits. 64:ff9b:1::/48 (RFC 8215) is local, so not public.
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>
    /// True where the address may be dialled on behalf of a stranger. An IPv4-mapped address (RFC 4291 section 2.5.5.2) and one
    /// of the well-known prefix of NAT64 stand for the IPv4 address in them; 6to4 and Teredo addresses are never public.
    /// </summary>
    /// <exception cref="ArgumentNullException">The address is null.</exception>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !AnyContains(SpecialV4, address);
        }

        if (address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return !AnyContains(SpecialV4, address.MapToIPv4());
        }

        if (address.ScopeId != 0)
        {
            return false;
        }

        if (Nat64.Contains(address))
        {
            Span<byte> bytes = stackalloc byte[16];
            return address.TryWriteBytes(bytes, out _) && !AnyContains(SpecialV4, new IPAddress(bytes[12..]));
        }

        return GlobalUnicast.Contains(address) && !AnyContains(SpecialV6, address);
    }

    /// <summary>True for 127.0.0.0/8 and ::1 themselves and for nothing that merely stands for them.</summary>
    internal static bool IsPlainLoopback(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.IsLoopback(address) : address.Equals(IPAddress.IPv6Loopback);

    private static bool AnyContains(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static IPNetwork[] Parse((string Network, string Source)[] table) => Array.ConvertAll(table, row => IPNetwork.Parse(row.Network));
}
