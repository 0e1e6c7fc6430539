using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Zeq.Protocol;

/// <summary>
/// A stream of bytes over any duplex pipe, sealed record by record (spec 30 §2): each record stands behind its length as u32 big-endian, at most 65,535 bytes. One reader and one writer may
/// run at once. Reading asks the pipe only when the caller reads, and a write waits where the pipe is full: whoever is slow slows the other side. Each direction ends on its own:
/// <see cref="CompleteWritesAsync"/> here, 0 bytes read there. The first record that does not open closes both directions and erases the keys. No record allocates, but the first ones and a step
/// to another key.
/// </summary>
/// <remarks>
/// A canceled read has read nothing, and may be repeated. A canceled write has sent a part in whole records: the stream is in step, but how much was sent is unknown. Disposing without
/// <see cref="CompleteWritesAsync"/> is no end: the other side sees a truncation. Reads and writes that block a thread are not supported.
/// </remarks>
public sealed partial class RecordStream : Stream
{
    /// <summary>Bytes of the length before a record.</summary>
    public const int LengthSizeBytes = sizeof(uint);

    /// <summary>The most data of one record that this stream writes; it reads records of every size.</summary>
    internal const int DefaultDataSizeBytes = 32_768 - LengthSizeBytes - RecordKeyChain.OverheadBytes;

    private const int FirstScratchSizeBytes = 4_096;
    private const int Idle = 0, Busy = 1, Closed = 2;

    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private readonly RecordSealer _sealer;
    private readonly RecordOpener _opener;
    private readonly int _dataSizeBytes;
    private int _reading;
    private int _writing;
    private volatile bool _closesReading;
    private volatile bool _closesWriting;
    private volatile bool _isDisposed;
    private volatile RecordStreamException? _failure;
    private bool _hasReadEnd;

    // The record that is being handed out: what is left of its data.
    private byte[] _scratch = [];
    private Range _left = ..0;

    /// <summary>Runs records over a transport, at the counters where sealer and opener stand. The stream owns all three.</summary>
    /// <param name="transport">Both ways of the transport; the stream completes them.</param>
    /// <param name="sealer">Seals what is written.</param>
    /// <param name="opener">Opens what is read.</param>
    public RecordStream(IDuplexPipe transport, RecordSealer sealer, RecordOpener opener)
        : this(transport, sealer, opener, DefaultDataSizeBytes)
    {
    }

