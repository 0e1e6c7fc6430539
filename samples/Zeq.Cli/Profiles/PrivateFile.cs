namespace Zeq.Cli;

/// <summary>Files that hold a secret: mode 0600, and there as a whole or not at all.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Starts a file beside its place. Do this before what the file will hold is made: a full disk is then no loss.</summary>
    public static Pending Begin(string path, bool mayReplace)
    {
        string full = Path.GetFullPath(path);
        return new Pending(full, mayReplace);
    }

    /// <summary>Writes a file at once.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content, bool mayReplace)
    {
        using Pending pending = Begin(path, mayReplace);
        pending.Commit(content);
    }

    /// <summary>Whether others than the owner may read the file. Always false where modes do not exist.</summary>
    public static bool IsOpenToOthers(string path) => !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0;

    /// <summary>A file that is being made.</summary>
    public sealed class Pending : IDisposable
    {
        private readonly string _temporary;
        private readonly bool _mayReplace;
        private FileStream? _stream;

        internal Pending(string path, bool mayReplace)
        {
            _mayReplace = mayReplace;
            Folder = Path.GetDirectoryName(path)!;
            Name = path;
            _temporary = Path.Combine(Folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }

            _stream = new FileStream(_temporary, options);
        }

        /// <summary>Where it will be.</summary>
        public string Name { get; private set; }

        private string Folder { get; }

        /// <summary>Chooses another name in the same folder.</summary>
        public void Rename(string fileName) => Name = Path.Combine(Folder, Path.GetFileName(fileName));

        /// <summary>Writes it through to the disk and puts it in its place.</summary>
        public void Commit(ReadOnlySpan<byte> content)
        {
            FileStream stream = _stream ?? throw new InvalidOperationException("The file is written already.");
            stream.Write(content);
            stream.Flush(flushToDisk: true);
            stream.Dispose();
            _stream = null;
            File.Move(_temporary, Name, _mayReplace);
        }

        public void Dispose()
        {
            if (_stream is { } stream)
            {
                stream.Dispose();
                _stream = null;
            }

            File.Delete(_temporary);
        }
    }
}
