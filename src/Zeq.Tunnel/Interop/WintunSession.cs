using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Zeq.Tunnel;

/// <summary>The calls of <c>wintun.dll</c> (its api/wintun.h). Closing waits for calls inside.</summary>
internal sealed unsafe partial class WintunSession : IWintunSession
{
    private const string Wintun = "wintun";
    private const uint RingSizeBytes = 4 << 20;
    private const int NoMoreItems = 259;
    private readonly ReaderWriterLockSlim _lock = new();
    private readonly nint _adapter;
    private readonly nint _session;
    private readonly nint _ready;
    private bool _disposed;

    public WintunSession(string name)
    {
        _adapter = WintunCreateAdapter(name, "Zeq", null);
        if (_adapter == 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _session = WintunStartSession(_adapter, RingSizeBytes);
        if (_session == 0)
        {
            int error = Marshal.GetLastPInvokeError();
            WintunCloseAdapter(_adapter);
            throw new Win32Exception(error);
        }

        _ready = WintunGetReadWaitEvent(_session);
    }

    public byte* Receive(out int size, out bool isEnded)
    {
        size = 0;
        isEnded = true;
        _lock.EnterReadLock();
        try
        {
            if (_disposed)
            {
                return null;
            }

            uint length;
            byte* packet = WintunReceivePacket(_session, &length);
            isEnded = packet is null && Marshal.GetLastPInvokeError() != NoMoreItems;
            size = packet is null ? 0 : (int)length;
            return packet;
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    public void Release(byte* packet) => WintunReleaseReceivePacket(_session, packet);

    public byte* Allocate(int size) => WintunAllocateSendPacket(_session, (uint)size);

    public void Send(byte* packet) => WintunSendPacket(_session, packet);

    public void Wait(int timeoutMs) => _ = WaitForSingleObject(_ready, (uint)timeoutMs);

    public void Dispose()
    {
        _lock.EnterWriteLock();
        try
        {
            if (!_disposed)
            {
                _disposed = true;
                WintunEndSession(_session);
                WintunCloseAdapter(_adapter);
            }
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    [LibraryImport(Wintun, SetLastError = true, StringMarshalling = StringMarshalling.Utf16), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial nint WintunCreateAdapter(string name, string tunnelType, Guid* id);

    [LibraryImport(Wintun), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial void WintunCloseAdapter(nint adapter);

    [LibraryImport(Wintun, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial nint WintunStartSession(nint adapter, uint capacity);

    [LibraryImport(Wintun), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial void WintunEndSession(nint session);

    [LibraryImport(Wintun), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial nint WintunGetReadWaitEvent(nint session);

    [LibraryImport(Wintun, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial byte* WintunReceivePacket(nint session, uint* size);

    [LibraryImport(Wintun), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial void WintunReleaseReceivePacket(nint session, byte* packet);

    [LibraryImport(Wintun, SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial byte* WintunAllocateSendPacket(nint session, uint size);

    [LibraryImport(Wintun), DefaultDllImportSearchPaths(DllImportSearchPath.ApplicationDirectory | DllImportSearchPath.System32)]
    private static partial void WintunSendPacket(nint session, byte* packet);

    [LibraryImport("kernel32"), DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial uint WaitForSingleObject(nint handle, uint timeoutMs);
}
