using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>A store's file and log in a folder of its own, deleted when disposed.</summary>
internal sealed class PrivateCopy : IDisposable
{
    private const int Tries = 3;
    private readonly DirectoryInfo _folder;

    private PrivateCopy(DirectoryInfo folder) => _folder = folder;

    /// <summary>The copied file.</summary>
    public string FilePath => Path.Combine(_folder.FullName, "store.db");

    /// <summary>Copies a store that no node has open.</summary>
    /// <exception cref="StoreException">It cannot be read, or a node changed it during every try.</exception>
    public static PrivateCopy Of(string path)
    {
        // Readable by this user alone.
        var copy = new PrivateCopy(Directory.CreateTempSubdirectory("zeq-audit-"));
        try
        {
            for (int i = 0; i < Tries; i++)
            {
                (long, DateTime, long, DateTime) before = Stamp(path);
                File.Copy(path, copy.FilePath, overwrite: true);
                File.SetAttributes(copy.FilePath, FileAttributes.Normal);
                File.Delete(copy.FilePath + "-wal");
                if (File.Exists(path + "-wal"))
                {
                    File.Copy(path + "-wal", copy.FilePath + "-wal");
                }

                if (Stamp(path) == before)
                {
                    return copy;
                }
            }

            throw new StoreException($"{path} changed while it was copied; try again.") { IsTransient = true };
        }
        catch (Exception failed)
        {
            copy.Dispose();
            throw failed is IOException or UnauthorizedAccessException ? new StoreException($"{path} cannot be copied: {failed.Message}", failed) : failed;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone already.
        }
    }

    private static (long, DateTime, long, DateTime) Stamp(string path)
    {
        var file = new FileInfo(path);
        var log = new FileInfo(path + "-wal");
        return (file.Length, file.LastWriteTimeUtc, log.Exists ? log.Length : 0, log.Exists ? log.LastWriteTimeUtc : default);
    }
}
