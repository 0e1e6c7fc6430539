namespace Zeq.Tunnel;

/// <summary>A packet or super-packet in the buffer of a <see cref="PacketBatch"/>.</summary>
/// <param name="Offset">Its first byte.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Offload">What is left to do on it.</param>
public record struct PacketEntry(int Offset, int Length, PacketOffload Offload);

/// <summary>
/// Packets that come from a device or go to one in one call, in one pinned buffer, each with <see cref="HeadroomBytes"/> free bytes before it for what the system puts there. Not thread-safe.
/// </summary>
public sealed class PacketBatch
{
    /// <summary>The free bytes before each packet: 16.</summary>
    public const int HeadroomBytes = 16;

    /// <summary>The largest packet or super-packet.</summary>
    public const int MaxPacketSizeBytes = 65_535;

    private readonly byte[] _buffer;
    private readonly PacketEntry[] _entries;
    private int _count;
    private int _used;

    /// <summary>Reserves the memory.</summary>
    /// <param name="sizeBytes">Bytes of all packets together with their headroom, at least 2,048.</param>
    /// <param name="maxPackets">The most packets, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is too small.</exception>
    public PacketBatch(int sizeBytes, int maxPackets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeBytes, 2_048);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPackets, 1);
        _buffer = GC.AllocateUninitializedArray<byte>(sizeBytes, pinned: true);
        _entries = new PacketEntry[maxPackets];
    }

    /// <summary>The number of packets.</summary>
    public int Count => _count;

    /// <summary>Whether no further packet may be added.</summary>
    public bool IsFull => _count == _entries.Length;

    /// <summary>The packets.</summary>
    public Span<PacketEntry> Entries => _entries.AsSpan(0, _count);

    /// <summary>Where the next packet may begin.</summary>
    public int NextOffset => ((_used + 15) & ~15) + HeadroomBytes;

    /// <summary>How long the next packet may be; negative where the batch is full.</summary>
    public int Room => IsFull ? -1 : _buffer.Length - NextOffset;

    /// <summary>All memory of the batch.</summary>
    public Span<byte> Buffer => _buffer;

    internal byte[] Array => _buffer;

    /// <summary>The bytes of a packet.</summary>
    /// <param name="entry">One of <see cref="Entries"/>.</param>
    public Span<byte> BytesOf(in PacketEntry entry) => _buffer.AsSpan(entry.Offset, entry.Length);

    /// <summary>Forgets all packets.</summary>
    public void Clear()
    {
        _count = 0;
        _used = 0;
    }

    /// <summary>Copies a packet into the batch; false where it has no room.</summary>
    /// <param name="packet">At most <see cref="MaxPacketSizeBytes"/> bytes.</param>
    /// <param name="offload">What is left to do on it.</param>
    public bool TryAdd(ReadOnlySpan<byte> packet, PacketOffload offload = default)
    {
        if (packet.Length > Room)
        {
            return false;
        }

        packet.CopyTo(_buffer.AsSpan(NextOffset));
        Commit(packet.Length, offload);
        return true;
    }

    /// <summary>Takes a packet that was written at <see cref="NextOffset"/>.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="offload">What is left to do on it.</param>
    /// <exception cref="ArgumentException">There is no such room.</exception>
    public void Commit(int length, PacketOffload offload = default)
    {
        if (length < 0 || length > Room)
        {
            throw new ArgumentException("The batch has no such room.", nameof(length));
        }

        int offset = NextOffset;
        _entries[_count++] = new PacketEntry(offset, length, offload);
        _used = offset + length;
    }
}
