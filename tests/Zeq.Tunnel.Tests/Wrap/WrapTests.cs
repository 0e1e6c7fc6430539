using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Zeq.Tunnel.Tests;

/// <summary>The wrap loop without a conversation: sizes, tampering, epochs, limits, and no nonce twice.</summary>
public class WrapTests
{
    private static readonly byte[] s_chain = SHA256.HashData("chain"u8);
    private readonly ManualTime _time = new();
    private readonly TunnelClock _clock;

    public WrapTests() => _clock = new TunnelClock(_time);

    [Fact]
    public void Every_size_goes_there_and_back_in_place_and_padded_to_whole_blocks()
    {
        using PacketWrapper wrapper = Wrapper();
        using PacketUnwrapper unwrapper = Unwrapper();
        for (int size = 20; size <= 1_900; size++)
        {
            byte[] packet = size >= 40 && size % 2 == 0 ? Packets.IPv6(size) : Packets.IPv4(size);
            byte[] datagram = new byte[PacketWrapper.DatagramSize(size)];
            packet.CopyTo(datagram, PacketWrapper.PacketOffset);
            Assert.Equal(datagram.Length, wrapper.WrapInPlace(datagram, size));
            Assert.Equal(0, (datagram.Length - 36) % 16);
            Assert.Equal(UnwrapResult.Packet, unwrapper.TryUnwrap(datagram, out Range range));
            Assert.Equal(packet, datagram[range]);
        }
    }

    [Fact]
    public void Batches_are_what_single_calls_are()
    {
        using PacketWrapper wrapper = Wrapper();
        using PacketUnwrapper unwrapper = Unwrapper();
        int size = PacketWrapper.DatagramSize(100);
        byte[] buffer = new byte[64 * size];
        var slots = new PacketSlot[64];
        for (int i = 0; i < 64; i++)
        {
            slots[i] = new PacketSlot(i * size, 100);
            Packets.IPv4(100, i).CopyTo(buffer, (i * size) + PacketWrapper.PacketOffset);
        }

        Assert.Equal(64, wrapper.WrapBatch(buffer, slots));
        Assert.All(slots, slot => Assert.Equal(size, slot.Length));
        var results = new UnwrapResult[64];
        unwrapper.UnwrapBatch(buffer, slots, results);
        Assert.All(results, result => Assert.Equal(UnwrapResult.Packet, result));
        Assert.Equal(Enumerable.Range(0, 64), slots.Select(slot => Packets.NumberOf(buffer.AsSpan(slot.Offset, slot.Length))));
        Assert.Throws<ArgumentException>(() => unwrapper.UnwrapBatch(buffer, slots, new UnwrapResult[63]));
    }

