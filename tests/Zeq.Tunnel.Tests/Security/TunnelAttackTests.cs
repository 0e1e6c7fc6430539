using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Zeq.Tunnel.Tests;

/// <summary>Attacks on a tunnel's conversation: replays, reflections, strangers, floods, spoofed moves, snapshots (spec 06 rules 5 to 8, 11, 19; spec 51 §6).</summary>
public class TunnelAttackTests
{
    // Seen red with a window that marks nothing.
    [Fact]
    public void A_replay_of_every_packet_that_was_ever_sent_changes_nothing()
    {
        using var pair = new Pair(TunnelSuite.Hybrid).Up();
        for (int i = 0; i < 50; i++)
        {
            pair.Initiator.TrySend(Packets.IPv4(100, i));
            pair.Responder.TrySend(Packets.IPv4(100, 1_000 + i));
        }

        pair.Pump();
        Datagram[] all = [.. pair.Carried];
        Assert.True(all.Length > 100);
        pair.Run(1_000);
        pair.Carried.Clear();
        foreach (Datagram datagram in all)
        {
            (datagram.To == pair.Responder.Address ? pair.Responder : pair.Initiator).Receive(datagram);

            // Reflected, too.
            (datagram.To == pair.Responder.Address ? pair.Initiator : pair.Responder).Receive(datagram with { From = datagram.To, To = datagram.From });
        }

        Assert.Empty(pair.Initiator.Sent);
        Assert.Empty(pair.Responder.Sent);
        Assert.Equal(50, pair.Responder.Received.Count);
        Assert.Equal(50, pair.Initiator.Received.Count);
        Assert.Equal(1, pair.Responder.Tunnel.Counters.Handshakes);
        Assert.True(pair.Initiator.TrySend(Packets.IPv4(100, 99)));
        pair.Pump();
        Assert.Equal(51, pair.Responder.Received.Count);
    }

    // Seen red with a stamp that may equal the last one.
    [Fact]
    public void A_replayed_init_is_one_MAC_of_work_and_one_from_another_time_none_at_all()
    {
        using var pair = new Pair().Up();
        Datagram init = pair.Carried[0];
        pair.Run(1_000);
        pair.Responder.Receive(init);
        Assert.Equal(1, pair.Responder.Endpoint.Counters.Drops(DropReason.StaleInit));

        // A responder that restarted takes it, but nothing comes of it without the initiator's secrets.
        pair.RestartResponder();
        pair.Responder.Receive(init);
        Assert.Equal(TunnelState.Down, pair.Responder.Tunnel.State);
        Assert.Single(pair.Responder.TakeSent());
        Assert.False(pair.Responder.TrySend(Packets.IPv4(40)));
        pair.Time.Advance(10_000);
        pair.Responder.Tick();

        pair.RestartResponder();
        pair.Time.Advance(130 * 777);
        pair.Responder.Receive(init);
        Assert.Equal(1, pair.Responder.Endpoint.Counters.Drops(DropReason.ClockDiffers));
        Assert.Empty(pair.Responder.Sent);
    }

    // Seen red with a MAC that is not checked.
    [Fact]
    public void A_flipped_bit_in_any_byte_of_a_handshake_is_silence()
    {
        using var pair = new Pair(TunnelSuite.Hybrid);
        pair.Initiator.Tick();
        Datagram init = pair.Initiator.TakeSent()[0];
        for (int at = 0; at < init.Bytes.Length - 16; at++)
        {
            byte[] changed = [.. init.Bytes];
            changed[at] ^= (byte)(1 << (at % 8));
            pair.Responder.Receive(init with { Bytes = changed });
            Assert.Empty(pair.Responder.Sent);
        }

        for (int length = 0; length < init.Bytes.Length; length++)
        {
            pair.Responder.Receive(init with { Bytes = init.Bytes[..length] });
        }

        Assert.Empty(pair.Responder.Sent);
        pair.Responder.Receive(init);
        Datagram response = Assert.Single(pair.Responder.TakeSent());
        for (int at = 0; at < response.Bytes.Length; at++)
        {
            byte[] changed = [.. response.Bytes];
            changed[at] ^= (byte)(1 << (at % 8));
            pair.Initiator.Receive(response with { Bytes = changed });
            Assert.Empty(pair.Initiator.Sent);
        }

        pair.Initiator.Receive(response);
        pair.Pump();
        Assert.Equal(TunnelState.Up, pair.Initiator.Tunnel.State);
    }

