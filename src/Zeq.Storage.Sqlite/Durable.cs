using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// Waits until what was written is on the disk. On Linux by <c>fdatasync</c>: what the runtime calls writes the file's times as well, which is
/// a second write of the disk for each.
/// </summary>
internal static partial class Durable
{
    /// <summary>Makes a file's bytes durable.</summary>
    /// <exception cref="IOException">The disk failed: nobody knows what a later recovery will find.</exception>
    public static void Flush(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(file);
        }
        else if (SyncData(file) != 0)
        {
            throw new IOException($"The disk failed (fdatasync, code {Marshal.GetLastPInvokeError()}).");
        }
    }

    /// <summary>Makes it durable that a new file stands in a folder. Other systems than Linux do so themselves.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void FlushFolder(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using SafeFileHandle folder = Open(path, 0);
        if (folder.IsInvalid || Sync(folder) != 0)
        {
            throw new IOException($"The disk failed (fsync of {path}, code {Marshal.GetLastPInvokeError()}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncData(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial SafeFileHandle Open(string path, int flags);
}
