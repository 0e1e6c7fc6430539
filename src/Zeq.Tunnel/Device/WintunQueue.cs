namespace Zeq.Tunnel;

/// <summary>What a session of WinTun does: packets in a ring that both sides read in place. The seam where tests put a fake.</summary>
internal unsafe interface IWintunSession : IDisposable
{
    /// <summary>The next packet in the ring, or null where it is empty; <paramref name="isEnded"/> where the adapter goes away.</summary>
    byte* Receive(out int size, out bool isEnded);

    void Release(byte* packet);

    /// <summary>A place in the ring for a packet, or null where it is full.</summary>
    byte* Allocate(int size);

    void Send(byte* packet);

    /// <summary>Waits until there is something to receive, at most so long.</summary>
    void Wait(int timeoutMs);
}

/// <summary>The one queue of a WinTun adapter: no offloads, no header.</summary>
internal sealed unsafe class WintunQueue(IWintunSession session, int mtu) : ITunQueue
{
    private const int WaitMs = 100;

    public TunOffloads Offloads => TunOffloads.None;

    public ValueTask<bool> ReadAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        batch.Clear();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isEnded = false;
            while (batch.Room >= mtu)
            {
                byte* packet = session.Receive(out int size, out isEnded);
                if (packet is null)
                {
                    break;
                }

                if (size <= mtu)
                {
                    batch.TryAdd(new ReadOnlySpan<byte>(packet, size));
                }

                session.Release(packet);
            }

            if (batch.Count > 0 || isEnded)
            {
                return ValueTask.FromResult(batch.Count > 0);
            }

            session.Wait(WaitMs);
        }
    }

    public ValueTask WriteAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        foreach (PacketEntry entry in batch.Entries)
        {
            ReadOnlySpan<byte> packet = batch.BytesOf(entry);
            byte* place = packet.IsEmpty || packet.Length > mtu ? null : session.Allocate(packet.Length);
            if (place is not null)
            {
                packet.CopyTo(new Span<byte>(place, packet.Length));
                session.Send(place);
            }
        }

        return default;
    }
}
