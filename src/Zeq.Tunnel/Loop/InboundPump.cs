namespace Zeq.Tunnel;

/// <summary>Takes datagrams of one channel, opens them in place, joins what belongs together, and gives it to a queue of the device. One thread's.</summary>
internal sealed class InboundPump
{
    private const int DatagramBytes = 64 * 65_536;
    private const int Trains = 64;
    private const int PacketBytes = 6 * (PacketBatch.MaxPacketSizeBytes + 65);
    private const int Packets = 256;
    private const int ReplyBytes = 64 * 1024;
    private const int Replies = 64;

    private readonly TunnelEndpoint _endpoint;
    private readonly IPacketRoutes _routes;
    private readonly DatagramBatch _datagrams = new(DatagramBytes, Trains);
    private readonly DatagramBatch _replies = new(ReplyBytes, Replies);
    private readonly PacketBatch _packets = new(PacketBytes, Packets);

    public InboundPump(TunnelEndpoint endpoint, IPacketRoutes routes)
    {
        _endpoint = endpoint;
        _routes = routes;
    }

    public async Task RunAsync(IDatagramChannel channel, ITunQueue queue, CancellationToken cancellationToken)
    {
        var coalescer = new PacketCoalescer(_packets, queue.Offloads);
        while (await channel.ReceiveAsync(_datagrams, cancellationToken))
        {
            _endpoint.Clock.Refresh();
            _replies.Clear();
            coalescer.Clear();
            Open(coalescer);
            bool isDone = coalescer.IsEmpty;
            while (!isDone)
            {
                _packets.Clear();
                isDone = coalescer.TryEmit(_datagrams.Buffer);
                await queue.WriteAsync(_packets, cancellationToken);
            }

            if (_replies.Count > 0)
            {
                await channel.SendAsync(_replies, cancellationToken);
            }
        }
    }

    private void Open(PacketCoalescer coalescer)
    {
        TunnelSession? last = null;
        int count = 0;
        long bytes = 0;
        foreach (DatagramTrain train in _datagrams.Trains)
        {
            for (int at = 0; at < train.Length; at += train.SegmentSize)
            {
                int offset = train.Offset + at;
                Span<byte> datagram = _datagrams.Buffer.Slice(offset, Math.Min(train.SegmentSize, train.Length - at));
                if (!_endpoint.TryReceive(datagram, train.Address, _replies, out TunnelSession? session, out Range range))
                {
                    continue;
                }

                (int start, int length) = range.GetOffsetAndLength(datagram.Length);
                ReadOnlySpan<byte> packet = datagram.Slice(start, length);
                if (!_routes.Accepts(session, packet))
                {
                    _endpoint.Counters.Drop(DropReason.NotAllowed);
                    session.Counters.Drop(DropReason.NotAllowed);
                    continue;
                }

                if (session != last)
                {
                    Note(last, count, bytes);
                    (last, count, bytes) = (session, 0, 0);
                }

                count++;
                bytes += length;
                coalescer.Add(offset + start, packet);
            }
        }

        Note(last, count, bytes);
    }

    private void Note(TunnelSession? session, int count, long bytes)
    {
        if (session is not null)
        {
            session.Counters.Received(count, bytes);
            _endpoint.Counters.Received(count, bytes);
        }
    }
}
