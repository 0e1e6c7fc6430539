using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Zeq.Tunnel;

/// <summary>The kernel control socket of a utun interface (XNU's <c>sys/kern_control.h</c>, <c>net/if_utun.h</c>).</summary>
internal sealed unsafe partial class MacUtunSocket : IUtunSocket
{
    private const string C = "libc";
    private const int ControlFamily = 32;
    private const int ControlProtocol = 2;
    private const int Datagram = 2;
    private const ushort SystemControl = 2;
    private const int NameOption = 2;
    private const nuint ControlInfo = 0xC0644E03;
    private const int WaitMs = 100;
    private readonly int _descriptor;
    private volatile bool _disposed;

    public MacUtunSocket()
    {
        _descriptor = socket(ControlFamily, Datagram, ControlProtocol);
        Check(_descriptor >= 0);

        // struct ctl_info: the id that the kernel fills in, and the control's name.
        byte* info = stackalloc byte[100];
        new Span<byte>(info, 100).Clear();
        Encoding.ASCII.GetBytes("com.apple.net.utun_control", new Span<byte>(info + 4, 96));
        Check(ioctl(_descriptor, ControlInfo, info) == 0);

        // struct sockaddr_ctl: unit 0 lets the kernel choose.
        byte* address = stackalloc byte[32];
        new Span<byte>(address, 32).Clear();
        address[0] = 32;
        address[1] = ControlFamily;
        MemoryMarshal.Write(new Span<byte>(address + 2, 2), SystemControl);
        new ReadOnlySpan<byte>(info, 4).CopyTo(new Span<byte>(address + 4, 4));
        Check(connect(_descriptor, address, 32) == 0);
        byte* name = stackalloc byte[16];
        uint length = 16;
        Check(getsockopt(_descriptor, ControlProtocol, NameOption, name, &length) == 0);
        Name = Marshal.PtrToStringUTF8((nint)name) ?? "";
    }

    public string Name { get; }

    public int Read(Span<byte> packet)
    {
        var entry = new LinuxNative.PollEntry { Descriptor = _descriptor, Events = LinuxNative.PollIn };
        if (_disposed)
        {
            return -1;
        }

        if (poll(&entry, 1, WaitMs) <= 0)
        {
            return 0;
        }

        fixed (byte* bytes = packet)
        {
            return (int)Math.Max(0, read(_descriptor, bytes, (nuint)packet.Length));
        }
    }

    public void Write(ReadOnlySpan<byte> packet)
    {
        fixed (byte* bytes = packet)
        {
            // One that the interface does not take is lost.
            _ = write(_descriptor, bytes, (nuint)packet.Length);
        }
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _ = close(_descriptor);
        }
    }

    private static void Check(bool isDone)
    {
        if (!isDone)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int socket(int domain, int type, int protocol);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int connect(int descriptor, void* address, uint size);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int getsockopt(int descriptor, int level, int option, void* value, uint* size);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int poll(LinuxNative.PollEntry* entries, uint count, int timeoutMs);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint read(int descriptor, byte* buffer, nuint size);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint write(int descriptor, byte* buffer, nuint size);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int close(int descriptor);
}
