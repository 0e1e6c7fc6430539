using System.Threading.Channels;

namespace Zeq.Tunnel;

/// <summary>A device without a machine behind it, for tests and demonstrations: packets are put in and taken out by calls. Thread-safe.</summary>
public sealed class MemoryTunDevice : ITunDevice, ITunQueue
{
    private readonly Channel<byte[]> _toTunnel;
    private readonly Channel<byte[]> _fromTunnel;

    /// <summary>Makes a device.</summary>
    /// <param name="name">Any name.</param>
    /// <param name="mtu">576 to 1,900.</param>
    /// <param name="capacity">Packets that wait in either direction; more are lost.</param>
    /// <exception cref="ArgumentOutOfRangeException">A wrong MTU.</exception>
    public MemoryTunDevice(string name, int mtu = TunDevice.DefaultMtu, int capacity = 4_096)
    {
        TunDevice.RequireMtu(mtu);
        Name = name;
        Mtu = mtu;
        var options = new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropWrite };
        _toTunnel = Channel.CreateBounded<byte[]>(options);
        _fromTunnel = Channel.CreateBounded<byte[]>(options);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Mtu { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues => [this];

    /// <inheritdoc/>
    public TunOffloads Offloads => TunOffloads.None;

    /// <summary>The machine sends a packet into the tunnel.</summary>
    /// <param name="packet">An IP packet.</param>
    public void Send(byte[] packet) => _toTunnel.Writer.TryWrite(packet);

    /// <summary>The next packet that came out of the tunnel.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<byte[]> ReceiveAsync(CancellationToken cancellationToken = default) => _fromTunnel.Reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> ReadAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Clear();
        if (!await _toTunnel.Reader.WaitToReadAsync(cancellationToken))
        {
            return false;
        }

        while (_toTunnel.Reader.TryPeek(out byte[]? packet) && batch.TryAdd(packet))
        {
            _toTunnel.Reader.TryRead(out _);
        }

        return true;
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(PacketBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (PacketEntry entry in batch.Entries)
        {
            _fromTunnel.Writer.TryWrite(batch.BytesOf(entry).ToArray());
        }

        return default;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _toTunnel.Writer.TryComplete();
        _fromTunnel.Writer.TryComplete();
    }
}
