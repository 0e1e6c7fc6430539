namespace Zeq.Tunnel.Tests;

/// <summary>Two sides talk: the handshake, packets both ways, timers, restarts.</summary>
public class ConversationTests
{
    [Theory]
    [InlineData(TunnelSuite.Classic)]
    [InlineData(TunnelSuite.Hybrid)]
    public void A_handshake_is_two_packets_and_traffic_flows_both_ways(TunnelSuite suite)
    {
        using var pair = new Pair(suite);
        pair.Up();
        Assert.Equal([1, 2, 3, 3], pair.Carried.Select(datagram => (int)datagram.Bytes[0]));
        Assert.Equal(suite == TunnelSuite.Hybrid ? 1_192 : 104, pair.Carried[0].Bytes.Length);
        Assert.Equal(pair.Carried[0].Bytes.Length, pair.Carried[1].Bytes.Length);
        foreach (int size in (int[])[20, 27, 28, 100, 1_400, 9_000])
        {
            Assert.True(pair.Initiator.TrySend(Packets.IPv4(size)));
            Assert.True(pair.Responder.TrySend(Packets.IPv4(size)));
        }

        Assert.True(pair.Initiator.TrySend(Packets.IPv6(41)));
        pair.Pump();
        Assert.Equal([20, 27, 28, 100, 1_400, 9_000, 41], pair.Responder.Received.Select(packet => packet.Length));
        Assert.Equal([20, 27, 28, 100, 1_400, 9_000], pair.Initiator.Received.Select(packet => packet.Length));
        Assert.Equal(Packets.IPv4(1_400), pair.Responder.Received[4]);
        Assert.Equal(suite == TunnelSuite.Classic, pair.Initiator.Tunnel.IsReadableByBroker);
        Assert.Equal([TunnelState.Up], pair.Responder.States);
    }

    [Fact]
    public void The_responder_says_nothing_under_a_session_before_the_initiator_confirmed_it()
    {
        using var pair = new Pair();
        pair.Network = datagram => datagram.IsData ? [] : [datagram];
        pair.Tick();
        Assert.False(pair.Responder.TrySend(Packets.IPv4(100)));
        Assert.Equal(TunnelState.Down, pair.Responder.Tunnel.State);
        Assert.DoesNotContain(pair.Carried, datagram => datagram.IsData && datagram.From == pair.Responder.Address);

        // The initiator says it again every second, and after 10 s the pending session is gone.
        pair.Run(3_000);
        Assert.InRange(pair.Carried.Count(datagram => datagram.IsData), 3, 4);
        pair.Network = datagram => [datagram];
        pair.Run(1_000);
        Assert.Equal(TunnelState.Up, pair.Responder.Tunnel.State);
    }

    [Fact]
    public void A_lost_handshake_is_tried_again_with_everything_fresh()
    {
        using var pair = new Pair(TunnelSuite.Hybrid);
        pair.Network = _ => [];
        pair.Tick();
        pair.Run(11_000);
        byte[][] inits = [.. pair.Carried.Select(datagram => datagram.Bytes)];
        Assert.Equal(3, inits.Length);
        Assert.All(inits, init => Assert.Equal(1, init[0]));
        Assert.Equal(3, inits.Select(init => Convert.ToHexString(init, 4, 4)).Distinct().Count());
        Assert.Single(inits.Select(init => Convert.ToHexString(init, 8, 8)).Distinct());
        Assert.Equal(3, inits.Select(init => Convert.ToHexString(init, 16, 8)).Distinct().Count());
        Assert.Equal(3, inits.Select(init => Convert.ToHexString(init, 24, 32)).Distinct().Count());
        Assert.Equal(3, inits.Select(init => Convert.ToHexString(init, 56, 1_088)).Distinct().Count());

        // An answer to an older one is nobody's.
        pair.Network = datagram => [datagram];
        pair.Responder.Receive(pair.Carried[0]);
        pair.Pump();
        Assert.NotEqual(TunnelState.Up, pair.Initiator.Tunnel.State);
        pair.Run(6_000);
        Assert.Equal(TunnelState.Up, pair.Initiator.Tunnel.State);
    }