    internal RecordStream(IDuplexPipe transport, RecordSealer sealer, RecordOpener opener, int dataSizeBytes)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentNullException.ThrowIfNull(sealer);
        ArgumentNullException.ThrowIfNull(opener);
        ArgumentOutOfRangeException.ThrowIfLessThan(dataSizeBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dataSizeBytes, RecordSealer.MaxDataSizeBytes);
        (_input, _output, _sealer, _opener, _dataSizeBytes) = (transport.Input, transport.Output, sealer, opener, dataSizeBytes);
    }

    /// <summary>Reads what there is, or waits for it. 0 bytes (of a buffer that has room) are the other side's authentic end.</summary>
    /// <param name="buffer">Gets the data.</param>
    /// <param name="cancellationToken">Ends the waiting; nothing was read then.</param>
    /// <exception cref="RecordStreamException">A record did not open, or the transport ended without an authentic end.</exception>
    /// <exception cref="InvalidOperationException">Another read is under way.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_hasReadEnd && !_isDisposed)
        {
            return new ValueTask<int>(0);
        }

        Enter(ref _reading);
        return ReadNextAsync(buffer, cancellationToken);
    }

    /// <summary>Seals and sends. It returns when the transport has taken everything, which it may not while the other side does not read.</summary>
    /// <param name="buffer">Any number of bytes; none send nothing.</param>
    /// <param name="cancellationToken">Ends the waiting; a part may have been sent.</param>
    /// <exception cref="RecordStreamException">The stream was closed by a record that did not open.</exception>
    /// <exception cref="IOException">The other side reads no more.</exception>
    /// <exception cref="InvalidOperationException">Another write is under way, or the writes are complete.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Enter(ref _writing);
        return WriteRecordsAsync(buffer, cancellationToken);
    }

    /// <summary>Sends the authentic end of this direction, and erases its keys; reading goes on. After a canceled call it may be called again; a second end is none.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="RecordStreamException">The stream was closed by a record that did not open.</exception>
    /// <exception cref="InvalidOperationException">A write is under way.</exception>
    public async ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        if (_sealer.HasEnded && Volatile.Read(ref _writing) == Closed && !_isDisposed && _failure is null)
        {
            return;
        }

        Enter(ref _writing);
        try
        {
            if (!_sealer.HasEnded)
            {
                Put(RecordKind.End, default);
            }

            // Whoever has read the end reads no more: that the pipe is complete is no failure here.
            if ((await _output.FlushAsync(cancellationToken).ConfigureAwait(false)).IsCanceled)
            {
                ThrowIfClosed();
                throw new OperationCanceledException("The transport's flush was canceled.");
            }

            _closesWriting = true;
        }
        finally
        {
            LeaveWriting();
        }
    }

    /// <summary>Closes both directions and erases the keys. A read or write under way ends with an exception.</summary>
    /// <param name="disposing">Always true.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isDisposed = true;
            CloseReading();
            CloseWriting();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                ThrowIfClosed();
                if (_left.Start.Value < _left.End.Value)
                {
                    return HandOut(buffer.Span);
                }

                if (_hasReadEnd)
                {
                    return 0;
                }

                ReadResult result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
                Take(result);
            }
        }
        finally
        {
            LeaveReading();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteRecordsAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            ThrowIfClosed();
            if (_sealer.HasEnded)
            {
                throw new InvalidOperationException("The writes are complete.");
            }

            while (!buffer.IsEmpty)
            {
                int size = Math.Min(buffer.Length, _dataSizeBytes);
                Put(RecordKind.Data, buffer.Span[..size]);
                buffer = buffer[size..];
                Require(await _output.FlushAsync(cancellationToken).ConfigureAwait(false));
            }
        }
        finally
        {
            LeaveWriting();
        }
    }

    /// <summary>Seals a record into the transport's own memory, behind its length.</summary>
    private void Put(RecordKind kind, ReadOnlySpan<byte> data)
    {
        int size = data.Length + RecordKeyChain.OverheadBytes;
        Span<byte> frame = _output.GetSpan(LengthSizeBytes + size);
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)size);
        _sealer.Seal(kind, data, frame.Slice(LengthSizeBytes, size));
        _output.Advance(LengthSizeBytes + size);
    }

    private void Require(FlushResult result)
    {
        ThrowIfClosed();
        if (result.IsCanceled)
        {
            throw new OperationCanceledException("The transport's flush was canceled.");
        }

        if (result.IsCompleted)
        {
            throw new IOException("The other side reads no more.");
        }
    }

    /// <summary>Takes the next whole record out of what the transport has.</summary>
    private void Take(in ReadResult result)
    {
        ReadOnlySequence<byte> all = result.Buffer;
        if (result.IsCanceled)
        {
            _input.AdvanceTo(all.Start);
            ThrowIfClosed();
            throw new OperationCanceledException("The transport's read was canceled.");
        }

        if (all.Length >= LengthSizeBytes)
        {
            uint size = LengthOf(all);
            if (size is < RecordKeyChain.OverheadBytes or > RecordSealer.MaxRecordSizeBytes)
            {
                _input.AdvanceTo(all.End);
                Fail(RecordStatus.Malformed);
            }

            if (all.Length - LengthSizeBytes >= size)
            {
                ReadOnlySequence<byte> record = all.Slice(LengthSizeBytes, size);
                RecordStatus status = Open(record);
                _input.AdvanceTo(record.End);
                if (status != RecordStatus.Ok)
                {
                    Fail(status);
                }

                return;
            }
        }

        _input.AdvanceTo(all.Start, all.End);
        if (result.IsCompleted)
        {
            Fail(RecordStatus.Truncated);
        }
    }

    private RecordStatus Open(in ReadOnlySequence<byte> record)
    {
        int size = (int)record.Length;
        if (_scratch.Length < size)
        {
            // One size above, so that a stream comes to rest after a few of its records.
            Array.Clear(_scratch);
            _scratch = GC.AllocateUninitializedArray<byte>((int)Math.Max(FirstScratchSizeBytes, System.Numerics.BitOperations.RoundUpToPowerOf2((uint)size)), pinned: true);
        }

        ReadOnlySpan<byte> whole = record.FirstSpan;
        if (!record.IsSingleSegment)
        {
            record.CopyTo(_scratch);
            whole = _scratch.AsSpan(0, size);
        }

        RecordStatus status = _opener.TryOpen(whole, _scratch.AsSpan(RecordKeyChain.CounterSizeBytes), out RecordKind kind, out int dataSize);
        if (status == RecordStatus.Ok)
        {
            int start = RecordKeyChain.CounterSizeBytes + 1;
            _left = start..(start + dataSize);
            if (kind == RecordKind.End)
            {
                _hasReadEnd = true;
                _closesReading = true;
            }
        }

        return status;
    }

    private static uint LengthOf(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> length = stackalloc byte[LengthSizeBytes];
        buffer.Slice(0, LengthSizeBytes).CopyTo(length);
        return BinaryPrimitives.ReadUInt32BigEndian(length);
    }

    private int HandOut(Span<byte> buffer)
    {
        Span<byte> left = _scratch.AsSpan(_left);
        int count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer);
        _left = (_left.Start.Value + count).._left.End;
        return count;
    }

    /// <summary>Ends everything: what the other side sends is not what it sealed.</summary>
    private void Fail(RecordStatus status)
    {
        _failure = new RecordStreamException(status);
        _closesReading = true;
        CloseWriting();
        throw _failure;
    }

    private void ThrowIfClosed()
    {
        if (_failure is { } failure)
        {
            throw new RecordStreamException(failure.Status);
        }

        ObjectDisposedException.ThrowIf(_isDisposed, this);
    }

    /// <summary>Begins a read or a write, of which there is one at a time: two would use a counter twice.</summary>
    private void Enter(ref int state)
    {
        int was = Interlocked.CompareExchange(ref state, Busy, Idle);
        if (was == Closed)
        {
            ThrowIfClosed();
        }

        if (was != Idle)
        {
            throw new InvalidOperationException(was == Busy ? "Another one is under way." : "This direction is complete.");
        }
    }

    private void LeaveReading()
    {
        Volatile.Write(ref _reading, Idle);
        if (_closesReading)
        {
            CloseReading();
        }
    }

    private void LeaveWriting()
    {
        Volatile.Write(ref _writing, Idle);
        if (_closesWriting)
        {
            CloseWriting();
        }
    }

    /// <summary>Closes a direction now, or wakes who is in it, who then closes it when leaving.</summary>
    private void CloseReading()
    {
        _closesReading = true;
        switch (Interlocked.CompareExchange(ref _reading, Closed, Idle))
        {
            case Idle:
                _opener.Dispose();
                Array.Clear(_scratch);
                _input.Complete();
                break;
            case Busy:
                _input.CancelPendingRead();
                break;
        }
    }

    private void CloseWriting()
    {
        _closesWriting = true;
        switch (Interlocked.CompareExchange(ref _writing, Closed, Idle))
        {
            case Idle:
                _sealer.Dispose();
                _output.Complete();
                break;
            case Busy:
                _output.CancelPendingFlush();
                break;
        }
    }
}