    [Fact]
    public void Who_holds_K_but_not_the_ML_KEM_keys_completes_nothing_in_suite_2()
    {
        // The broker poses as the responder: it knows K and both public keys, and has a decapsulation key of its own.
        (byte[] ekI, byte[] dkI) = Pair.MakeKem(1);
        (byte[] ekR, byte[] _) = Pair.MakeKem(2);
        (byte[] _, byte[] dkBroker) = Pair.MakeKem(3);
        using TunnelSecrets secrets = TunnelSecrets.Create(TunnelRole.Initiator, TunnelSuite.Hybrid, Pair.TunnelId, Pair.Key, "B_i"u8, "B_r"u8, dkI, ekR);
        using TunnelSecrets broker = TunnelSecrets.Create(TunnelRole.Responder, TunnelSuite.Hybrid, Pair.TunnelId, Pair.Key, "B_i"u8, "B_r"u8, dkBroker, ekI);
        using var attempt = new InitiatorAttempt(secrets, 5, 1_772_600_767_089, [], SystemRandomness.Instance);
        byte[] response = new byte[HandshakeLayout.HybridSizeBytes];
        using SessionSecrets? session = ResponderAnswer.Write(broker, attempt.Init, 6, 1, SystemRandomness.Instance, response);
        Assert.NotNull(session);
        Assert.Null(attempt.Complete(response));
    }

