using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Zeq.Hosting.Tests;

/// <summary>What a home has under way at other homes (spec 05 rule 15).</summary>
public sealed class OutboundTests
{
    private const int Peers = 20;
    private const int CallsToEach = 5;

    // Seen red with 2,000 calls in all, and with 3 for a ZID.
    [Fact]
    public async Task Rule15_ThereAreSixtyFourCallsInAllAndTwoForAZid()
    {
        await using TestHome home = await TestHome.StartAsync();
        await using FakeHome honest = await FakeHome.StartAsync();
        honest.HolderOrigin = home.Origin;
        Account[] holders = await Task.WhenAll(Enumerable.Range(0, Peers * CallsToEach / 2).Select(_ => home.RegisterAsync()));
        SilentPeer[] peers = [.. Enumerable.Range(0, Peers).Select(_ => new SilentPeer())];
        try
        {
            // A hundred imports at homes that take the connection and say nothing: five for each home, two for each ZID.
            int number = 1000;
            Task<Answer>[] imports =
            [
                .. Enumerable.Range(0, Peers * CallsToEach).Select(i =>
                    home.PostAsync("/api/tally/claims/import", Payment(peers[i % Peers].Origin, ++number, holders[i / 2], home), holders[i / 2].ApiKey)),
            ];
            for (int tries = 0; peers.Sum(peer => peer.Open) < 64; tries++)
            {
                Assert.True(tries < 200, "the calls never came");
                await Task.Delay(10);
            }

            // A third one of a ZID is refused at once, while its two are under way or wait.
            Answer third = (await home.PostAsync("/api/tally/claims/import", Payment(honest.Origin, ++number, holders[0], home), holders[0].ApiKey)).Refused(502, "PEER_UNREACHABLE");
            Assert.Contains("Too many calls", third.Text, StringComparison.Ordinal);
            Assert.Empty(honest.Calls);

            // The others wait; none of them has dialled.
            await Task.Delay(300);
            Assert.Equal(64, peers.Sum(peer => peer.Open));
            Assert.All(peers, peer => Assert.InRange(peer.Open, 0, 4));
            foreach (SilentPeer peer in peers)
            {
                peer.Dispose();
            }

            Assert.All(await Task.WhenAll(imports), answer => answer.Refused(502, "PEER_UNREACHABLE"));
            (await home.PostAsync("/api/tally/claims/import", Payment(honest.Origin, ++number, holders[0], home), holders[0].ApiKey)).Expect();
        }
        finally
        {
            foreach (SilentPeer peer in peers)
            {
                peer.Dispose();
            }
        }
    }

    private static JsonObject Payment(string origin, int number, Account to, TestHome at) => new()
    {
        ["token_id"] = string.Create(CultureInfo.InvariantCulture, $"ZT-zeq07000000001-{number}-0123456789abcdef"), ["from"] = "ZEQ07000000001", ["to"] = to.Zid,
        ["to_origin"] = at.Origin, ["spend_seq"] = 1, ["zeqond"] = 1000, ["home_origin"] = origin, ["mac"] = new string('a', 64), ["claim_ticket"] = new string('b', 64),
    };

    /// <summary>Takes connections and never says a word.</summary>
    private sealed class SilentPeer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly ConcurrentBag<Socket> _open = [];

        public SilentPeer()
        {
            _listener.Start(512);
            Origin = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
            _ = AcceptAsync();
        }

        public string Origin { get; }

        public int Open => _open.Count;

        public void Dispose()
        {
            _listener.Dispose();
            foreach (Socket socket in _open)
            {
                socket.Dispose();
            }
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _open.Add(await _listener.AcceptSocketAsync());
                }
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException or InvalidOperationException)
            {
            }
        }
    }
}
