using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Zeq.Protocol.Tests;

/// <summary>The bytes of a record stream, changed on their way.</summary>
public class RecordStreamAttackTests
{
    // Three records of data and an end.
    private static readonly byte[] Message = [.. Enumerable.Range(0, 25).Select(i => (byte)i)];
    private static readonly byte[] RecordKey = Convert.FromHexString(World.Hash("captured"));
    private static readonly string Session = World.Hash("session")[..32];

    [Fact]
    public async Task Every_cut_of_the_bytes_is_a_truncation()
    {
        byte[] wire = await CaptureAsync();
        for (int size = 0; size < wire.Length; size++)
        {
            await RefusedAsync(wire[..size], RecordStatus.Truncated);
        }

        Assert.Equal((RecordStatus?)null, (await PlayAsync(wire)).Failure);
        Assert.Equal(Message, (await PlayAsync(wire)).Data);
    }

    [Fact]
    public async Task Every_flipped_bit_closes_the_stream_and_hands_out_nothing_behind_it()
    {
        byte[] wire = await CaptureAsync();
        for (int bit = 0; bit < wire.Length * 8; bit++)
        {
            byte[] damaged = [.. wire];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await RefusedAsync(damaged, null);
        }
    }

    [Fact]
    public async Task Replayed_swapped_dropped_and_foreign_records_close_the_stream()
    {
        byte[][] frames = Frames(await CaptureAsync());
        Assert.Equal(4, frames.Length);
        await RefusedAsync([.. frames[0], .. frames[0], .. frames[1], .. frames[2], .. frames[3]], RecordStatus.OutOfOrder);
        await RefusedAsync([.. frames[1], .. frames[0], .. frames[2], .. frames[3]], RecordStatus.OutOfOrder);
        await RefusedAsync([.. frames[0], .. frames[2], .. frames[3]], RecordStatus.OutOfOrder);
        await RefusedAsync([.. frames[0], .. frames[3]], RecordStatus.OutOfOrder);
        byte[][] others = Frames(await CaptureAsync(World.Hash("another session")[..32]));
        await RefusedAsync([.. frames[0], .. others[1], .. frames[2], .. frames[3]], RecordStatus.NotAuthentic);
        await RefusedAsync([0, 0, 0, 24, .. new byte[24]], RecordStatus.Malformed);
        await RefusedAsync([0, 1, 0, 0, .. new byte[8]], RecordStatus.Malformed);
        await RefusedAsync([255, 255, 255, 255], RecordStatus.Malformed);
    }

    private static async Task<byte[]> CaptureAsync(string? session = null)
    {
        var (a, _, aToB, _) = PipeEnd.Pair();
        await using RecordStream stream = Stream(a, RecordDirection.InitiatorToResponder, session ?? Session);
        await stream.WriteAsync(Message);
        await stream.CompleteWritesAsync();
        ReadResult result = await aToB.Reader.ReadAtLeastAsync(int.MaxValue);
        return result.Buffer.ToArray();
    }

    /// <summary>What a receiver hands out of these bytes, and why it stopped; null where it saw the end.</summary>
    private static async Task<(byte[] Data, RecordStatus? Failure)> PlayAsync(byte[] wire)
    {
        var (_, b, aToB, _) = PipeEnd.Pair();
        await aToB.Writer.WriteAsync(wire);
        await aToB.Writer.CompleteAsync();
        await using RecordStream stream = Stream(b, RecordDirection.ResponderToInitiator, Session);
        var all = new MemoryStream();
        try
        {
            await stream.CopyToAsync(all);
            return (all.ToArray(), null);
        }
        catch (RecordStreamException failure)
        {
            return (all.ToArray(), failure.Status);
        }
    }

    private static RecordStream Stream(PipeEnd end, RecordDirection sends, string session) => new(
        end,
        new RecordSealer(RecordKey, sends, session),
        new RecordOpener(RecordKey, sends == RecordDirection.InitiatorToResponder ? RecordDirection.ResponderToInitiator : RecordDirection.InitiatorToResponder, session),
        10);

    private static async Task RefusedAsync(byte[] wire, RecordStatus? status)
    {
        var (data, failure) = await PlayAsync(wire);
        Assert.NotNull(failure);
        Assert.Equal(status ?? failure, failure);
        Assert.True(Message.AsSpan().StartsWith(data) && data.Length < Message.Length + 1);
    }

    private static byte[][] Frames(byte[] wire)
    {
        var frames = new List<byte[]>();
        for (int at = 0; at < wire.Length;)
        {
            int size = 4 + BinaryPrimitives.ReadInt32BigEndian(wire.AsSpan(at));
            frames.Add(wire[at..(at + size)]);
            at += size;
        }

        return [.. frames];
    }
}
