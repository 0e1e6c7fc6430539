using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Zeq.Tunnel;

/// <summary>A network in this process, for tests and demonstrations: channels by address, and a place to lose, repeat, reorder or change what is carried. Thread-safe.</summary>
public sealed class MemoryNetwork
{
    private readonly ConcurrentDictionary<PeerAddress, MemoryChannel> _channels = new();

    /// <summary>What becomes of a datagram: sender, receiver, bytes; every array that it returns arrives. Null: it arrives as it is.</summary>
    public Func<PeerAddress, PeerAddress, byte[], IEnumerable<byte[]>>? Fault { get; set; }

    /// <summary>Opens a channel.</summary>
    /// <param name="address">Its address; nobody else's.</param>
    /// <param name="capacity">Datagrams that wait to be received; what comes while it is full is lost.</param>
    /// <exception cref="InvalidOperationException">The address is taken.</exception>
    public IDatagramChannel Open(PeerAddress address, int capacity = 4_096)
    {
        var channel = new MemoryChannel(this, address, capacity);
        return _channels.TryAdd(address, channel) ? channel : throw new InvalidOperationException("The address is taken.");
    }

    private void Carry(in PeerAddress from, in PeerAddress to, byte[] datagram)
    {
        if (_channels.TryGetValue(to, out MemoryChannel? channel))
        {
            foreach (byte[] arriving in Fault?.Invoke(from, to, datagram) ?? [datagram])
            {
                channel.Arrive(from, arriving);
            }
        }
    }

    private sealed class MemoryChannel(MemoryNetwork network, PeerAddress address, int capacity) : IDatagramChannel
    {
        private readonly Channel<(PeerAddress From, byte[] Datagram)> _queue =
            Channel.CreateBounded<(PeerAddress, byte[])>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropWrite });

        public void Arrive(in PeerAddress from, byte[] datagram) => _queue.Writer.TryWrite((from, datagram));

        public async ValueTask<bool> ReceiveAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(batch);
            batch.Clear();
            if (!await _queue.Reader.WaitToReadAsync(cancellationToken))
            {
                return false;
            }

            while (_queue.Reader.TryPeek(out (PeerAddress From, byte[] Datagram) next) && batch.TryAdd(next.Datagram, next.From))
            {
                _queue.Reader.TryRead(out _);
            }

            return true;
        }

        public ValueTask SendAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
        {
            ArgumentNullException.ThrowIfNull(batch);
            foreach (DatagramTrain train in batch.Trains)
            {
                Span<byte> bytes = batch.BytesOf(train);
                for (int at = 0; at < bytes.Length; at += train.SegmentSize)
                {
                    network.Carry(address, train.Address, bytes[at..Math.Min(bytes.Length, at + train.SegmentSize)].ToArray());
                }
            }

            return default;
        }

        public ValueTask DisposeAsync()
        {
            network._channels.TryRemove(new KeyValuePair<PeerAddress, MemoryChannel>(address, this));
            _queue.Writer.TryComplete();
            return default;
        }
    }
}
