using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Zeq.Tunnel;

/// <summary>
/// Datagrams over a stream, TCP or WebSocket, where UDP is blocked: each behind its length as u16 in big-endian order (spec 50 §2). A length that no packet of the tunnel has ends the channel.
/// </summary>
public sealed class StreamChannel : IDatagramChannel
{
    private const int PrefixSizeBytes = sizeof(ushort);
    private readonly PipeReader _reader;
    private readonly PipeWriter _writer;
    private readonly PeerAddress _peer;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private bool _isBroken;

    /// <summary>Takes over a connection.</summary>
    /// <param name="connection">Its two directions.</param>
    /// <param name="peer">The address of the other end; everything comes from and goes to it.</param>
    public StreamChannel(IDuplexPipe connection, PeerAddress peer)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _reader = connection.Input;
        _writer = connection.Output;
        _peer = peer;
    }

    /// <summary>Takes over a stream, which is closed with the channel.</summary>
    /// <param name="stream">Of a socket, or of a WebSocket with binary messages.</param>
    /// <param name="peer">The address of the other end.</param>
    public StreamChannel(Stream stream, PeerAddress peer)
    {
        _reader = PipeReader.Create(stream);
        _writer = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
        _peer = peer;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ReceiveAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Clear();
        while (!_isBroken)
        {
            ReadResult read;
            try
            {
                read = await _reader.ReadAsync(cancellationToken);
            }
            catch (IOException)
            {
                return false;
            }

            ReadOnlySequence<byte> rest = read.Buffer;
            while (batch.Count < batch.MaxTrains && !_isBroken && TryTake(ref rest, batch))
            {
            }

            _reader.AdvanceTo(rest.Start, batch.Count > 0 ? rest.Start : rest.End);
            if (batch.Count > 0)
            {
                return true;
            }

            if (read.IsCompleted)
            {
                return false;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        await _sending.WaitAsync(cancellationToken);
        try
        {
            foreach (DatagramTrain train in batch.Trains)
            {
                if (train.Address == _peer)
                {
                    Write(batch.BytesOf(train), train.SegmentSize);
                }
            }

            await _writer.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            // The peer is gone: what was sent is lost, as on any network, and the receiving side ends.
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync();
        await _writer.CompleteAsync();
        _sending.Dispose();
    }

    private void Write(ReadOnlySpan<byte> train, int segmentSize)
    {
        for (int at = 0; at < train.Length; at += segmentSize)
        {
            ReadOnlySpan<byte> datagram = train[at..Math.Min(train.Length, at + segmentSize)];
            Span<byte> frame = _writer.GetSpan(PrefixSizeBytes + datagram.Length);
            BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)datagram.Length);
            datagram.CopyTo(frame[PrefixSizeBytes..]);
            _writer.Advance(PrefixSizeBytes + datagram.Length);
        }
    }

    private bool TryTake(ref ReadOnlySequence<byte> rest, DatagramBatch batch)
    {
        var reader = new SequenceReader<byte>(rest);
        if (!reader.TryReadBigEndian(out short prefix))
        {
            return false;
        }

        int size = (ushort)prefix;
        if (size is < DataHeader.MinDatagramSizeBytes or > DatagramBatch.MaxTrainSizeBytes)
        {
            _isBroken = true;
            return false;
        }

        if (reader.Remaining < size || batch.Buffer.Length - batch.Used < size)
        {
            return false;
        }

        rest.Slice(PrefixSizeBytes, size).CopyTo(batch.Buffer[batch.Used..]);
        batch.Commit(size, _peer);
        rest = rest.Slice(PrefixSizeBytes + size);
        return true;
    }
}
