namespace Zeq.Tunnel;

/// <summary>Takes packets of one queue of a device, cuts and seals them in place, and gives them to a channel in trains. One thread's.</summary>
internal sealed class OutboundPump
{
    private const int PacketBytes = 6 * (PacketBatch.MaxPacketSizeBytes + 65);
    private const int Packets = 128;
    private const int DatagramBytes = 512 * 1024;
    private const int Trains = 256;

    private readonly TunnelEndpoint _endpoint;
    private readonly IPacketRoutes _routes;
    private readonly PacketBatch _packets = new(PacketBytes, Packets);
    private readonly DatagramBatch _datagrams = new(DatagramBytes, Trains);

    // Packets that stand in their datagrams and wait to be sealed together.
    private readonly PacketSlot[] _slots = new PacketSlot[Trains];
    private int _slotCount;
    private int _slotsEnd;

    // Where the batch of packets is: a packet and, of a super-packet, a segment.
    private int _entry;
    private int _segment;

    public OutboundPump(TunnelEndpoint endpoint, IPacketRoutes routes)
    {
        _endpoint = endpoint;
        _routes = routes;
    }

    public async Task RunAsync(ITunQueue queue, IDatagramChannel channel, CancellationToken cancellationToken)
    {
        while (await queue.ReadAsync(_packets, cancellationToken))
        {
            _endpoint.Clock.Refresh();
            _entry = 0;
            _segment = 0;
            do
            {
                _datagrams.Clear();
                Seal();
                await channel.SendAsync(_datagrams, cancellationToken);
            }
            while (_entry < _packets.Count);
        }
    }

    /// <summary>Seals packets from where it stood until the datagrams' batch is full or all are sealed.</summary>
    private void Seal()
    {
        TunnelSession? session = null;
        PacketWrapper? wrapper = null;
        PeerAddress to = default;
        _slotCount = 0;
        _slotsEnd = 0;
        for (; _entry < _packets.Count; _entry++, _segment = 0)
        {
            PacketEntry entry = _packets.Entries[_entry];
            Span<byte> packet = _packets.BytesOf(entry);
            TunnelSession? route = _routes.Find(packet);
            if (route != session || wrapper is null)
            {
                SealSlots(session, wrapper, to);
                session = route;
                wrapper = null;
                if (session is not null && session.TryBeginSend(out PacketWrapper found, out to))
                {
                    wrapper = found;
                }
            }

            if (wrapper is null)
            {
                _endpoint.Counters.Drop(DropReason.NoSession);
                continue;
            }

            if (!TryPlace(packet, entry.Offload))
            {
                break;
            }
        }

        SealSlots(session, wrapper, to);
    }

    /// <returns>False where the datagrams' batch is full.</returns>
    private bool TryPlace(Span<byte> packet, in PacketOffload offload)
    {
        if (offload.Kind == SegmentKind.None)
        {
            if (!HasRoom(packet.Length))
            {
                return false;
            }

            if (!SegmentSplitter.TryFinish(packet, offload) || InnerPacket.KindOf(packet) == InnerKind.Keepalive)
            {
                _endpoint.Counters.Drop(DropReason.NotAllowed);
                return true;
            }

            packet.CopyTo(_datagrams.Buffer[(_slotsEnd + DataHeader.PacketOffset)..]);
            Place(packet.Length);
            return true;
        }

        var splitter = new SegmentSplitter(packet, offload, _segment);
        if (!splitter.IsValid)
        {
            _endpoint.Counters.Drop(DropReason.NotAllowed);
            return true;
        }

        for (int size = splitter.NextSize; size > 0; size = splitter.NextSize)
        {
            if (!HasRoom(size))
            {
                return false;
            }

            splitter.WriteNext(_datagrams.Buffer.Slice(_slotsEnd + DataHeader.PacketOffset, size));
            Place(size);
            _segment++;
        }

        return true;
    }

    // At worst every datagram is a train of its own.
    private bool HasRoom(int packetSize) => _datagrams.Count + _slotCount < Trains && _datagrams.Buffer.Length - _slotsEnd >= DataHeader.DatagramSize(packetSize);

    private void Place(int packetSize)
    {
        _slots[_slotCount++] = new PacketSlot(_slotsEnd, packetSize);
        _slotsEnd += DataHeader.DatagramSize(packetSize);
    }

    private void SealSlots(TunnelSession? session, PacketWrapper? wrapper, in PeerAddress to)
    {
        if (session is null || wrapper is null || _slotCount == 0)
        {
            return;
        }

        long bytes = 0;
        Span<PacketSlot> slots = _slots.AsSpan(0, _slotCount);
        foreach (PacketSlot slot in slots)
        {
            bytes += slot.Length;
        }

        int count = wrapper.WrapBatch(_datagrams.Buffer, slots);
        foreach (PacketSlot slot in slots[..count])
        {
            _datagrams.Commit(slot.Length, to);
        }

        foreach (PacketSlot slot in slots[count..])
        {
            bytes -= slot.Length;
            _endpoint.Counters.Drop(DropReason.NoSession);
        }

        _slotCount = 0;
        _slotsEnd = _datagrams.Used;
        if (count > 0)
        {
            session.NoteSent(count, bytes);
            _endpoint.Counters.Sent(count, bytes);
        }
    }
}
