using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>A store's file, log and journal in a folder of its own, deleted when disposed.</summary>
internal sealed class PrivateCopy : IDisposable
{
    private const int Tries = 3;
    private static readonly string[] Suffixes = ["", "-wal", Journal.Suffix];
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
                (long, DateTime)[] before = Stamps(path);
                foreach (string suffix in Suffixes)
                {
                    File.Delete(copy.FilePath + suffix);
                    if (File.Exists(path + suffix))
                    {
                        File.Copy(path + suffix, copy.FilePath + suffix);
                        File.SetAttributes(copy.FilePath + suffix, FileAttributes.Normal);
                    }
                }

                if (Stamps(path).AsSpan().SequenceEqual(before))
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

    private static (long, DateTime)[] Stamps(string path) =>
        [.. Suffixes.Select(suffix => new FileInfo(path + suffix)).Select(file => file.Exists ? (file.Length, file.LastWriteTimeUtc) : default)];
}
