using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Zeq.Tunnel;

/// <summary>
/// A TUN interface of Linux (<c>/dev/net/tun</c>), with as many queues as wanted, and super-packets both ways where the kernel has them. It goes when the process does, whatever ends it.
/// Needs CAP_NET_ADMIN.
/// </summary>
public sealed unsafe class LinuxTunDevice : ITunDevice
{
    private const string Path = "/dev/net/tun";
    private const int NameSizeBytes = 16;
    private const int RequestSizeBytes = 40;
    private const nuint SetInterface = 0x400454CA;
    private const nuint SetOffload = 0x400454D0;
    private const nuint SetMtu = 0x8922;
    private const nuint GetFlags = 0x8913;
    private const nuint SetFlags = 0x8914;
    private const nuint SetAddress = 0x8916;
    private const nuint SetMask = 0x891C;
    private const nuint GetIndex = 0x8933;
    private const short InterfaceUp = 1;
    private const short Tun = 1;
    private const short NoPacketInfo = 0x1000;
    private const short VirtioHeaders = 0x4000;
    private const short MultiQueue = 0x0100;
    private const uint OffloadTcp = 1 | 2 | 4;
    private const uint OffloadUdp = 0x20 | 0x40;

    private readonly LinuxTunQueue[] _queues;

    private LinuxTunDevice(string name, int mtu, LinuxTunQueue[] queues)
    {
        Name = name;
        Mtu = mtu;
        _queues = queues;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Mtu { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues => _queues;

    /// <summary>Makes the interface. It has no address and is down: see <see cref="AddAddress"/> and <see cref="Up"/>.</summary>
    /// <param name="name">1 to 15 ASCII letters, digits, <c>_</c>, <c>-</c> or <c>.</c>.</param>
    /// <param name="mtu">576 to 1,900.</param>
    /// <param name="queues">1 to 64.</param>
    /// <exception cref="ArgumentException">A wrong name, MTU or number.</exception>
    /// <exception cref="Win32Exception">The kernel refuses: no such file, no permission, or the name is taken.</exception>
    public static LinuxTunDevice Create(string name, int mtu = TunDevice.DefaultMtu, int queues = 1)
    {
        ArgumentNullException.ThrowIfNull(name);
        TunDevice.RequireMtu(mtu);
        ArgumentOutOfRangeException.ThrowIfLessThan(queues, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queues, 64);
        if (name.Length is < 1 or >= NameSizeBytes || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') || name[0] == '.')
        {
            throw new ArgumentException("Not a name of an interface.", nameof(name));
        }

        var opened = new List<LinuxTunQueue>();
        try
        {
            for (int i = 0; i < queues; i++)
            {
                opened.Add(OpenQueue(name, queues > 1));
            }

            var device = new LinuxTunDevice(name, mtu, [.. opened]);
            device.Configure(SetMtu, request => MemoryMarshal.Write(request, mtu));
            return device;
        }
        catch
        {
            opened.ForEach(queue => queue.Dispose());
            throw;
        }
    }

    /// <summary>Gives the interface an address and the subnet around it.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="prefixLength">0 to 32, or 128.</param>
    /// <exception cref="Win32Exception">The kernel refuses.</exception>
    public void AddAddress(IPAddress address, int prefixLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        bool isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, isIPv4 ? 32 : 128);
        byte[] bytes = address.GetAddressBytes();
        if (!isIPv4)
        {
            AddIPv6(bytes, prefixLength);
            return;
        }

        Configure(SetAddress, request => WriteIPv4(request, bytes));
        uint mask = prefixLength == 0 ? 0 : uint.MaxValue << (32 - prefixLength);
        Configure(SetMask, request => WriteIPv4(request, [(byte)(mask >> 24), (byte)(mask >> 16), (byte)(mask >> 8), (byte)mask]));
    }

    /// <summary>Sets the interface up.</summary>
    /// <exception cref="Win32Exception">The kernel refuses.</exception>
    public void Up()
    {
        short flags = 0;
        Configure(GetFlags, _ => { }, answer => flags = MemoryMarshal.Read<short>(answer));
        Configure(SetFlags, request => MemoryMarshal.Write(request, (short)(flags | InterfaceUp)));
    }

    /// <summary>Closes the queues; the interface is gone with them.</summary>
    public void Dispose()
    {
        foreach (LinuxTunQueue queue in _queues)
        {
            queue.Dispose();
        }
    }

    private static LinuxTunQueue OpenQueue(string name, bool isOneOfMany)
    {
        int descriptor = LinuxNative.open(Path, LinuxNative.OpenReadWrite | LinuxNative.OpenNonBlocking | LinuxNative.OpenCloseOnExec);
        Check(descriptor >= 0, Path);
        byte* request = stackalloc byte[RequestSizeBytes];
        var bytes = new Span<byte>(request, RequestSizeBytes);
        bytes.Clear();
        Encoding.ASCII.GetBytes(name, bytes);
        MemoryMarshal.Write(bytes[NameSizeBytes..], (short)(Tun | NoPacketInfo | VirtioHeaders | (isOneOfMany ? MultiQueue : 0)));
        if (LinuxNative.ioctl(descriptor, SetInterface, request) < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            _ = LinuxNative.close(descriptor);
            throw new Win32Exception(error, $"The interface {name} was not made: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        // Kernels before 6.2 have no UDP super-packets.
        TunOffloads offloads = LinuxNative.ioctl(descriptor, SetOffload, (void*)(OffloadTcp | OffloadUdp)) == 0 ? TunOffloads.Tcp | TunOffloads.Udp
            : LinuxNative.ioctl(descriptor, SetOffload, (void*)OffloadTcp) == 0 ? TunOffloads.Tcp
            : TunOffloads.None;
        return new LinuxTunQueue(descriptor, offloads);
    }

    private delegate void RequestWriter(Span<byte> request);

    private void Configure(nuint operation, RequestWriter write, RequestWriter? read = null)
    {
        const int Datagram = 2;
        int socket = LinuxNative.socket(LinuxNative.FamilyIPv4, Datagram | LinuxNative.OpenCloseOnExec, 0);
        Check(socket >= 0, "socket");
        try
        {
            byte* request = stackalloc byte[RequestSizeBytes];
            var bytes = new Span<byte>(request, RequestSizeBytes);
            bytes.Clear();
            Encoding.ASCII.GetBytes(Name, bytes);
            write(bytes[NameSizeBytes..]);
            Check(LinuxNative.ioctl(socket, operation, request) >= 0, Name);
            read?.Invoke(bytes[NameSizeBytes..]);
        }
        finally
        {
            _ = LinuxNative.close(socket);
        }
    }

    private void AddIPv6(byte[] address, int prefixLength)
    {
        const int Datagram = 2;
        int index = 0;
        Configure(GetIndex, _ => { }, answer => index = MemoryMarshal.Read<int>(answer));
        int socket = LinuxNative.socket(LinuxNative.FamilyIPv6, Datagram | LinuxNative.OpenCloseOnExec, 0);
        Check(socket >= 0, "socket");
        try
        {
            // struct in6_ifreq: the address, the length of the prefix, the index.
            byte* request = stackalloc byte[24];
            var bytes = new Span<byte>(request, 24);
            address.CopyTo(bytes);
            MemoryMarshal.Write(bytes[16..], prefixLength);
            MemoryMarshal.Write(bytes[20..], index);
            Check(LinuxNative.ioctl(socket, SetAddress, request) >= 0, Name);
        }
        finally
        {
            _ = LinuxNative.close(socket);
        }
    }

    private static void WriteIPv4(Span<byte> request, ReadOnlySpan<byte> address)
    {
        MemoryMarshal.Write(request, (short)LinuxNative.FamilyIPv4);
        address.CopyTo(request[4..]);
    }

    private static void Check(bool isDone, string what)
    {
        if (!isDone)
        {
            int error = Marshal.GetLastPInvokeError();
            throw new Win32Exception(error, $"{what}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }
}
