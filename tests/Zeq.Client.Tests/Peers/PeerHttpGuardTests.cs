using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Zeq.Client.Tests;

/// <summary>Time, tries, breaker, limits and cancellation.</summary>
public sealed class PeerHttpGuardTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private static PeerPolicy Loopback => PeerHttpAnswerTests.Loopback;

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 X\r\nContent-Ty")]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{")]
    public async Task A_peer_that_stops_talking_times_out(string beginning)
    {
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            await self.WriteAsync(stream, beginning);
            await Task.Delay(Timeout.Infinite, self.Ended);
        });
        using var http = new PeerHttp(Loopback with { Timeout = Short });
        Assert.Equal(new PeerUnreachable(PeerFailure.Timeout, true), await http.SendAsync(PeerHttpAnswerTests.Post(peer) with { IsIdempotent = true }));
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task A_peer_that_drips_times_out()
    {
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            await self.WriteAsync(stream, "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n");
            while (true)
            {
                await self.WriteAsync(stream, " ");
                await Task.Delay(10, self.Ended);
            }
        });
        using var http = new PeerHttp(Loopback with { Timeout = Short });
        Assert.Equal(new PeerUnreachable(PeerFailure.Timeout, true), await http.SendAsync(PeerHttpAnswerTests.Post(peer)));
    }

    [Fact]
    public async Task A_name_server_that_never_answers_times_out_and_nothing_left()
    {
        using var http = new PeerHttp(Loopback with { Timeout = Short }, new StuckResolver());
        Assert.Equal(
            new PeerUnreachable(PeerFailure.Timeout, false),
            await http.SendAsync(PeerHttpReachTests.Get("https://slow.example") with { Method = "POST", Body = "{}"u8.ToArray() }));
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public async Task Only_idempotent_calls_are_repeated(bool isIdempotent, int tries)
    {
        await using var peer = RawPeer.Answering("HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n");
        using var http = new PeerHttp(Loopback with { Timeout = Long });
        Assert.Equal(
            new PeerUnreachable(PeerFailure.ServerError, true),
            await http.SendAsync(PeerHttpAnswerTests.Post(peer) with { IsIdempotent = isIdempotent }));
        Assert.Equal(tries, peer.Requests);
    }

    [Fact]
    public async Task A_second_try_may_succeed()
    {
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            if (self.Requests == 1)
            {
                stream.Close();
            }
            else
            {
                await self.WriteAsync(stream, self.Requests == 2 ? "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n" : RawPeer.Json(200, "{}"));
            }
        });
        using var http = new PeerHttp(Loopback with { Timeout = Long });
        Assert.IsType<PeerAnswer>(await http.SendAsync(PeerHttpAnswerTests.Post(peer) with { IsIdempotent = true }));
        Assert.Equal(3, peer.Requests);
    }

    [Fact]
    public async Task A_lost_answer_may_have_arrived_and_is_not_repeated()
    {
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            // Every second request comes on a kept connection, where a handler could be tempted to repeat it.
            if (self.Requests % 2 == 0)
            {
                stream.Close();
                return;
            }

            await self.WriteAsync(stream, RawPeer.Json(200, "{}"));
        });
        using var http = new PeerHttp(Loopback with { Timeout = Long });
        foreach (var body in new byte[]?[] { [.. "{}"u8], null })
        {
            ReadOnlyMemory<byte>? content = body is null ? null : body;
            Assert.IsType<PeerAnswer>(await http.SendAsync(PeerHttpAnswerTests.Post(peer) with { Body = content }));
            var before = peer.Requests;
            Assert.Equal(new PeerUnreachable(PeerFailure.ConnectionLost, true), await http.SendAsync(PeerHttpAnswerTests.Post(peer) with { Body = content }));
            Assert.Equal(before + 1, peer.Requests);
        }
    }

    [Fact]
    public async Task A_busy_peer_that_names_a_time_is_not_pressed()
    {
        await using var peer = RawPeer.Answering("HTTP/1.1 503 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
        using var http = new PeerHttp(Loopback with { Timeout = Long });
        Assert.IsType<PeerUnreachable>(await http.SendAsync(PeerHttpAnswerTests.Post(peer) with { IsIdempotent = true }));
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task The_breaker_opens_probes_and_closes()
    {
        var time = new ManualTimeProvider();
        var isWell = false;
        await using var peer = new RawPeer((self, stream, _) =>
            self.WriteAsync(stream, isWell ? RawPeer.Json(200, "{}") : "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"));
        using var http = new PeerHttp(Loopback, time: time);
        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<PeerUnreachable>(await http.SendAsync(PeerHttpAnswerTests.Post(peer)));
        }

        Assert.Equal(new PeerRefusedLocally(PeerRefusal.BreakerOpen), await http.SendAsync(PeerHttpAnswerTests.Post(peer)));
        Assert.Equal(5, peer.Requests);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.IsType<PeerUnreachable>(await http.SendAsync(PeerHttpAnswerTests.Post(peer)));
        time.Advance(TimeSpan.FromSeconds(19));
        Assert.IsType<PeerRefusedLocally>(await http.SendAsync(PeerHttpAnswerTests.Post(peer)));
        time.Advance(TimeSpan.FromSeconds(1));
        isWell = true;
        Assert.IsType<PeerAnswer>(await http.SendAsync(PeerHttpAnswerTests.Post(peer)));
        Assert.IsType<PeerAnswer>(await http.SendAsync(PeerHttpAnswerTests.Post(peer)));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(429)]
    public async Task A_refusal_of_the_peer_never_opens_the_breaker(int status)
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(status, "{}"));
        using var http = new PeerHttp(Loopback);
        for (var i = 0; i < 12; i++)
        {
            Assert.Equal(status, Assert.IsType<PeerAnswer>(await http.SendAsync(PeerHttpAnswerTests.Post(peer) with { IsIdempotent = true })).Status);
        }

        Assert.Equal(12, peer.Requests);
    }

    [Fact]
    public async Task A_caller_beyond_its_two_calls_is_refused_at_once()
    {
        await using var one = new Held();
        await using var two = new Held();
        await using var three = new Held();
        using var http = new PeerHttp(Loopback with { Timeout = Long });
        var first = http.SendAsync(one.Request("ZEQ07000000001"));
        var second = http.SendAsync(two.Request("ZEQ07000000001"));
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.TooManyCalls), await http.SendAsync(three.Request("ZEQ07000000001")));
        var other = http.SendAsync(three.Request("ZEQ07000000002"));
        one.Release();
        Assert.IsType<PeerAnswer>(await first);
        var again = http.SendAsync(one.Request("ZEQ07000000001"));
        two.Release();
        three.Release();
        Assert.All(await Task.WhenAll(second, other, again), r => Assert.IsType<PeerAnswer>(r));
    }

    [Fact]
    public async Task Four_calls_to_one_peer_at_a_time_and_the_others_wait()
    {
        await using var peer = new Held();
        await using var other = new Held();
        other.Release();
        using var http = new PeerHttp(Loopback with { Timeout = Long, MaxWaitingPerPeer = 3 });
        var calls = Enumerable.Range(0, 7).Select(_ => http.SendAsync(peer.Request(null))).ToArray();
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.TooManyCalls), await http.SendAsync(peer.Request(null)));
        Assert.IsType<PeerAnswer>(await http.SendAsync(other.Request(null)));      // those who wait hold up nobody else
        await peer.Reached(4);
        peer.Release();
        Assert.All(await Task.WhenAll(calls), r => Assert.IsType<PeerAnswer>(r));
        Assert.Equal(4, peer.Most);
    }

    [Fact]
    public async Task Calls_in_all_are_bounded()
    {
        await using var one = new Held();
        await using var two = new Held();
        using var http = new PeerHttp(Loopback with { Timeout = Long, MaxConcurrentTotal = 3, MaxWaitingTotal = 1 });
        var calls = new[] { one, one, two }.Select(p => http.SendAsync(p.Request(null))).ToList();
        calls.Add(http.SendAsync(two.Request(null)));
        Assert.Equal(new PeerRefusedLocally(PeerRefusal.TooManyCalls), await http.SendAsync(two.Request(null)));
        await one.Reached(2);
        await two.Reached(1);
        one.Release();
        await two.Reached(2);
        two.Release();
        Assert.All(await Task.WhenAll(calls), r => Assert.IsType<PeerAnswer>(r));
    }

    [Fact]
    public async Task Waiting_ends_with_the_time_of_the_call()
    {
        await using var peer = new Held();
        using var http = new PeerHttp(Loopback with { Timeout = Short, MaxConcurrentPerPeer = 1 });
        var first = http.SendAsync(peer.Request(null));
        var second = http.SendAsync(peer.Request(null));
        Assert.Equal(new PeerUnreachable(PeerFailure.Timeout, true), await first);
        Assert.True(await second is PeerRefusedLocally { Reason: PeerRefusal.TooManyCalls } or PeerUnreachable { Reason: PeerFailure.Timeout });
        peer.Release();
        Assert.IsType<PeerAnswer>(await http.SendAsync(peer.Request(null)));      // every place came back
    }

    [Fact]
    public async Task A_call_given_up_throws_frees_its_place_and_spares_the_breaker()
    {
        await using var peer = new Held();
        using var http = new PeerHttp(Loopback with { Timeout = Long, BreakerFailures = 1, MaxConcurrentPerPeer = 1 });
        using var cancel = new CancellationTokenSource();
        var running = http.SendAsync(peer.Request("k"), cancel.Token);
        var waiting = http.SendAsync(peer.Request("k"), cancel.Token);
        await peer.Reached(1);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => http.SendAsync(peer.Request("k"), cancel.Token));
        peer.Release();
        Assert.IsType<PeerAnswer>(await http.SendAsync(peer.Request("k")));
    }

    [Fact]
    public async Task Outcomes_are_counted()
    {
        var seen = new ConcurrentBag<(string Instrument, string? Outcome)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == "Zeq.Client")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, _, tags, _) => seen.Add((i.Name, (string?)tags[0].Value)));
        listener.SetMeasurementEventCallback<double>((i, _, tags, _) => seen.Add((i.Name, (string?)tags[0].Value)));
        listener.Start();
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        using var http = new PeerHttp(Loopback);
        await http.SendAsync(PeerHttpAnswerTests.Post(peer));
        await http.SendAsync(PeerHttpReachTests.Get("https://10.0.0.1"));
        Assert.Contains(("zeq.peer.calls", "answer_2xx"), seen);
        Assert.Contains(("zeq.peer.call.duration_ms", "answer_2xx"), seen);
        Assert.Contains(("zeq.peer.calls", "refused_address_not_public"), seen);
    }

    [Fact]
    public async Task Misuse_throws()
    {
        using var http = new PeerHttp(Loopback);
        var good = PeerHttpReachTests.Get("https://a.example");
        await Assert.ThrowsAsync<ArgumentNullException>(() => http.SendAsync(null!));
        foreach (var bad in new[]
        {
            good with { Method = "get" }, good with { Method = "CONNECT" }, good with { Method = "GET /x HTTP/1.1\r\nX: " },
            good with { Path = "" }, good with { Path = "api" }, good with { Path = "//evil.example" }, good with { Path = "/a b" },
            good with { Path = "/a\r\nX: y" }, good with { Path = "/a#b" }, good with { Path = "/é" }, good with { Path = null! },
            good with { Body = "{}"u8.ToArray() }, good with { Method = "POST", Body = new byte[PeerHttp.MaxRequestBytes + 1] },
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => http.SendAsync(bad));
        }

        Assert.Throws<ArgumentException>(() => new PeerHttp(new PeerPolicy { AllowedOrigins = ["https://a.example/"] }));
        Assert.Throws<ArgumentException>(() => new PeerHttp(new PeerPolicy { AllowedOrigins = ["http://127.0.0.1:5000"] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeerHttp(new PeerPolicy { Timeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeerHttp(new PeerPolicy { MaxAnswerBytes = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeerHttp(new PeerPolicy { MaxConcurrentTotal = 0 }));
    }

    private sealed class StuckResolver : IHostResolver
    {
        public async ValueTask<IReadOnlyList<System.Net.IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return [];
        }
    }

    /// <summary>A peer that answers nobody before it is released, and remembers how many it had at once.</summary>
    private sealed class Held : IAsyncDisposable
    {
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly RawPeer _peer;
        private readonly Lock _lock = new();
        private int _now;

        public Held() => _peer = new RawPeer(async (self, stream, _) =>
        {
            lock (_lock)
            {
                Most = Math.Max(Most, ++_now);
            }

            await _released.Task.WaitAsync(self.Ended);
            lock (_lock)
            {
                _now--;
            }

            await self.WriteAsync(stream, RawPeer.Json(200, "{}"));
        });

        public int Most { get; private set; }

        public PeerRequest Request(string? key) => PeerHttpAnswerTests.Post(_peer) with { Key = key };

        public void Release() => _released.TrySetResult();

        public async Task Reached(int requests)
        {
            while (_peer.Requests < requests)
            {
                await Task.Delay(5);
            }
        }

        public ValueTask DisposeAsync() => _peer.DisposeAsync();
    }
}