    [Fact]
    public void A_flipped_bit_in_any_byte_and_every_truncation_is_dropped_and_nothing_is_left_of_the_text()
    {
        using PacketWrapper wrapper = Wrapper();
        using PacketUnwrapper unwrapper = Unwrapper();
        byte[] datagram = Seal(wrapper, Packets.IPv4(120, 5));
        for (int at = 0; at < datagram.Length; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. datagram];
                changed[at] ^= (byte)(1 << bit);
                UnwrapResult result = unwrapper.TryUnwrap(changed, out Range range);
                Assert.InRange(result, UnwrapResult.Malformed, UnwrapResult.Forged);
                Assert.Equal(0..0, range);
                if (result == UnwrapResult.Forged)
                {
                    Assert.All(changed[20..^16], value => Assert.Equal(0, value));
                }
            }
        }

        for (int length = 0; length < datagram.Length; length++)
        {
            Assert.NotEqual(UnwrapResult.Packet, unwrapper.TryUnwrap(datagram.AsSpan(0, length).ToArray(), out _));
        }

        Assert.NotEqual(UnwrapResult.Packet, unwrapper.TryUnwrap([.. datagram, 0], out _));
        Assert.NotEqual(UnwrapResult.Packet, unwrapper.TryUnwrap([.. datagram, .. new byte[16]], out _));
        Assert.Equal(UnwrapResult.Packet, unwrapper.TryUnwrap([.. datagram], out _));
        Assert.Equal(UnwrapResult.Replayed, unwrapper.TryUnwrap([.. datagram], out _));
    }

    [Fact]
    public void Authentic_nonsense_is_refused_by_kind_version_and_length()
    {
        using PacketWrapper wrapper = Wrapper();
        using PacketUnwrapper unwrapper = Unwrapper();
        byte[] tooLong = Packets.IPv4(40);
        tooLong[3] = 60;
        byte[] shortHeader = Packets.IPv4(40);
        shortHeader[0] = 0x44;
        foreach ((InnerKind kind, byte[] body) in ((InnerKind, byte[])[])
        [
            (InnerKind.IPv4, Packets.IPv6(60)), (InnerKind.IPv6, Packets.IPv4(60)), (InnerKind.IPv4, tooLong), (InnerKind.IPv4, shortHeader),
            (InnerKind.IPv4, []), (InnerKind.IPv6, new byte[39]), ((InnerKind)3, Packets.IPv4(40)), ((InnerKind)0x84, Packets.IPv4(40)), ((InnerKind)255, []),
        ])
        {
            byte[] datagram = new byte[PacketWrapper.DatagramSize(body.Length)];
            wrapper.WrapKind(kind, body, datagram);
            Assert.Equal(UnwrapResult.Ignored, unwrapper.TryUnwrap(datagram, out Range range));
            Assert.Equal(0..0, range);
        }

        Assert.Throws<ArgumentException>(() => wrapper.Wrap(tooLong, new byte[100]));
        Assert.Throws<ArgumentException>(() => wrapper.Wrap(new byte[40], new byte[100]));
        Assert.Throws<ArgumentException>(() => wrapper.Wrap(Packets.IPv4(100), new byte[PacketWrapper.DatagramSize(100) - 1]));
    }

    [Fact]
    public void The_header_clock_counts_from_the_handshake_whatever_the_wall_clock_does()
    {
        using PacketWrapper wrapper = Wrapper(startZeqond: 1_000);
        Assert.Equal(1_000u, ZeqondOf(Seal(wrapper, Packets.IPv4(40))));
        _time.StepWall(-1_000);
        _clock.Refresh();
        Assert.Equal(1_000u, ZeqondOf(Seal(wrapper, Packets.IPv4(40))));
        _time.Advance(776);
        _clock.Refresh();
        Assert.Equal(1_000u, ZeqondOf(Seal(wrapper, Packets.IPv4(40))));
        _time.Advance(1);
        _clock.Refresh();
        Assert.Equal(1_001u, ZeqondOf(Seal(wrapper, Packets.IPv4(40))));
    }

    // Seen red with a counter that starts anew in each epoch.
    [Fact]
    public void An_epoch_ends_by_packets_blocks_and_age_and_the_counter_runs_on()
    {
        var limits = new TunnelLimits { EpochPackets = 3 };
        using PacketWrapper byPackets = Wrapper(limits);
        byte[][] sent = [.. Enumerable.Range(0, 10).Select(i => Seal(byPackets, Packets.IPv4(40, i)))];
        Assert.Equal([0, 0, 0, 1, 1, 1, 2, 2, 2, 3], sent.Select(datagram => (int)datagram[1]));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (ulong)i), sent.Select(datagram => DataHeader.Counter(datagram)));

        // 41 bytes are three blocks.
        using PacketWrapper byBlocks = Wrapper(new TunnelLimits { EpochBlocks = 8 });
        Assert.Equal([0, 0, 1, 1, 2], Enumerable.Range(0, 5).Select(i => (int)Seal(byBlocks, Packets.IPv4(40))[1]));

        using PacketWrapper byAge = Wrapper();
        Assert.Equal(0, Seal(byAge, Packets.IPv4(40))[1]);
        _time.Advance(119_999);
        _clock.Refresh();
        Assert.Equal(0, Seal(byAge, Packets.IPv4(40))[1]);
        _time.Advance(500_000);
        _clock.Refresh();
        Assert.Equal(0, byAge.Epoch);
        Assert.Equal(1, Seal(byAge, Packets.IPv4(40))[1]);
    }

    [Fact]
    public void There_is_no_epoch_after_255()
    {
        using PacketWrapper wrapper = Wrapper(new TunnelLimits { EpochPackets = 2 });
        using PacketUnwrapper unwrapper = Unwrapper();
        for (int i = 0; i < 512; i++)
        {
            byte[] datagram = Seal(wrapper, Packets.IPv4(40));
            Assert.Equal(i / 2, datagram[1]);
            Assert.Equal(UnwrapResult.Packet, unwrapper.TryUnwrap(datagram, out _));
        }

        Assert.False(unwrapper.IsEnded);
        Assert.Equal(0, wrapper.Wrap(Packets.IPv4(40), new byte[200]));
        Assert.True(wrapper.IsEnded);
    }

    // Seen red with a receiver that keeps no previous key, and with one that keeps it for ever.
    [Fact]
    public void The_receiver_keeps_the_previous_epoch_for_a_minute_and_looks_16_ahead()
    {
        using PacketWrapper wrapper = Wrapper(new TunnelLimits { EpochPackets = 3 });
        using PacketUnwrapper unwrapper = Unwrapper();
        byte[][] sent = [.. Enumerable.Range(0, 120).Select(i => Seal(wrapper, Packets.IPv4(40, i)))];
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[0]));
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[3]));
        Assert.Equal(1, unwrapper.Epoch);
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[1]));
        _time.Advance(60_000);
        _clock.Refresh();
        Assert.Equal(UnwrapResult.StaleEpoch, Open(unwrapper, sent[2]));
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[4]));

        // Epoch 18 is 17 ahead of 1; 17 is not.
        Assert.Equal(UnwrapResult.StaleEpoch, Open(unwrapper, sent[54]));
        byte[] forged = [.. sent[51]];
        forged[^1] ^= 1;
        Assert.Equal(UnwrapResult.Forged, Open(unwrapper, forged));
        Assert.Equal(1, unwrapper.Epoch);
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[5]));
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[51]));
        Assert.Equal(17, unwrapper.Epoch);
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[54]));
    }

    [Fact]
    public void Forgers_of_far_epochs_make_a_few_derivations_a_second_and_no_more()
    {
        using PacketWrapper wrapper = Wrapper(new TunnelLimits { EpochPackets = 1 });
        using PacketUnwrapper unwrapper = Unwrapper();
        byte[][] sent = [.. Enumerable.Range(0, 10).Select(i => Seal(wrapper, Packets.IPv4(40, i)))];
        byte[] forged = [.. sent[9]];
        forged[^1] ^= 1;
        Assert.Equal(UnwrapResult.Forged, Open(unwrapper, forged));
        Assert.Equal(UnwrapResult.StaleEpoch, Open(unwrapper, sent[5]));

        // The next epoch is not held up by them.
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[1]));
        _time.Advance(125);
        _clock.Refresh();
        Assert.Equal(UnwrapResult.Packet, Open(unwrapper, sent[5]));
    }

    [Fact]
    public void Too_many_forgeries_end_the_session()
    {
        using PacketWrapper wrapper = Wrapper();
        using PacketUnwrapper unwrapper = Unwrapper(new TunnelLimits { FailedOpens = 3 });
        byte[] datagram = Seal(wrapper, Packets.IPv4(40));
        for (int i = 0; i < 3; i++)
        {
            byte[] forged = [.. datagram];
            forged[25] ^= 1;
            Assert.Equal(UnwrapResult.Forged, unwrapper.TryUnwrap(forged, out _));
        }

        Assert.Equal(UnwrapResult.Ended, Open(unwrapper, datagram));
        Assert.Equal(1L << 36, TunnelLimits.Spec.FailedOpens);
        Assert.Equal(1L << 28, TunnelLimits.Spec.EpochPackets);
        Assert.Equal(1L << 36, TunnelLimits.Spec.EpochBlocks);
    }

    [Fact]
    public void No_call_allocates()
    {
        using PacketWrapper wrapper = Wrapper();
        using PacketUnwrapper unwrapper = Unwrapper();
        byte[] packet = Packets.IPv4(1_420);
        byte[] datagram = new byte[PacketWrapper.DatagramSize(packet.Length)];
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool isRight = true;
            for (int i = 0; i < 1_000; i++)
            {
                isRight &= wrapper.Wrap(packet, datagram) == datagram.Length && unwrapper.TryUnwrap(datagram, out _) == UnwrapResult.Packet;
            }

            Assert.True(isRight);
            if (round == 1)
            {
                Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }
    }

    // ZEQ_LONG_TESTS=1 makes it ten million seals. Seen red with a counter that starts anew in each epoch.
    [Fact]
    public async Task No_key_meets_a_nonce_twice_over_epochs_clock_steps_and_two_threads()
    {
        int seals = Environment.GetEnvironmentVariable("ZEQ_LONG_TESTS") == "1" ? 10_000_000 : 300_000;
        using PacketWrapper wrapper = Wrapper(new TunnelLimits { EpochPackets = (seals / 200) + 1 });
        var recorders = new ConcurrentBag<HashSet<UInt128>>();
        Task[] threads = [.. Enumerable.Range(0, 2).Select(thread => Task.Run(() =>
        {
            var seen = new HashSet<UInt128>(seals / 2);
            byte[] packet = Packets.IPv4(40);
            byte[] datagram = new byte[PacketWrapper.DatagramSize(40)];
            for (int i = 0; i < seals / 2; i++)
            {
                if (i % 1_000 == 0)
                {
                    _time.StepWall(thread == 0 ? -1 : 1);
                    _time.Advance(1);
                    _clock.Refresh();
                }

                Assert.NotEqual(0, wrapper.Wrap(packet, datagram));

                // Within one session the epoch names the key; the nonce is bytes 8 to 19 under a fixed IV.
                UInt128 name = ((UInt128)datagram[1] << 96) | ((UInt128)ZeqondOf(datagram) << 64) | DataHeader.Counter(datagram);
                Assert.True(seen.Add(name));
            }

            recorders.Add(seen);
        }))];
        await Task.WhenAll(threads);
        HashSet<UInt128>[] all = [.. recorders];
        Assert.False(all[0].Overlaps(all[1]));
        Assert.Equal(seals, all.Sum(set => set.Count));

        // One that slept through an epoch takes another number: there may be gaps.
        Assert.True(all.SelectMany(set => set).Max(name => (ulong)name) >= (ulong)seals - 1);
    }

    private PacketWrapper Wrapper(TunnelLimits? limits = null, long startZeqond = 1) => new(s_chain, 7, startZeqond, _clock, limits ?? TunnelLimits.Spec);

    private PacketUnwrapper Unwrapper(TunnelLimits? limits = null) => new(s_chain, 7, _clock, limits ?? TunnelLimits.Spec);

    private static byte[] Seal(PacketWrapper wrapper, byte[] packet)
    {
        byte[] datagram = new byte[PacketWrapper.DatagramSize(packet.Length)];
        Assert.Equal(datagram.Length, wrapper.Wrap(packet, datagram));
        return datagram;
    }

    private static UnwrapResult Open(PacketUnwrapper unwrapper, byte[] datagram) => unwrapper.TryUnwrap([.. datagram], out _);

    private static uint ZeqondOf(byte[] datagram) => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(datagram.AsSpan(8));
}
