using System.Net;

namespace Zeq.Tunnel.Tests;

/// <summary>An exit is no way into the relay's own network, and a tunnel speaks for its own address alone (spec 06 rule 10, spec 50 §4).</summary>
public class ExitPolicyTests
{
    private readonly ExitPolicy _policy = new([IPAddress.Parse("8.8.4.4"), IPAddress.Parse("2606:4700::1")], [IPAddress.Parse("10.77.0.1")], [IPNetwork.Parse("192.168.7.0/24")]);

    // Seen red with a range left out, and with an embedded address that is not decoded.
    [Theory]
    [InlineData("1.1.1.1", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("192.168.7.9", true)]
    [InlineData("192.168.8.9", false)]
    [InlineData("8.8.4.4", false)]
    [InlineData("2606:4700::1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.0.1", false)]
    [InlineData("198.19.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("64:ff9b::101:101", true)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("2002:a00:1::1", false)]
    [InlineData("2002:101:101::1", true)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2001:db8::1", false)]
    public void Special_and_own_addresses_are_refused(string to, bool isAllowed) => Assert.Equal(isAllowed, _policy.Allows(Packet(to, 6, 443)));

    [Theory]
    [InlineData(6, 25, false)]
    [InlineData(6, 135, false)]
    [InlineData(6, 139, false)]
    [InlineData(6, 445, false)]
    [InlineData(6, 80, true)]
    [InlineData(17, 25, true)]
    [InlineData(17, 53, true)]
    public void Ports_of_mail_and_shares_are_refused(byte protocol, int port, bool isAllowed) => Assert.Equal(isAllowed, _policy.Allows(Packet("1.1.1.1", protocol, port)));

    [Fact]
    public void The_relay_answers_DNS_on_its_inner_address_and_nothing_else()
    {
        Assert.True(_policy.Allows(Packet("10.77.0.1", 17, 53)));
        Assert.True(_policy.Allows(Packet("10.77.0.1", 6, 53)));
        Assert.False(_policy.Allows(Packet("10.77.0.1", 6, 22)));
        Assert.False(_policy.Allows(Packet("10.77.0.1", 1, 0)));
    }

    [Fact]
    public void Fragments_without_their_first_part_and_headers_that_hide_ports_are_refused()
    {
        byte[] fragment = Packet("1.1.1.1", 6, 443);
        fragment[7] = 1;
        Assert.False(_policy.Allows(fragment));
        byte[] cut = Packet("1.1.1.1", 6, 443)[..24];
        cut[3] = 24;
        Assert.False(_policy.Allows(cut));
        foreach (byte header in (byte[])[0, 43, 44, 60])
        {
            Assert.False(_policy.Allows(Packet("2606:4700:4700::1111", header, 443)));
        }
    }

    // Seen red with routes that look at the destination alone.
    [Fact]
    public void A_tunnel_speaks_for_its_own_address_and_is_sent_what_is_for_it()
    {
        using var a = new Pair();
        using var b = new Pair();
        var routes = new InnerAddressRoutes((_, packet) => _policy.Allows(packet));
        Assert.True(routes.TryAdd(IPAddress.Parse("10.77.0.2"), a.Initiator.Tunnel));
        Assert.True(routes.TryAdd(IPAddress.Parse("fd00::2"), a.Initiator.Tunnel));
        Assert.True(routes.TryAdd(IPAddress.Parse("10.77.0.3"), b.Initiator.Tunnel));
        Assert.False(routes.TryAdd(IPAddress.Parse("10.77.0.2"), b.Initiator.Tunnel));
        byte[] packet = Packet("1.1.1.1", 6, 443, "10.77.0.2");
        Assert.True(routes.Accepts(a.Initiator.Tunnel, packet));
        Assert.False(routes.Accepts(b.Initiator.Tunnel, packet));
        Assert.False(routes.Accepts(a.Initiator.Tunnel, Packet("1.1.1.1", 6, 443, "10.77.0.9")));
        Assert.False(routes.Accepts(a.Initiator.Tunnel, Packet("10.77.0.3", 6, 443, "10.77.0.2")));
        Assert.False(routes.Accepts(a.Initiator.Tunnel, Packet("2606:4700:4700::1111", 6, 443, "::ffff:10.77.0.2")));
        Assert.True(routes.Accepts(a.Initiator.Tunnel, Packet("2606:4700:4700::1111", 6, 443, "fd00::2")));
        Assert.Same(b.Initiator.Tunnel, routes.Find(Packet("10.77.0.3", 6, 443)));
        Assert.Null(routes.Find(Packet("10.77.0.9", 6, 443)));
        routes.Remove(IPAddress.Parse("10.77.0.3"));
        Assert.Null(routes.Find(Packet("10.77.0.3", 6, 443)));
    }

    private static byte[] Packet(string to, byte protocol, int port, string from = "10.77.0.2")
    {
        byte[] target = IPAddress.Parse(to).GetAddressBytes();
        byte[] packet = target.Length == 4 ? Packets.IPv4(60) : Packets.IPv6(80);
        byte[] source = IPAddress.Parse(from).GetAddressBytes();
        target.CopyTo(packet, target.Length == 4 ? 16 : 24);
        if (source.Length == target.Length)
        {
            source.CopyTo(packet, target.Length == 4 ? 12 : 8);
        }

        packet[target.Length == 4 ? 9 : 6] = protocol;
        int transport = target.Length == 4 ? 20 : 40;
        packet[transport + 2] = (byte)(port >> 8);
        packet[transport + 3] = (byte)port;
        return packet;
    }
}
