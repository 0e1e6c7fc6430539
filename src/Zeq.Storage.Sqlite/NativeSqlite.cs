using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// Chooses the native SQLite once per process: the system's, which its distribution keeps patched, or else the bundled one.
/// <c>ZEQ_SQLITE=bundled</c> takes the bundled one in any case.
/// </summary>
internal static class NativeSqlite
{
    /// <summary>STRICT tables exist since 3.37; below it the same tables are made without.</summary>
    public const int StrictTablesVersion = 3_037_000;

    /// <summary>What the statements need at least: partial indexes, row values, upserts and URI options are all older.</summary>
    public const int MinimumVersion = 3_035_000;

    private static readonly Lazy<int> LoadedVersion = new(Load);

    /// <summary>The version in SQLite's own numbering, such as 3040001; loads the library where needed.</summary>
    public static int Version => LoadedVersion.Value;

    private static int Load()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // The application has set its own resolver for this provider, and knows what it wants.
        }

        raw.SetProvider(new SQLite3Provider_e_sqlite3());

        // Nobody asks for SQLite's own statistics of memory, which take a lock at every allocation. Refused where it is in use already.
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
        return raw.sqlite3_libversion_number();
    }

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != "e_sqlite3" || Environment.GetEnvironmentVariable("ZEQ_SQLITE") == "bundled")
        {
            return IntPtr.Zero;
        }

        string system = OperatingSystem.IsWindows() ? "winsqlite3.dll" : OperatingSystem.IsMacOS() ? "/usr/lib/libsqlite3.dylib" : "libsqlite3.so.0";
        return NativeLibrary.TryLoad(system, out IntPtr library) ? library : IntPtr.Zero;
    }
}
