using System.Net;
using System.Net.Sockets;

namespace Zeq.Client.Tests;

/// <summary>Whom a call may reach, and what becomes of it where it reaches nobody.</summary>
public sealed class PeerHttpReachTests
{
    private static PeerPolicy Loopback => PeerHttpAnswerTests.Loopback;

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("127.0.0.1")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("fd00::1")]
    [InlineData("64:ff9b::7f00:1")]
    public async Task A_name_with_a_private_address_is_refused(string address)
    {
        var resolver = new ScriptedResolver([address]);
        using var http = new PeerHttp(resolver: resolver);
        var result = await http.SendAsync(Get("https://evil.example"));
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.AddressNotPublic), result);
        Assert.False(result.MayHaveArrived);
        Assert.Equal(["evil.example"], resolver.Names);
    }

    [Theory]
    [InlineData("https://127.0.0.1:8443")]
    [InlineData("https://10.0.0.1")]
    [InlineData("https://169.254.169.254")]
    [InlineData("https://[::1]")]
    [InlineData("https://[::ffff:127.0.0.1]")]
    [InlineData("https://[::ffff:10.0.0.1]")]
    [InlineData("https://[64:ff9b::7f00:1]")]
    [InlineData("https://[fe80::1]")]
    public async Task A_private_literal_is_refused_without_a_look_up(string origin)
    {
        var resolver = new ScriptedResolver(["8.8.8.8"]);
        using var http = new PeerHttp(resolver: resolver);
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.AddressNotPublic), await http.SendAsync(Get(origin)));
        Assert.Equal(0, resolver.Asked);
    }

    [Theory]
    [InlineData("http://10.0.0.1")]
    [InlineData("http://0.0.0.0:81")]
    [InlineData("http://[::]:81")]
    [InlineData("http://192.168.1.1")]
    [InlineData("http://[::ffff:127.0.0.1]:81")]
    public async Task Development_allows_loopback_and_no_other_range(string origin)
    {
        using var http = new PeerHttp(Loopback);
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.AddressNotPublic), await http.SendAsync(Get(origin)));
    }

    [Theory]
    [InlineData("http://a.example")]
    [InlineData("https://2130706433")]
    [InlineData("https://0177.0.0.1")]
    [InlineData("https://0x7f.1")]
    [InlineData("https://a.example/")]
    [InlineData("")]
    public async Task A_malformed_origin_is_a_refusal(string origin)
    {
        var resolver = new ScriptedResolver(["8.8.8.8"]);
        using var http = new PeerHttp(resolver: resolver);
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.OriginNotAllowed), await http.SendAsync(Get(origin)));
        Assert.Equal(0, resolver.Asked);
    }

    [Fact]
    public async Task Only_listed_origins_are_called()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        await using var other = RawPeer.Answering(RawPeer.Json(200, "{}"));
        using var http = new PeerHttp(Loopback with { AllowedOrigins = [peer.Origin] });
        Assert.IsType<PeerAnswer>(await http.SendAsync(Get(peer.Origin)));
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.OriginNotAllowed), await http.SendAsync(Get(other.Origin)));
        Assert.Equal(0, other.Connections);
    }

    [Fact]
    public async Task Only_the_checked_address_is_dialled()
    {
        // The victim listens on loopback, which this policy does not allow; the name first looks public, then private.
        await using var victim = RawPeer.Answering(RawPeer.Json(200, "{}"));
        var resolver = new ScriptedResolver(["192.0.2.1", "127.0.0.1"], ["127.0.0.1"]);
        using var http = new PeerHttp(resolver: resolver);
        for (var i = 0; i < 3; i++)
        {
            Assert.IsType<PeerRefusedLocally>(await http.SendAsync(Get($"https://rebind.example:{victim.Port}")));
        }

        Assert.Equal(3, resolver.Asked);        // one look-up a dial: nothing is resolved a second time between check and dial
        Assert.Equal(0, victim.Connections);
    }

    [Fact]
    public async Task A_mixed_answer_is_dialled_at_its_good_addresses_only()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        var resolver = new ScriptedResolver(["10.0.0.1", "169.254.169.254", "127.0.0.1"]);
        using var http = new PeerHttp(Loopback, resolver);
        Assert.IsType<PeerAnswer>(await http.SendAsync(Get($"http://mixed.example:{peer.Port}")));
    }

    [Fact]
    public async Task A_rebound_name_gains_nothing_after_the_first_connection()
    {
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            await self.WriteAsync(stream, RawPeer.Json(200, "{}", "Connection: close\r\n"));
            stream.Close();
        });
        var resolver = new ScriptedResolver(["127.0.0.1"], ["10.0.0.1"]);
        using var http = new PeerHttp(Loopback, resolver);
        Assert.IsType<PeerAnswer>(await http.SendAsync(Get($"http://rebind.example:{peer.Port}")));
        Assert.Equal(1, resolver.Asked);
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.AddressNotPublic), await http.SendAsync(Get($"http://rebind.example:{peer.Port}")));
    }

    [Fact]
    public async Task The_next_address_is_tried_where_one_is_dead()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        using var http = new PeerHttp(Loopback, new ScriptedResolver(["127.0.0.2", "127.0.0.3", "127.0.0.1"]));
        Assert.IsType<PeerAnswer>(await http.SendAsync(Get($"http://many.example:{peer.Port}")));
    }

    [Fact]
    public async Task A_dead_peer_certainly_got_nothing()
    {
        var result = await Send(DeadOrigin(), "GET", ScriptedResolver.KnowingNothing());
        Assert.Equal(new PeerUnreachable(PeerFailure.Connect, false), result);
        Assert.Equal(new PeerUnreachable(PeerFailure.Connect, false), await Send(DeadOrigin(), "POST", ScriptedResolver.KnowingNothing()));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task A_name_that_does_not_exist_certainly_got_nothing(string method)
    {
        var resolver = ScriptedResolver.KnowingNothing();
        Assert.Equal(new PeerUnreachable(PeerFailure.NameNotFound, false), await Send("https://none.example", method, resolver));
        Assert.Equal(1, resolver.Asked);
    }

    [Fact]
    public async Task The_system_resolver_finds_loopback()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        using var http = new PeerHttp(Loopback);
        Assert.IsType<PeerAnswer>(await http.SendAsync(Get($"http://localhost:{peer.Port}")));
    }

    [Fact]
    public async Task The_system_resolver_lets_go_when_the_caller_does()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await new SystemHostResolver().ResolveAsync("localhost", gone.Token));
        for (var i = 0; i < 3 * SystemHostResolver.MaxLookups; i++)
        {
            Assert.NotEmpty(await new SystemHostResolver().ResolveAsync("localhost", CancellationToken.None));
        }
    }

    internal static PeerRequest Get(string origin) => new() { Origin = origin, Method = "GET", Path = "/api/identity" };

    internal static string DeadOrigin()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
    }

    private static async Task<PeerResult> Send(string origin, string method, ScriptedResolver resolver)
    {
        using var http = new PeerHttp(Loopback, resolver);
        return await http.SendAsync(Get(origin) with { Method = method });
    }
}
