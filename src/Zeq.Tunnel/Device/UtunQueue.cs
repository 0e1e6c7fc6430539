using System.Buffers.Binary;

namespace Zeq.Tunnel;

/// <summary>What a utun socket of macOS does: one packet a call, each behind its protocol family. The seam where tests put a fake.</summary>
internal interface IUtunSocket : IDisposable
{
    string Name { get; }

    /// <summary>Waits for a packet; 0 where the wait was cut short, negative where the socket is closed.</summary>
    int Read(Span<byte> packet);

    void Write(ReadOnlySpan<byte> packet);
}

/// <summary>The one queue of a utun device: packets behind a family in network order (4 bytes), no offloads.</summary>
internal sealed class UtunQueue(IUtunSocket socket, int mtu) : ITunQueue
{
    private const int FamilySizeBytes = 4;
    private const uint FamilyIPv4 = 2;
    private const uint FamilyIPv6 = 30;
    private readonly byte[] _incoming = GC.AllocateUninitializedArray<byte>(FamilySizeBytes + TunDevice.MaxMtu, pinned: true);
    private readonly byte[] _outgoing = GC.AllocateUninitializedArray<byte>(FamilySizeBytes + TunDevice.MaxMtu, pinned: true);

    public TunOffloads Offloads => TunOffloads.None;

    public ValueTask<bool> ReadAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        batch.Clear();
        while (batch.Count == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int size = socket.Read(_incoming);
            if (size < 0)
            {
                return ValueTask.FromResult(false);
            }

            ReadOnlySpan<byte> packet = _incoming.AsSpan(0, size);
            if (size > FamilySizeBytes && BinaryPrimitives.ReadUInt32BigEndian(packet) is FamilyIPv4 or FamilyIPv6)
            {
                batch.TryAdd(packet[FamilySizeBytes..]);
            }
        }

        return ValueTask.FromResult(true);
    }

    public ValueTask WriteAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        foreach (PacketEntry entry in batch.Entries)
        {
            ReadOnlySpan<byte> packet = batch.BytesOf(entry);
            if (packet.Length <= mtu && !packet.IsEmpty)
            {
                BinaryPrimitives.WriteUInt32BigEndian(_outgoing, packet[0] >> 4 == 4 ? FamilyIPv4 : FamilyIPv6);
                packet.CopyTo(_outgoing.AsSpan(FamilySizeBytes));
                socket.Write(_outgoing.AsSpan(0, FamilySizeBytes + packet.Length));
            }
        }

        return default;
    }
}
