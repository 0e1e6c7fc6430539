using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;
using Zeq.Protocol;

namespace Zeq.Storage.Sqlite;

/// <summary>
/// The file beside the store in which batches are durable before the store's file has them: entries one behind the other, each with a
/// checksum. They belong to one generation of the file (its <c>user_version</c>), stand on what is committed in it, and are void as
/// soon as the file's next commit, which has their rows, raises it. Read and written only by who holds the file's write lock.
/// </summary>
/// <param name="storePath">The store's file.</param>
/// <param name="capacityBytes">The most that it holds; what does not fit goes into the file at once.</param>
internal sealed class Journal(string storePath, long capacityBytes) : IDisposable
{
    /// <summary>An entry's header: the checksum of all that follows, the generation, the entry's number in it, and its length.</summary>
    public const int HeaderSizeBytes = 8 + 4 + 4 + 4;

    /// <summary>What the journal's name has behind the store's.</summary>
    public const string Suffix = "-ahead";

    private SafeFileHandle? _file;
    private int _generation;
    private long _end;

    /// <summary>The journal's file of a store.</summary>
    public static string PathOf(string storePath) => storePath + Suffix;

    /// <summary>How many entries stand on the file as it is committed.</summary>
    public int Count { get; private set; }

    /// <summary>Whether an entry was begun of which nobody knows whether it is durable.</summary>
    public bool IsDoubtful { get; private set; }

    /// <summary>The generation that the first entry beside a store stands on; null where there is none.</summary>
    /// <exception cref="StoreException">The journal cannot be read.</exception>
    public static int? GenerationOf(string storePath)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(PathOf(storePath), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> header = stackalloc byte[HeaderSizeBytes];
            return RandomAccess.Read(file, header, 0) == HeaderSizeBytes ? BinaryPrimitives.ReadInt32LittleEndian(header[8..]) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{PathOf(storePath)} cannot be read: {failed.Message}", failed);
        }
    }

    /// <summary>Begins at the first entry, and gives each that stands on this generation to <paramref name="each"/>.</summary>
    /// <exception cref="StoreException">The journal cannot be read.</exception>
    public void Open(int generation, Action<ReadOnlyMemory<byte>> each)
    {
        Close();
        (_generation, _end, Count, IsDoubtful) = (generation, 0, 0, false);
        string path = PathOf(storePath);
        try
        {
            if (!File.Exists(path))
            {
                return;
            }

            // Opened anew each time: whoever closed the store last may have deleted the file since.
            _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            while (TryRead() is { } entry)
            {
                each(entry);
                _end += HeaderSizeBytes + entry.Length;
                Count++;
            }
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path} cannot be read: {failed.Message}", failed) { IsTransient = failed is IOException };
        }
    }

    /// <summary>Makes an entry durable. False where it does not fit, or where the disk refuses: then only the file's own commit can.</summary>
    /// <param name="entry">The entry, behind <see cref="HeaderSizeBytes"/> of room.</param>
    public bool TryAppend(Span<byte> entry)
    {
        if (_end + entry.Length > capacityBytes || IsDoubtful)
        {
            return false;
        }

        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], _generation);
        BinaryPrimitives.WriteInt32LittleEndian(entry[12..], Count);
        BinaryPrimitives.WriteInt32LittleEndian(entry[16..], entry.Length - HeaderSizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(entry, ChecksumOf(entry[8..]));
        try
        {
            SafeFileHandle file = _file ??= Create(PathOf(storePath));

            // An entry that was not written whole has not its checksum: only one that was, and then not flushed, may be found later.
            RandomAccess.Write(file, entry, _end);
            IsDoubtful = true;
            Durable.Flush(file);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            return false;
        }

        IsDoubtful = false;
        _end += entry.Length;
        Count++;
        return true;
    }

    /// <summary>The file's commit has what the entries hold: they are void.</summary>
    public void Close()
    {
        _file?.Dispose();
        _file = null;
        (Count, IsDoubtful) = (0, false);
    }

    /// <summary>Deletes the file, where there is one.</summary>
    public static void Delete(string storePath)
    {
        try
        {
            File.Delete(PathOf(storePath));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // Its entries are void; it only lies there.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private ReadOnlyMemory<byte>? TryRead()
    {
        Span<byte> header = stackalloc byte[HeaderSizeBytes];
        if (RandomAccess.Read(_file!, header, _end) < HeaderSizeBytes
            || BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != _generation
            || BinaryPrimitives.ReadInt32LittleEndian(header[12..]) != Count)
        {
            return null;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        if (length <= 0 || length > RandomAccess.GetLength(_file!) - _end - HeaderSizeBytes)
        {
            return null;
        }

        byte[] entry = new byte[HeaderSizeBytes + length];
        int count = 0;
        while (count < entry.Length)
        {
            int more = RandomAccess.Read(_file!, entry.AsSpan(count), _end + count);
            if (more == 0)
            {
                return null;
            }

            count += more;
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(entry) == ChecksumOf(entry.AsSpan(8)) ? entry.AsMemory(HeaderSizeBytes) : null;
    }

    /// <summary>Two CRC-32C, of the even and of the odd words: enough against what a power cut leaves half written.</summary>
    private static ulong ChecksumOf(ReadOnlySpan<byte> bytes)
    {
        uint even = 0xFFFF_FFFF;
        uint odd = 0x5A65_7141;
        while (bytes.Length >= 16)
        {
            even = BitOperations.Crc32C(even, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            odd = BitOperations.Crc32C(odd, BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
            bytes = bytes[16..];
        }

        foreach (byte value in bytes)
        {
            even = BitOperations.Crc32C(even, value);
            odd = BitOperations.Crc32C(odd, value);
        }

        return ((ulong)odd << 32) | even;
    }

    private SafeFileHandle Create(string path)
    {
        StoreFile.MakePrivate(path);
        SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            Durable.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(storePath))!);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