    [Fact]
    public void Either_side_may_restart()
    {
        using var pair = new Pair().Up();
        pair.RestartResponder();
        Assert.True(pair.Initiator.TrySend(Packets.IPv4(100)));
        pair.Run(16_000);
        Assert.Equal(TunnelState.Up, pair.Responder.Tunnel.State);
        Assert.True(pair.Responder.TrySend(Packets.IPv4(200)));
        pair.Pump();
        Assert.Equal(200, Assert.Single(pair.Initiator.Received).Length);

        pair.RestartInitiator();
        pair.Run(500);
        Assert.True(pair.Initiator.TrySend(Packets.IPv4(300)));
        Assert.True(pair.Responder.TrySend(Packets.IPv4(400)));
        pair.Pump();
        Assert.Equal(300, pair.Responder.Received[^1].Length);
        Assert.Equal(400, pair.Initiator.Received[^1].Length);
    }

    [Fact]
    public void Who_received_and_has_nothing_to_say_says_so_after_10_seconds()
    {
        using var pair = new Pair().Up();
        pair.Run(30_000);
        pair.Carried.Clear();
        pair.Initiator.TrySend(Packets.IPv4(100));
        pair.Run(9_500);
        Assert.Single(pair.Carried);
        pair.Run(1_000);
        Assert.Equal(2, pair.Carried.Count);
        Assert.Equal(pair.Responder.Address, pair.Carried[1].From);

        // A keepalive is not answered.
        pair.Run(60_000);
        Assert.Equal(2, pair.Carried.Count);
    }

    [Fact]
    public void A_persistent_keepalive_goes_out_every_25_seconds()
    {
        using var pair = new Pair(persistent: true).Up();
        pair.Carried.Clear();
        pair.Run(101_000);
        Assert.Equal(4, pair.Carried.Count);
        Assert.All(pair.Carried, datagram => Assert.Equal(52, datagram.Bytes.Length));
    }

    [Fact]
    public void A_session_is_renewed_after_an_hour_and_the_old_one_receives_for_a_minute()
    {
        using var pair = new Pair().Up();
        pair.Responder.TrySend(Packets.IPv4(100, 7));
        Datagram late = pair.Responder.TakeSent()[0];
        pair.Run(3_599_000);
        Assert.Equal(1, pair.Initiator.Tunnel.Counters.Handshakes);
        pair.Run(2_000);
        Assert.Equal(2, pair.Initiator.Tunnel.Counters.Handshakes);
        Assert.True(pair.Initiator.Receive(late));
        pair.Run(61_000);
        Assert.False(pair.Initiator.Receive(late));
        Assert.Equal(1, pair.Initiator.Endpoint.Counters.Drops(DropReason.UnknownReceiver));
    }

    [Fact]
    public void A_session_that_cannot_be_renewed_is_dead_after_3960_seconds()
    {
        using var pair = new Pair().Up();
        pair.Network = datagram => datagram.IsData ? [datagram] : [];
        pair.Run(3_959_000);
        Assert.True(pair.Responder.TrySend(Packets.IPv4(100)));
        pair.Pump();
        Assert.Single(pair.Initiator.Received);
        pair.Run(1_000);
        Assert.False(pair.Responder.TrySend(Packets.IPv4(100)));
        Assert.False(pair.Initiator.TrySend(Packets.IPv4(100)));
        Assert.Equal(TunnelState.Connecting, pair.Initiator.Tunnel.State);
    }

    [Fact]
    public void Close_ends_both_sides_and_is_not_undone()
    {
        using var pair = new Pair().Up();
        pair.Responder.Close();
        pair.Pump();
        Assert.Equal(TunnelState.Closed, pair.Initiator.Tunnel.State);
        Assert.Equal(TunnelState.Closed, pair.Responder.Tunnel.State);
        pair.Run(60_000);
        Assert.Equal(TunnelState.Closed, pair.Initiator.Tunnel.State);
        pair.Initiator.Tunnel.Connect();
        pair.Run(500);
        Assert.Equal(TunnelState.Up, pair.Initiator.Tunnel.State);
    }
}
