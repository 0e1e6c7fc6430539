using SQLitePCL;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>Looks at a file before it is opened for writing, so that what is not ours stays untouched.</summary>
internal static class StoreFile
{
    private const int HeaderSizeBytes = 100;

    /// <summary>Refuses everything that is neither absent, nor empty, nor a store that this version knows. Writes nothing.</summary>
    /// <exception cref="StoreException">With one sentence that says what stands there.</exception>
    public static void Check(string path, IReadOnlyList<Migration> known)
    {
        RequireVersion();
        if (Directory.Exists(path))
        {
            throw new StoreException($"{path} is a folder; name a file.");
        }

        var file = new FileInfo(path);
        if (!file.Exists || (file.Length == 0 && !HasLog(path)))
        {
            if (file.Directory is { Exists: false } folder)
            {
                throw new StoreException($"The folder {folder.FullName} does not exist.");
            }

            return;
        }

        RequireHeader(path);

        // Without a log, nothing but the file itself is read, and not even a lock is left beside it.
        string name = HasLog(path) ? UriOf(path, "mode=ro") : UriOf(path, "mode=ro&immutable=1");
        using Connection connection = Connection.Open(name, path, raw.SQLITE_OPEN_READONLY, 1_000);
        Translate(path, () => MigrationRunner.Check(connection, known));
    }

    /// <summary>Refuses a SQLite that is too old.</summary>
    public static void RequireVersion()
    {
        if (NativeSqlite.Version < NativeSqlite.MinimumVersion)
        {
            throw new StoreException($"This machine's SQLite is too old ({raw.sqlite3_libversion().utf8_to_string()}); 3.35 or newer is needed.");
        }
    }

    /// <summary>Refuses a file that does not begin as a SQLite database does.</summary>
    public static void RequireHeader(string path)
    {
        Span<byte> header = stackalloc byte[HeaderSizeBytes];
        int count;
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            count = stream.ReadAtLeast(header, HeaderSizeBytes, throwOnEndOfStream: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} cannot be read: {refused.Message}", refused);
        }

        if (count < HeaderSizeBytes || !header.StartsWith("SQLite format 3\0"u8))
        {
            throw new StoreException($"{path} is no SQLite database; name another file.");
        }
    }

    /// <summary>Runs a check whose failure may mean that this SQLite is too old for the file.</summary>
    public static void Translate(string path, Action check)
    {
        try
        {
            check();
        }
        catch (StoreException damaged) when (NativeSqlite.Version < NativeSqlite.StrictTablesVersion && damaged.Message.Contains("malformed database schema", StringComparison.Ordinal))
        {
            throw new StoreException($"{path} was made with a newer SQLite than this machine's {raw.sqlite3_libversion().utf8_to_string()}; 3.37 or newer is needed.", damaged);
        }
    }

    /// <summary>Whether a log with something in it lies beside the file.</summary>
    public static bool HasLog(string path) => new FileInfo(path + "-wal") is { Exists: true, Length: > 0 };

    /// <summary>The file as a URI with parameters.</summary>
    public static string UriOf(string path, string parameters)
    {
        string full = Path.GetFullPath(path).Replace('\\', '/');
        return "file:" + (full.StartsWith('/') ? "//" : "///") + Uri.EscapeDataString(full).Replace("%2F", "/", StringComparison.Ordinal) + "?" + parameters;
    }

    /// <summary>
    /// Makes a missing file, for its owner alone: rows hold who holds what. SQLite gives its side files the same mode. Where the file
    /// cannot be made, SQLite itself says so next.
    /// </summary>
    public static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows() || File.Exists(path))
        {
            return;
        }

        try
        {
            using var made = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Opening comes next and has the better words.
        }
    }
}
