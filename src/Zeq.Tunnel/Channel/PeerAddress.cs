using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Zeq.Tunnel;

/// <summary>
/// An IP address and a port as a value: what a datagram comes from and goes to. An IPv4 address inside IPv6 is kept as IPv4, so that one peer has one address.
/// <c>default</c> is nobody's.
/// </summary>
public readonly record struct PeerAddress
{
    internal const int MaxBytes = 18;
    private const ulong MappedPrefix = 0xFFFF_0000_0000UL;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;
    private readonly ushort _port;
    private readonly byte _version;

    private PeerAddress(ulong high, ulong low, uint scope, ushort port, byte version)
    {
        _high = high;
        _low = low;
        _scope = scope;
        _port = port;
        _version = version;
    }

    /// <summary>Whether this is nobody's address.</summary>
    public bool IsNone => _version == 0;

    /// <summary>The port, 0 to 65,535.</summary>
    public int Port => _port;

    /// <summary>Whether this is an IPv4 address.</summary>
    public bool IsIPv4 => _version == 4;

    /// <summary>The address of an end point.</summary>
    /// <param name="endPoint">Of IPv4 or IPv6.</param>
    public static PeerAddress From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Span<byte> bytes = stackalloc byte[16];
        if (endPoint.AddressFamily == AddressFamily.InterNetwork)
        {
            endPoint.Address.TryWriteBytes(bytes, out _);
            return FromIPv4(bytes, (ushort)endPoint.Port);
        }

        endPoint.Address.TryWriteBytes(bytes, out _);
        return FromIPv6(bytes, (ushort)endPoint.Port, (uint)endPoint.Address.ScopeId);
    }

    /// <summary>The address as an end point of .NET.</summary>
    /// <exception cref="InvalidOperationException">This is nobody's address.</exception>
    public IPEndPoint ToEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteAddress(bytes);
        return _version switch
        {
            4 => new IPEndPoint(new IPAddress(bytes[..4]), _port),
            6 => new IPEndPoint(new IPAddress(bytes, _scope), _port),
            _ => throw new InvalidOperationException("default(PeerAddress) is nobody's address."),
        };
    }

    /// <summary>The address and port in their usual form; empty for nobody's.</summary>
    public override string ToString() => IsNone ? "" : ToEndPoint().ToString();

    internal static PeerAddress FromIPv4(ReadOnlySpan<byte> address4, ushort port) => new(0, BinaryPrimitives.ReadUInt32BigEndian(address4), 0, port, 4);

    internal static PeerAddress FromIPv6(ReadOnlySpan<byte> address16, ushort port, uint scope)
    {
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(address16);
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(address16[8..]);
        return high == 0 && (low & ~0xFFFF_FFFFUL) == MappedPrefix
            ? new PeerAddress(0, low & 0xFFFF_FFFFUL, 0, port, 4)
            : new PeerAddress(high, low, scope, port, 6);
    }

    /// <summary>The address, and the port after it in big-endian order: 6 or 18 bytes.</summary>
    internal int WriteBytes(Span<byte> bytes)
    {
        int size = WriteAddress(bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[size..], _port);
        return size + 2;
    }

    /// <summary>The address alone: 4 or 16 bytes.</summary>
    internal int WriteAddress(Span<byte> bytes)
    {
        if (_version != 6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)_low);
            return 4;
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _low);
        return 16;
    }

    internal uint Scope => _scope;
}