    [Fact]
    public void Strangers_get_silence_and_leave_nothing_behind()
    {
        using var pair = new Pair().Up();
        byte[] known = pair.Carried[^1].Bytes;
        int seed = Environment.TickCount;
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var flood = new (PeerAddress From, byte[] Bytes)[20_000];
        for (int i = 0; i < flood.Length; i++)
        {
            byte[] bytes = new byte[i % 4 == 0 ? 104 : i % 4 == 1 ? 1_192 : i % 4 == 2 ? 52 : random.Next(0, 200)];
            random.NextBytes(bytes);
            if (bytes.Length > 8)
            {
                bytes[0] = (byte)(1 + (i % 6));
                bytes[1] = (byte)(bytes.Length == 1_192 ? 2 : 1);
                bytes[2] = bytes[3] = 0;
                if (i % 3 == 0)
                {
                    // Aimed at the session's index.
                    known.AsSpan(4, 4).CopyTo(bytes.AsSpan(4));
                }
            }

            flood[i] = (Side.At($"198.51.100.{i % 250}:{1 + (i % 60_000)}"), bytes);
        }

        // The first round compiles; the second shows that nothing is kept, and nothing even made.
        var output = new DatagramBatch(10_000, 10);
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            foreach ((PeerAddress from, byte[] bytes) in flood)
            {
                pair.Responder.Endpoint.TryReceive(bytes, from, output, out _, out _);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.InRange(allocated, 0, 10_000);
        Assert.Equal(0, output.Count);
        Assert.Equal(1, pair.Responder.Endpoint.Count);
        Assert.Equal(Side.At("192.0.2.1:1000"), pair.Responder.Tunnel.Peer);
        pair.Initiator.TrySend(Packets.IPv4(100));
        pair.Pump();
        Assert.Single(pair.Responder.Received);
    }

    // Seen red with a cookie that is not bound to the address.
    [Fact]
    public void Under_load_an_init_pays_with_a_cookie_of_its_address()
    {
        using var pair = new Pair(options: new TunnelEndpointOptions { InitsPerSecond = 0 });
        pair.Initiator.Tick();
        Datagram init = pair.Initiator.TakeSent()[0];
        pair.Responder.Receive(init);
        Datagram cookie = Assert.Single(pair.Responder.TakeSent());
        Assert.Equal(52, cookie.Bytes.Length);
        Assert.True(cookie.Bytes.Length < init.Bytes.Length);

        // A cookie with a wrong tag, or for another init, is none; the right one is not answered at once.
        byte[] changed = [.. cookie.Bytes];
        changed[30] ^= 1;
        pair.Initiator.Receive(cookie with { Bytes = changed });
        pair.Initiator.Receive(cookie);
        Assert.Empty(pair.Initiator.Sent);
        pair.Time.Advance(5_400);
        pair.Initiator.Tick();
        Datagram paid = Assert.Single(pair.Initiator.TakeSent());
        Assert.NotEqual(new byte[16], paid.Bytes[^16..]);

        // From elsewhere it is worth nothing.
        pair.Responder.Receive(paid with { From = Side.At("198.51.100.7:1000") });
        Assert.Equal(52, Assert.Single(pair.Responder.TakeSent()).Bytes.Length);
        pair.Responder.Receive(paid);
        Assert.Equal(104, Assert.Single(pair.Responder.Sent).Bytes.Length);
        pair.Pump();
        Assert.Equal(TunnelState.Up, pair.Initiator.Tunnel.State);
    }

    [Fact]
    public void A_tunnel_takes_one_init_in_250_ms()
    {
        using var pair = new Pair();
        pair.Initiator.Tick();
        Datagram first = pair.Initiator.TakeSent()[0];
        pair.RestartInitiator();
        pair.Time.Advance(5);
        pair.Initiator.Tick();
        Datagram second = pair.Initiator.TakeSent()[0];
        pair.Responder.Receive(first);
        pair.Responder.Receive(second);
        Assert.Single(pair.Responder.TakeSent());
        Assert.Equal(1, pair.Responder.Endpoint.Counters.Drops(DropReason.TooSoon));
    }

    // Seen red with a limit that is not there.
    [Fact]
    public void A_stranger_is_sent_at_most_8_inits_a_minute()
    {
        using var pair = new Pair();
        pair.Network = _ => [];
        pair.Tick();
        pair.Run(59_000);
        Assert.Equal(8, pair.Carried.Count);
        pair.Run(60_000);
        Assert.InRange(pair.Carried.Count, 9, 16);
    }

    // Seen red with sessions that outlive a jump.
    [Theory]
    [InlineData(1_555)]
    [InlineData(-1_555)]
    [InlineData(3_600_000)]
    public void After_a_clock_jump_or_a_restored_snapshot_nothing_is_sealed_under_old_keys(long jumpMs)
    {
        using var pair = new Pair().Up();
        pair.Time.StepWall(1_554);
        Assert.True(pair.Initiator.TrySend(Packets.IPv4(100, 1)));
        pair.Responder.Clock.Refresh();
        pair.Pump();
        pair.Time.StepWall(jumpMs);
        Assert.False(pair.Initiator.TrySend(Packets.IPv4(100, 2)));
        Assert.False(pair.Responder.TrySend(Packets.IPv4(100, 3)));
        pair.Run(6_000);
        Assert.Equal(TunnelState.Up, pair.Initiator.Tunnel.State);
        Assert.Equal(2, pair.Initiator.Tunnel.Counters.Handshakes);
    }

    [Fact]
    public void A_machine_that_says_it_was_cloned_forgets_its_keys()
    {
        long generation = 1;
        var time = new ManualTime();
        var clock = new TunnelClock(time, () => generation);
        using var wrapper = new PacketWrapper(new byte[32], 1, 1, clock, TunnelLimits.Spec);
        using var unwrapper = new PacketUnwrapper(new byte[32], 1, clock, TunnelLimits.Spec);
        byte[] datagram = new byte[200];
        int size = wrapper.Wrap(Packets.IPv4(40), datagram);
        Assert.NotEqual(0, size);
        generation = 2;
        clock.Refresh();
        Assert.Equal(0, wrapper.Wrap(Packets.IPv4(40), new byte[200]));
        Assert.Equal(UnwrapResult.Ended, unwrapper.TryUnwrap(datagram.AsSpan(0, size), out _));
    }

    [Fact]
    public void Restarts_and_renewals_never_seal_under_a_key_and_nonce_that_were_used()
    {
        // The recorder: under one session's keys bytes 0 to 19 name key and nonce; another handshake has another receiver index and other ephemeral keys.
        var seen = new HashSet<string>();
        using var pair = new Pair().Up();
        for (int round = 0; round < 6; round++)
        {
            for (int i = 0; i < 500; i++)
            {
                pair.Initiator.TrySend(Packets.IPv4(40, i));
                pair.Responder.TrySend(Packets.IPv4(40, i));
            }

            pair.Pump();
            switch (round % 3)
            {
                case 0:
                    pair.RestartInitiator();
                    break;
                case 1:
                    pair.RestartResponder();
                    pair.Initiator.TrySend(Packets.IPv4(40));
                    break;
                default:
                    pair.Time.StepWall(-5_000);
                    break;
            }

            pair.Run(21_000);
            Assert.Equal(TunnelState.Up, pair.Initiator.Tunnel.State);
        }

        byte[][] data = [.. pair.Carried.Where(datagram => datagram.IsData).Select(datagram => datagram.Bytes)];
        Assert.True(data.Length > 6_000);
        Assert.All(data, bytes => Assert.True(seen.Add(Convert.ToHexString(bytes, 0, 20))));
        string[] ephemerals = [.. pair.Carried.Where(datagram => !datagram.IsData && datagram.Bytes.Length == 104).Select(datagram => Convert.ToHexString(datagram.Bytes, 24, 32))];
        Assert.Equal(ephemerals.Length, ephemerals.Distinct().Count());
    }

    [Fact]
    public void Control_packets_that_nobody_knows_are_ignored()
    {
        using var pair = new Pair().Up();
        Assert.True(pair.Initiator.Tunnel.TryBeginSend(out PacketWrapper wrapper, out PeerAddress to));
        foreach (byte[] body in (byte[][])[[], [0], [4, 1, 2, 3], [255], [2, 0, 0, 0, 0, 0, 0, 0, 0], [.. "\u0001"u8, .. new byte[100]]])
        {
            byte[] datagram = new byte[PacketWrapper.DatagramSize(body.Length)];
            wrapper.WrapKind(InnerKind.Control, body, datagram);
            Assert.False(pair.Responder.Receive(new Datagram(pair.Initiator.Address, to, datagram)));
        }

        Assert.Equal(TunnelState.Up, pair.Responder.Tunnel.State);
        Assert.Single(pair.Responder.TakeSent());
    }

    [Fact]
    public void The_init_says_nothing_of_who_it_is_for_but_the_locator()
    {
        using var pair = new Pair().Up();
        byte[] init = pair.Carried[0].Bytes;
        Assert.Equal(pair.Initiator.Tunnel.Secrets.Locator, BinaryPrimitives.ReadUInt64BigEndian(init.AsSpan(8)));
        Assert.DoesNotContain(Convert.ToHexString(Pair.Key), Convert.ToHexString(init), StringComparison.Ordinal);
        Assert.Equal(new byte[16], init[^16..]);
        using var other = new Pair();
        using TunnelSecrets secrets = other.Secrets(TunnelRole.Initiator, SHA256.HashData("another key"u8));
        Assert.NotEqual(pair.Initiator.Tunnel.Secrets.Locator, secrets.Locator);
    }
}
