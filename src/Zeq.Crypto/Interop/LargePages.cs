using System.Runtime.InteropServices;

namespace Zeq.Crypto;

/// <summary>
/// Asks Linux to back a large allocation with pages of 2 MiB. It is advice: where it is not taken, or there is nobody to ask, nothing else changes. Argon2 reads all over its
/// memory, and with small pages a third of its time goes into faults and address translation.
/// </summary>
internal static unsafe class LargePages
{
    internal const uint SizeBytes = 2 << 20;
    private const int AdviceHugePage = 14;

    // From the C library that this process runs on already, whatever its file is called.
    private static readonly delegate* unmanaged<void*, nuint, int, int> s_advise = Find();

    internal static void Advise(void* start, nuint lengthBytes)
    {
        if (s_advise is not null)
        {
            // The answer is of no interest: a kernel without such pages says no.
            _ = s_advise(start, lengthBytes, AdviceHugePage);
        }
    }

    private static delegate* unmanaged<void*, nuint, int, int> Find() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "madvise", out var address)
            ? (delegate* unmanaged<void*, nuint, int, int>)address
            : null;
}
