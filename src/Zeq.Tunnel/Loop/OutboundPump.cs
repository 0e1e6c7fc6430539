namespace Zeq.Tunnel;

/// <summary>Takes packets of one queue of a device, cuts and seals them in place, and gives them to a channel in trains. One thread's.</summary>
internal sealed class OutboundPump
{
    private const int PacketBytes = 6 * (PacketBatch.MaxPacketSizeBytes + 65);
    private const int Packets = 128;
    private const int DatagramBytes = 512 * 1024;
    private const int Trains = 128;

    private readonly TunnelEndpoint _endpoint;
    private readonly IPacketRoutes _routes;
    private readonly PacketBatch _packets = new(PacketBytes, Packets);
    private readonly DatagramBatch _datagrams = new(DatagramBytes, Trains);

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
        int count = 0;
        long bytes = 0;
        for (; _entry < _packets.Count; _entry++, _segment = 0)
        {
            PacketEntry entry = _packets.Entries[_entry];
            Span<byte> packet = _packets.BytesOf(entry);
            TunnelSession? route = _routes.Find(packet);
            if (route != session || wrapper is null)
            {
                Note(session, count, bytes);
                (count, bytes) = (0, 0);
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

            if (!TrySeal(packet, entry.Offload, wrapper, to, ref count, ref bytes))
            {
                break;
            }
        }

        Note(session, count, bytes);
    }

    /// <returns>False where the datagrams' batch is full.</returns>
    private bool TrySeal(Span<byte> packet, in PacketOffload offload, PacketWrapper wrapper, in PeerAddress to, ref int count, ref long bytes)
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

            packet.CopyTo(_datagrams.Buffer[(_datagrams.Used + DataHeader.PacketOffset)..]);
            Commit(packet.Length, wrapper, to, ref count, ref bytes);
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

            splitter.WriteNext(_datagrams.Buffer.Slice(_datagrams.Used + DataHeader.PacketOffset, size));
            Commit(size, wrapper, to, ref count, ref bytes);
            _segment++;
        }

        return true;
    }

    private bool HasRoom(int packetSize) => _datagrams.Count < _datagrams.MaxTrains && _datagrams.Buffer.Length - _datagrams.Used >= DataHeader.DatagramSize(packetSize);

    private void Commit(int packetSize, PacketWrapper wrapper, in PeerAddress to, ref int count, ref long bytes)
    {
        int size = wrapper.WrapInPlace(_datagrams.Buffer[_datagrams.Used..], packetSize);
        if (size == 0)
        {
            _endpoint.Counters.Drop(DropReason.NoSession);
            return;
        }

        _datagrams.Commit(size, to);
        count++;
        bytes += packetSize;
    }

    private void Note(TunnelSession? session, int count, long bytes)
    {
        if (session is not null && count > 0)
        {
            session.NoteSent(count, bytes);
            _endpoint.Counters.Sent(count, bytes);
        }
    }
}
