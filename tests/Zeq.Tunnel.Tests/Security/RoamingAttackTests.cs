namespace Zeq.Tunnel.Tests;

/// <summary>Who moves the peer's address, and what a spoofed move costs a stranger (spec 06 rule 7).</summary>
public class RoamingAttackTests
{
    // Seen red with an address that moves at once, and with one that moves on any packet.
    [Fact]
    public void The_address_moves_only_when_the_new_one_answers_from_inside()
    {
        using var pair = new Pair().Up();
        PeerAddress victim = Side.At("198.51.100.9:53");
        pair.Initiator.TrySend(Packets.IPv4(400, 1));
        Datagram packet = pair.Initiator.TakeSent()[0];

        // A spoofed source: the packet is authentic, but its address never receives.
        pair.Responder.Receive(packet with { From = victim });
        Assert.Single(pair.Responder.Received);
        for (int i = 0; i < 40; i++)
        {
            pair.Time.Advance(250);
            pair.Responder.Tick();
        }

        Datagram[] toVictim = [.. pair.Responder.TakeSent().Where(datagram => datagram.To == victim)];
        Assert.InRange(toVictim.Length, 1, 3);
        Assert.True(toVictim.Sum(datagram => datagram.Bytes.Length) <= 3 * packet.Bytes.Length);
        Assert.Equal(pair.Initiator.Address, pair.Responder.Tunnel.Peer);

        // The peer really moves: it answers the challenge from there.
        pair.Initiator.Address = Side.At("203.0.113.5:4000");
        pair.Initiator.TrySend(Packets.IPv4(100, 2));
        Datagram moved = pair.Initiator.TakeSent()[0];
        pair.Responder.Receive(moved);
        Assert.NotEqual(pair.Initiator.Address, pair.Responder.Tunnel.Peer);
        pair.Responder.TrySend(Packets.IPv4(100, 3));
        Assert.Equal(Side.At("192.0.2.1:1000"), pair.Responder.Sent[^1].To);
        pair.Pump();
        Assert.Equal(pair.Initiator.Address, pair.Responder.Tunnel.Peer);
        Assert.Equal(1, pair.Responder.Tunnel.Counters.Roams);
    }

    [Fact]
    public void A_late_packet_from_elsewhere_moves_nothing_and_a_keepalive_buys_three_challenges()
    {
        using var pair = new Pair().Up();
        pair.Initiator.TrySend(Packets.IPv4(100, 1));
        pair.Initiator.TrySend(Packets.IPv4(100, 2));
        Datagram[] two = pair.Initiator.TakeSent();
        pair.Responder.Receive(two[1]);
        pair.Responder.Receive(two[0] with { From = Side.At("198.51.100.9:53") });
        Assert.Equal(2, pair.Responder.Received.Count);
        Assert.Empty(pair.Responder.Sent);

        var candidate = new PathCandidate(Side.At("198.51.100.9:53"));
        candidate.Received(52);
        Assert.True(candidate.TryChallenge(52, 0));
        Assert.False(candidate.TryChallenge(52, 999));
        Assert.True(candidate.TryChallenge(52, 1_000));
        Assert.True(candidate.TryChallenge(52, 2_000));
        Assert.False(candidate.TryChallenge(52, 9_000));
        Assert.True(candidate.IsGivenUp(3_000));
        var poor = new PathCandidate(candidate.Address);
        poor.Received(17);
        Assert.False(poor.TryChallenge(52, 0));
        Assert.False(poor.IsAnsweredBy(poor.Token, Side.At("198.51.100.10:53")));
        Assert.True(poor.IsAnsweredBy(poor.Token, poor.Address));
    }

    [Fact]
    public void The_peer_of_a_new_session_is_where_the_init_came_from()
    {
        using var pair = new Pair();
        pair.Initiator.Tick();
        pair.Responder.Receive(pair.Initiator.TakeSent()[0]);
        pair.Initiator.Receive(pair.Responder.TakeSent()[0]);
        Datagram confirmation = pair.Initiator.TakeSent()[0];
        pair.Responder.Receive(confirmation with { From = Side.At("198.51.100.9:53") });
        Assert.Equal(TunnelState.Up, pair.Responder.Tunnel.State);
        Assert.Equal(pair.Initiator.Address, pair.Responder.Tunnel.Peer);
    }
}
