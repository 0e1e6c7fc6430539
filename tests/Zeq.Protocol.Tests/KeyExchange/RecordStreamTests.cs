using System.IO.Pipelines;

namespace Zeq.Protocol.Tests;

public class RecordStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Both sides send random data at once, in writes and reads of any size, through a transport that hands on pieces of any size, with steps of any size.</summary>
    [Fact]
    public async Task What_goes_in_comes_out_whatever_the_pieces()
    {
        Random random = Handshake.SeededRandom();
        for (int run = 0; run < 30; run++)
        {
            ulong recordsPerKey = run % 3 == 0 ? Handshake.UsualRecordsPerKey : (ulong)random.Next(1, 5);
            int dataSize = random.Next(3) switch { 0 => 1 + random.Next(20), 1 => RecordSealer.MaxDataSizeBytes, _ => RecordStream.DefaultDataSizeBytes };
            var (initiator, responder) = Handshake.Run(recordsPerKey);
            var (a, aFar, _, _) = PipeEnd.Pair();
            var (bFar, b, _, _) = PipeEnd.Pair();
            Task there = RelayAsync(aFar.Input, bFar.Output, new Random(random.Next())), back = RelayAsync(bFar.Input, aFar.Output, new Random(random.Next()));
            await using var ours = new RecordStream(a, initiator.Sealer, initiator.Opener, dataSize);
            await using var theirs = new RecordStream(b, responder.Sealer, responder.Opener, RecordSealer.MaxDataSizeBytes);
            byte[] sent = new byte[random.Next(dataSize < 30 ? 2_000 : 300_000)], answered = new byte[random.Next(100_000)];
            random.NextBytes(sent);
            random.NextBytes(answered);
            Task writing = Task.WhenAll(WriteAsync(ours, sent, new Random(random.Next())), WriteAsync(theirs, answered, new Random(random.Next())));
            Task<byte[]> received = ReadAsync(theirs, new Random(random.Next())), returned = ReadAsync(ours, new Random(random.Next()));
            await Task.WhenAll(writing, received, returned, there, back).WaitAsync(Patience);
            Assert.Equal(sent, await received);
            Assert.Equal(answered, await returned);
        }
    }

    [Fact]
    public async Task A_direction_ends_alone()
    {
        var (ours, theirs, _, _) = Streams();
        await ours.WriteAsync("all I have"u8.ToArray());
        await ours.CompleteWritesAsync();
        await ours.CompleteWritesAsync();
        Assert.Equal("all I have"u8.ToArray(), await ReadAsync(theirs));
        Assert.Equal(0, await theirs.ReadAsync(new byte[1]));
        await theirs.WriteAsync("an answer"u8.ToArray());
        await theirs.CompleteWritesAsync();
        Assert.Equal("an answer"u8.ToArray(), await ReadAsync(ours));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await ours.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task An_end_of_the_transport_is_no_end()
    {
        foreach (bool isDisposed in (bool[])[true, false])
        {
            var (ours, theirs, aToB, _) = Streams();
            await ours.WriteAsync("half of it"u8.ToArray());
            byte[] buffer = new byte[100];
            Assert.Equal(10, await theirs.ReadAsync(buffer));
            if (isDisposed)
            {
                ours.Dispose();
            }
            else
            {
                await aToB.Writer.CompleteAsync();
            }

            await FailsAsync(theirs, RecordStatus.Truncated);
        }
    }

    [Fact]
    public async Task A_record_that_does_not_open_closes_the_other_direction_too()
    {
        var (ours, theirs, aToB, _) = Streams();
        await aToB.Writer.WriteAsync((byte[])[0, 0, 0, 30, .. new byte[30]]);
        await FailsAsync(theirs, RecordStatus.NotAuthentic);
        Assert.Equal(RecordStatus.NotAuthentic, (await Assert.ThrowsAsync<RecordStreamException>(async () => await theirs.WriteAsync(new byte[1]))).Status);
        await Assert.ThrowsAsync<RecordStreamException>(async () => await theirs.CompleteWritesAsync());

        // The other side learns of it, as a truncation of what it reads.
        await FailsAsync(ours, RecordStatus.Truncated);
    }

    [Fact]
    public async Task A_waiting_write_ends_with_the_stream()
    {
        var (_, theirs, aToB, _) = Streams(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 50));
        Task write = theirs.WriteAsync(new byte[1_000]).AsTask();
        Assert.False(write.IsCompleted);
        await aToB.Writer.WriteAsync(new byte[4]);
        await FailsAsync(theirs, RecordStatus.Malformed);
        await Assert.ThrowsAsync<RecordStreamException>(() => write.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_write_waits_for_the_reader_and_the_transport_holds_no_more_than_it_may()
    {
        var (ours, theirs, aToB, _) = Streams(new PipeOptions(pauseWriterThreshold: 10_000, resumeWriterThreshold: 5_000));
        byte[] data = new byte[1_000_000];
        Handshake.SeededRandom().NextBytes(data);
        Task write = ours.WriteAsync(data).AsTask();
        await Task.Yield();
        Assert.False(write.IsCompleted);
        aToB.Reader.TryRead(out ReadResult held);
        Assert.InRange(held.Buffer.Length, 10_000, 10_000 + (RecordStream.DefaultDataSizeBytes * 2));
        aToB.Reader.AdvanceTo(held.Buffer.Start);
        byte[] received = new byte[data.Length];
        await theirs.ReadExactlyAsync(received).AsTask().WaitAsync(Patience);
        await write.WaitAsync(Patience);
        Assert.Equal(data, received);
    }

    [Fact]
    public async Task A_canceled_read_has_read_nothing_and_a_canceled_write_leaves_the_stream_in_step()
    {
        var (ours, theirs, _, _) = Streams(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 50));
        using var cancel = new CancellationTokenSource();
        Task<int> read = theirs.ReadAsync(new byte[10], cancel.Token).AsTask();
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);

        using var cancelWrite = new CancellationTokenSource();
        byte[] data = new byte[100_000];
        Handshake.SeededRandom().NextBytes(data);
        Task write = ours.WriteAsync(data, cancelWrite.Token).AsTask();
        Assert.False(write.IsCompleted);
        cancelWrite.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);

        // Whole records went out: what comes is a beginning of the data, and then what is written next.
        Task more = Task.Run(async () =>
        {
            await ours.WriteAsync("and on"u8.ToArray());
            await ours.CompleteWritesAsync();
        });
        byte[] received = await ReadAsync(theirs).WaitAsync(Patience);
        await more.WaitAsync(Patience);
        Assert.Equal([.. data[..(received.Length - 6)], .. "and on"u8], received);
        Assert.InRange(received.Length, 7, data.Length);
    }

    [Fact]
    public async Task Two_reads_or_two_writes_at_once_are_refused()
    {
        var (ours, theirs, _, _) = Streams(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 50));
        Task<int> read = ours.ReadAsync(new byte[1]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => ours.ReadAsync(new byte[1]).AsTask());
        Task write = ours.WriteAsync(new byte[1_000]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await ours.WriteAsync(new byte[1]));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await ours.CompleteWritesAsync());
        ours.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.WaitAsync(Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => write.WaitAsync(Patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ours.ReadAsync(new byte[1]).AsTask());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ours.WriteAsync(new byte[1]));
        theirs.Dispose();
    }

    [Fact]
    public async Task A_writer_learns_that_nobody_reads()
    {
        var (ours, theirs, _, _) = Streams();
        theirs.Dispose();
        await Assert.ThrowsAsync<IOException>(async () => await ours.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task An_empty_write_sends_nothing_and_an_empty_record_is_no_end()
    {
        var (initiator, responder) = Handshake.Run();
        var (a, b, aToB, _) = PipeEnd.Pair();
        byte[] empty = new byte[RecordSealer.OverheadBytes];
        initiator.Sealer.Seal(RecordKind.Data, [], empty);
        await a.Output.WriteAsync((byte[])[0, 0, 0, (byte)empty.Length, .. empty]);
        await using RecordStream ours = initiator.OpenStream(a), theirs = responder.OpenStream(b);
        Assert.Throws<InvalidOperationException>(() => initiator.OpenStream(a));
        await ours.WriteAsync(ReadOnlyMemory<byte>.Empty);
        await ours.WriteAsync(new byte[] { 7 });
        byte[] buffer = new byte[10];
        Assert.Equal(1, await theirs.ReadAsync(buffer));
        Assert.Equal(7, buffer[0]);
        Assert.False(aToB.Reader.TryRead(out _));
    }

    /// <summary>Whether the data is there when it is asked for, or comes later.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Records_allocate_nothing_once_they_run(bool isAwaited)
    {
#if DEBUG
        Assert.Skip("Asynchronous methods allocate in a debug build.");
#endif
        // Pipes that go on in the same thread, so that the thread's count is the whole.
        var (ours, theirs, _, _) = Streams(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
        byte[] data = new byte[10_000], buffer = new byte[10_000];
        long before = 0;
        bool isSmooth = true;
        for (int i = 0; i < 2_000; i++)
        {
            if (i == 1_000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            ValueTask<int> read = isAwaited ? theirs.ReadAsync(buffer) : default;
            ValueTask write = ours.WriteAsync(data);
            read = isAwaited ? read : theirs.ReadAsync(buffer);

            // An assertion allocates.
            isSmooth &= write.IsCompletedSuccessfully && read.IsCompletedSuccessfully;
            await write;
            isSmooth &= await read == data.Length;
        }

        Assert.True(isSmooth);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }

    private static (RecordStream Ours, RecordStream Theirs, Pipe AToB, Pipe BToA) Streams(PipeOptions? options = null)
    {
        var (initiator, responder) = Handshake.Run();
        var (a, b, aToB, bToA) = PipeEnd.Pair(options);
        return (initiator.OpenStream(a), responder.OpenStream(b), aToB, bToA);
    }

    private static async Task FailsAsync(RecordStream stream, RecordStatus status)
    {
        for (int i = 0; i < 2; i++)
        {
            var failure = await Assert.ThrowsAsync<RecordStreamException>(() => stream.ReadAsync(new byte[10]).AsTask().WaitAsync(Patience));
            Assert.Equal(status, failure.Status);
        }
    }

    private static async Task WriteAsync(RecordStream stream, byte[] data, Random random)
    {
        for (int at = 0; at < data.Length;)
        {
            int size = Math.Min(data.Length - at, 1 + random.Next(random.Next(2) == 0 ? 10 : 150_000));
            await stream.WriteAsync(data.AsMemory(at, size));
            at += size;
        }

        await stream.CompleteWritesAsync();
    }

    private static async Task<byte[]> ReadAsync(RecordStream stream, Random? random = null)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[100_000];
        while (true)
        {
            int size = random is null ? buffer.Length : 1 + random.Next(random.Next(2) == 0 ? 10 : buffer.Length - 1);
            int count = await stream.ReadAsync(buffer.AsMemory(0, size));
            if (count == 0)
            {
                return all.ToArray();
            }

            all.Write(buffer, 0, count);
        }
    }

    /// <summary>Hands on what comes in pieces of any size, so that frames meet segments everywhere.</summary>
    private static async Task RelayAsync(PipeReader from, PipeWriter to, Random random)
    {
        while (true)
        {
            ReadResult result = await from.ReadAsync();
            long size = Math.Min(result.Buffer.Length, 1 + random.Next(random.Next(2) == 0 ? 30 : 100_000));
            foreach (ReadOnlyMemory<byte> part in result.Buffer.Slice(0, size))
            {
                await to.WriteAsync(part);
            }

            bool isLast = result.IsCompleted && size == result.Buffer.Length;
            from.AdvanceTo(result.Buffer.GetPosition(size));
            if (isLast)
            {
                await to.CompleteAsync();
                await from.CompleteAsync();
                return;
            }
        }
    }
}
