using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;

namespace Zeq.Tunnel;

/// <summary>
/// Many tunnels behind one device, each with inner addresses of its own: a packet goes to the tunnel of its destination, and comes from a tunnel only with that tunnel's source (spec 50 §4).
/// Thread-safe.
/// </summary>
public sealed class InnerAddressRoutes : IPacketRoutes
{
    private readonly ConcurrentDictionary<UInt128, TunnelSession> _byAddress = new();
    private readonly Func<TunnelSession, ReadOnlySpan<byte>, bool>? _filter;

    /// <summary>Makes routes without tunnels.</summary>
    /// <param name="filter">What else must hold of a packet from a tunnel, such as <see cref="ExitPolicy.Allows"/>; null for nothing.</param>
    public InnerAddressRoutes(Func<TunnelSession, ReadOnlySpan<byte>, bool>? filter = null) => _filter = filter;

    /// <summary>Gives an address to a tunnel.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="session">The tunnel.</param>
    /// <returns>False where the address is another tunnel's.</returns>
    public bool TryAdd(IPAddress address, TunnelSession session) => _byAddress.TryAdd(KeyOf(address), session);

    /// <summary>Takes an address away.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    public void Remove(IPAddress address) => _byAddress.TryRemove(KeyOf(address), out _);

    /// <inheritdoc/>
    public TunnelSession? Find(ReadOnlySpan<byte> packet) => TryRead(packet, isSource: false, out UInt128 key) && _byAddress.TryGetValue(key, out TunnelSession? session) ? session : null;

    /// <inheritdoc/>
    public bool Accepts(TunnelSession session, ReadOnlySpan<byte> packet) =>
        TryRead(packet, isSource: true, out UInt128 key) && _byAddress.TryGetValue(key, out TunnelSession? owner) && owner == session && (_filter is null || _filter(session, packet));

    // IPv4 addresses stand in the range that IPv6 has for them, so the two never meet.
    private static UInt128 OfIPv4(uint address) => ((UInt128)0xFFFF << 32) | address;

    private static UInt128 KeyOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return BinaryPrimitives.ReadUInt128BigEndian(address.MapToIPv6().GetAddressBytes());
    }

    private static bool TryRead(ReadOnlySpan<byte> packet, bool isSource, out UInt128 key)
    {
        key = default;
        if (packet.Length >= InnerPacket.MinIPv4SizeBytes && packet[0] >> 4 == 4)
        {
            key = OfIPv4(BinaryPrimitives.ReadUInt32BigEndian(packet[(isSource ? 12 : 16)..]));
            return true;
        }

        if (packet.Length < InnerPacket.MinIPv6SizeBytes)
        {
            return false;
        }

        key = BinaryPrimitives.ReadUInt128BigEndian(packet[(isSource ? 8 : 24)..]);

        // A mapped address on the wire is nobody's: it would pass for the IPv4 one.
        return key >> 32 != 0xFFFF;
    }
}
