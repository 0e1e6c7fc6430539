using System.Buffers.Binary;
using System.Net;

namespace Zeq.Tunnel;

/// <summary>
/// Where a relay lets packets of tunnels out to (spec 06 rule 10): to no address of the IANA special-purpose registries, also where it stands inside another address, to none of the host's own, to no port that
/// carries mail or file shares, and no fragment without its first part. To the relay's inner address only DNS. The firewall says the same a second time. Immutable.
/// </summary>
public sealed class ExitPolicy
{
    private const byte ProtocolTcp = 6;
    private const byte ProtocolUdp = 17;
    private const int PortDns = 53;
    private static readonly int[] s_refusedTcpPorts = [25, 135, 137, 138, 139, 445];

    // Special-purpose registries of IANA (RFC 6890 and what it lists), with multicast.
    private static readonly IPNetwork[] s_special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "::/128", "::1/128", "::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork s_nat64 = IPNetwork.Parse("64:ff9b::/96");
    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16");

    private readonly HashSet<IPAddress> _own;
    private readonly IPNetwork[] _allowed;
    private readonly HashSet<IPAddress> _inner;

    /// <summary>Makes a policy.</summary>
    /// <param name="ownAddresses">Every address of the host and its observed public one: refused.</param>
    /// <param name="innerAddresses">The relay's addresses inside tunnels: only DNS.</param>
    /// <param name="allowed">Ranges that the operator opens although they are special.</param>
    public ExitPolicy(IEnumerable<IPAddress> ownAddresses, IEnumerable<IPAddress> innerAddresses, IEnumerable<IPNetwork>? allowed = null)
    {
        _own = [.. ownAddresses.Select(Plain)];
        _inner = [.. innerAddresses.Select(Plain)];
        _allowed = [.. allowed ?? []];
    }

    /// <summary>Whether a packet may go out.</summary>
    /// <param name="packet">An IP packet of its whole length.</param>
    public bool Allows(ReadOnlySpan<byte> packet)
    {
        if (!TryRead(packet, out IPAddress to, out byte protocol, out int port))
        {
            return false;
        }

        IPAddress plain = Plain(to);
        if (_inner.Contains(plain))
        {
            return port == PortDns && protocol is ProtocolTcp or ProtocolUdp;
        }

        return !_own.Contains(plain) && !(protocol == ProtocolTcp && s_refusedTcpPorts.Contains(port)) && (!IsSpecial(plain) || _allowed.Any(range => range.Contains(plain)));
    }

    /// <summary>Whether an address is of a special-purpose range, by itself or as the IPv4 address inside NAT64, 6to4 or a mapped one.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    public static bool IsSpecial(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        address = Plain(address);
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6)
        {
            Span<byte> bytes = stackalloc byte[16];
            address.TryWriteBytes(bytes, out _);
            if (s_nat64.Contains(address))
            {
                return IsSpecial(new IPAddress(bytes[12..]));
            }

            if (s_sixToFour.Contains(address))
            {
                return IsSpecial(new IPAddress(bytes.Slice(2, 4)));
            }
        }

        return s_special.Any(range => range.Contains(address));
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool TryRead(ReadOnlySpan<byte> packet, out IPAddress to, out byte protocol, out int port)
    {
        to = IPAddress.None;
        protocol = 0;
        port = 0;
        InnerKind kind = InnerPacket.KindOf(packet);
        if (kind == InnerKind.Keepalive)
        {
            return false;
        }

        int transport;
        if (kind == InnerKind.IPv4)
        {
            // A later fragment says nothing of its port.
            if ((BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x1FFF) != 0)
            {
                return false;
            }

            to = new IPAddress(packet.Slice(16, 4));
            protocol = packet[9];
            transport = (packet[0] & 15) * 4;
        }
        else
        {
            // Extension headers hide ports, and nothing that goes out needs them.
            to = new IPAddress(packet.Slice(24, 16));
            protocol = packet[6];
            transport = InnerPacket.MinIPv6SizeBytes;
            if (protocol is 0 or 43 or 44 or 51 or 60 or 135 or 139 or 140)
            {
                return false;
            }
        }

        if (protocol is ProtocolTcp or ProtocolUdp)
        {
            if (packet.Length < transport + 8)
            {
                return false;
            }

            port = BinaryPrimitives.ReadUInt16BigEndian(packet[(transport + 2)..]);
        }

        return true;
    }
}
