namespace Zeq.Tunnel;

/// <summary>
/// Datagrams that go to a channel or come from one in one call. All lie in one pinned buffer, as trains: datagrams of one address and one size, one after the other, of which the last may be
/// shorter. A train of many is one system call and one walk through the network stack where the machine can (UDP_SEGMENT, UDP_GRO). Not thread-safe.
/// </summary>
public sealed class DatagramBatch
{
    /// <summary>The largest datagram, and the most bytes of a train.</summary>
    public const int MaxTrainSizeBytes = 65_507;

    /// <summary>The most datagrams of a train.</summary>
    public const int MaxTrainLength = 64;

    private readonly byte[] _buffer;
    private readonly DatagramTrain[] _trains;
    private int _count;
    private int _used;

    /// <summary>Reserves the memory.</summary>
    /// <param name="sizeBytes">Bytes of all datagrams together, at least 2,048.</param>
    /// <param name="maxTrains">The most trains, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">One is too small.</exception>
    public DatagramBatch(int sizeBytes, int maxTrains)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeBytes, 2_048);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTrains, 1);
        _buffer = GC.AllocateUninitializedArray<byte>(sizeBytes, pinned: true);
        _trains = new DatagramTrain[maxTrains];
    }

    /// <summary>The number of trains.</summary>
    public int Count => _count;

    /// <summary>The most trains.</summary>
    public int MaxTrains => _trains.Length;

    /// <summary>All memory of the batch, pinned; trains name places in it.</summary>
    public Span<byte> Buffer => _buffer;

    internal byte[] Array => _buffer;

    /// <summary>The trains.</summary>
    public ReadOnlySpan<DatagramTrain> Trains => _trains.AsSpan(0, _count);

    /// <summary>The first free byte behind the trains.</summary>
    public int Used => _used;

    /// <summary>The bytes of a train.</summary>
    /// <param name="train">One of <see cref="Trains"/>.</param>
    public Span<byte> BytesOf(in DatagramTrain train) => _buffer.AsSpan(train.Offset, train.Length);

    /// <summary>Forgets all trains.</summary>
    public void Clear()
    {
        _count = 0;
        _used = 0;
    }

    /// <summary>Copies one datagram into the batch.</summary>
    /// <param name="datagram">At most <see cref="MaxTrainSizeBytes"/> bytes.</param>
    /// <param name="address">Whose it is or to whom it goes.</param>
    /// <returns>False where the batch is full.</returns>
    public bool TryAdd(ReadOnlySpan<byte> datagram, in PeerAddress address)
    {
        if (datagram.Length > MaxTrainSizeBytes || datagram.Length > _buffer.Length - _used || (_count == _trains.Length && !Joins(datagram.Length, address)))
        {
            return false;
        }

        datagram.CopyTo(_buffer.AsSpan(_used));
        Commit(datagram.Length, address);
        return true;
    }

    /// <summary>Takes a datagram that was written at <see cref="Used"/>; it joins the last train where it fits there.</summary>
    /// <param name="sizeBytes">Its size.</param>
    /// <param name="address">To whom it goes.</param>
    /// <exception cref="ArgumentException">There is no such room.</exception>
    public void Commit(int sizeBytes, in PeerAddress address)
    {
        if (Joins(sizeBytes, address))
        {
            _trains[_count - 1].Length += sizeBytes;
            _used += sizeBytes;
        }
        else
        {
            CommitTrain(_used, sizeBytes, sizeBytes, address);
        }
    }

    /// <summary>Takes a train that was written behind all others.</summary>
    /// <param name="offset">Its first byte, at or behind <see cref="Used"/>.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="segmentSize">The size of every datagram but the last.</param>
    /// <param name="address">Whose it is.</param>
    /// <exception cref="ArgumentException">There is no such room.</exception>
    public void CommitTrain(int offset, int length, int segmentSize, in PeerAddress address)
    {
        if (_count == _trains.Length || offset < _used || length < 0 || length > _buffer.Length - offset || segmentSize < 1)
        {
            throw new ArgumentException("The batch has no such room.", nameof(length));
        }

        _trains[_count++] = new DatagramTrain { Offset = offset, Length = length, SegmentSize = segmentSize, Address = address };
        _used = offset + length;
    }

    private bool Joins(int sizeBytes, in PeerAddress address)
    {
        if (_count == 0)
        {
            return false;
        }

        ref DatagramTrain last = ref _trains[_count - 1];
        return last.Offset + last.Length == _used && sizeBytes <= last.SegmentSize && last.Length % last.SegmentSize == 0
            && last.Length + sizeBytes <= MaxTrainSizeBytes && last.Length < last.SegmentSize * MaxTrainLength && last.Address == address;
    }
}
