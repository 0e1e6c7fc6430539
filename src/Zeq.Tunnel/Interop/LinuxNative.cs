using System.Runtime.InteropServices;

namespace Zeq.Tunnel;

/// <summary>The system calls of Linux that the tunnel makes, and their structures as 64-bit Linux lays them out.</summary>
internal static unsafe partial class LinuxNative
{
    public const int ErrorInterrupted = 4;
    public const int ErrorIo = 5;
    public const int ErrorBadDescriptor = 9;
    public const int ErrorAgain = 11;

    public const int SocketOptionLevel = 1;
    public const int SocketMark = 36;
    public const int SocketReusePort = 15;
    public const int SocketSendBuffer = 7;
    public const int SocketReceiveBuffer = 8;
    public const int SocketSendBufferForce = 32;
    public const int SocketReceiveBufferForce = 33;
    public const int UdpLevel = 17;
    public const int UdpSegment = 103;
    public const int UdpGro = 104;
    public const int DontWait = 0x40;
    public const short PollIn = 1;
    public const short PollOut = 4;
    public const int FamilyIPv4 = 2;
    public const int FamilyIPv6 = 10;

    public const int OpenReadWrite = 2;
    public const int OpenNonBlocking = 0x800;
    public const int OpenCloseOnExec = 0x80000;

    private const string C = "libc";

    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Message
    {
        public byte* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct MessageOfMany
    {
        public Message Header;
        public uint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int recvmmsg(int socket, MessageOfMany* messages, uint count, int flags, void* timeout);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int sendmmsg(int socket, MessageOfMany* messages, uint count, int flags);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int setsockopt(int socket, int level, int option, int* value, uint size);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport(C, SetLastError = true, StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int open(string path, int flags);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int close(int descriptor);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int ioctl(int descriptor, nuint request, void* argument);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint read(int descriptor, byte* buffer, nuint size);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint write(int descriptor, byte* buffer, nuint size);

    [LibraryImport(C, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int socket(int domain, int type, int protocol);

    /// <summary>Waits until a descriptor is ready, at most so long. Also returns at signals.</summary>
    public static void Wait(int descriptor, short events, int timeoutMs)
    {
        var entry = new PollEntry { Descriptor = descriptor, Events = events };
        _ = poll(&entry, 1, timeoutMs);
    }
}
