using System.Text;

namespace Zeq.Client.Tests;

/// <summary>What a peer may answer, on real sockets.</summary>
public sealed class PeerHttpAnswerTests
{
    internal static readonly PeerPolicy Loopback = new() { AllowLoopback = true, FirstBackoff = TimeSpan.FromMilliseconds(1) };

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(400)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(429)]
    public async Task Json_of_2xx_and_4xx_is_an_answer(int status)
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(status, """{"ok":true,"z":"é"}""".Replace("é", "\\u00e9", StringComparison.Ordinal), "x-zeq-answer-sig: abcd\r\n"));
        using var http = new PeerHttp(Loopback);
        var answer = Assert.IsType<PeerAnswer>(await http.SendAsync(Post(peer)));
        Assert.Equal(status, answer.Status);
        Assert.Equal("abcd", answer.AnswerSignature);
        Assert.Contains("\"ok\":true", Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
        Assert.True(answer.MayHaveArrived);
        Assert.Equal(status < 300, answer.IsSuccess);
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task The_request_is_what_was_asked()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        using var http = new PeerHttp(Loopback);
        using var trace = new System.Diagnostics.Activity("caller").SetIdFormat(System.Diagnostics.ActivityIdFormat.W3C).Start();
        Assert.IsType<PeerAnswer>(await http.SendAsync(Post(peer) with { Path = "/api/a%2Fb/../c?x=1&y=%7C" }));
        Assert.StartsWith("POST /api/a%2Fb/../c?x=1&y=%7C HTTP/1.1\r\n", peer.LastRequest, StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: 127.0.0.1:{peer.Port}\r\n", peer.LastRequest, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/json\r\n", peer.LastRequest, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n{\"a\":1}", peer.LastRequest, StringComparison.Ordinal);
        Assert.DoesNotContain("traceparent", peer.LastRequest, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Accept-Encoding", peer.LastRequest, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Get_and_a_post_without_body_have_no_content_type()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}"));
        using var http = new PeerHttp(Loopback);
        Assert.IsType<PeerAnswer>(await http.SendAsync(Post(peer) with { Method = "GET", Body = null }));
        Assert.DoesNotContain("Content-", peer.LastRequest, StringComparison.OrdinalIgnoreCase);
        Assert.IsType<PeerAnswer>(await http.SendAsync(Post(peer) with { Body = null }));
        Assert.Contains("Content-Length: 0", peer.LastRequest, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Content-Type", peer.LastRequest, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, peer.Connections);      // connections are kept
    }

    [Theory]
    [InlineData("HTTP/1.1 301 X\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", PeerFailure.Redirect)]
    [InlineData("HTTP/1.1 307 X\r\nLocation: http://169.254.169.254/\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.Redirect)]
    [InlineData("HTTP/1.1 304 X\r\n\r\n", PeerFailure.Redirect)]
    [InlineData("HTTP/1.1 500 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.ServerError)]
    [InlineData("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", PeerFailure.ServerError)]
    [InlineData("HTTP/1.1 999 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.NotHttp)]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n\r\n", PeerFailure.NotHttp)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/jsonp\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 204 X\r\n\r\n", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 404 X\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nno", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{} ", null)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json;charset=\"UTF-8\"\r\nContent-Length: 2\r\n\r\n{}", null)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n{}{}", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n{\"a\":", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\n\u00ef\u00bb\u00bf{}", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n\"\u00ff\"", PeerFailure.NotJson)]
    [InlineData("HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":NaN", PeerFailure.NotJson)]
    public async Task Nonsense_is_no_answer(string text, PeerFailure? expected)
    {
        await using var peer = RawPeer.Answering(text);
        using var http = new PeerHttp(Loopback);
        var result = await http.SendAsync(Post(peer));
        if (expected is null)
        {
            Assert.IsType<PeerAnswer>(result);
            return;
        }

        var unreachable = Assert.IsType<PeerUnreachable>(result);
        Assert.Equal(expected, unreachable.Reason);
        Assert.True(unreachable.MayHaveArrived);
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var victim = RawPeer.Answering(RawPeer.Json(200, "{}"));
        await using var peer = RawPeer.Answering($"HTTP/1.1 302 X\r\nLocation: {victim.Origin}/\r\nContent-Length: 0\r\n\r\n");
        using var http = new PeerHttp(Loopback);
        var result = Assert.IsType<PeerUnreachable>(await http.SendAsync(Post(peer) with { Method = "GET", Body = null, IsIdempotent = true }));
        Assert.Equal(PeerFailure.Redirect, result.Reason);
        Assert.Equal(0, victim.Connections);
        Assert.Equal(1, peer.Requests);
    }

    [Fact]
    public async Task Deep_json_is_refused()
    {
        await using var deep = RawPeer.Answering(RawPeer.Json(200, new string('[', 33) + new string(']', 33)));
        await using var flat = RawPeer.Answering(RawPeer.Json(200, new string('[', 32) + new string(']', 32)));
        using var http = new PeerHttp(Loopback);
        Assert.Equal(PeerFailure.NotJson, Assert.IsType<PeerUnreachable>(await http.SendAsync(Post(deep))).Reason);
        Assert.IsType<PeerAnswer>(await http.SendAsync(Post(flat)));
    }

    [Theory]
    [InlineData(64 * 1024, true)]
    [InlineData((64 * 1024) + 1, false)]
    public async Task The_limit_of_the_body_is_exact(int size, bool passes)
    {
        var body = "\"" + new string('x', size - 2) + "\"";
        await using var known = RawPeer.Answering(RawPeer.Json(200, body));
        await using var chunked = RawPeer.Answering(
            $"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{body}\r\n0\r\n\r\n");
        using var http = new PeerHttp(Loopback);
        foreach (var peer in new[] { known, chunked })
        {
            var result = await http.SendAsync(Post(peer));
            Assert.Equal(passes, result is PeerAnswer { Body.Length: var length } && length == size);
            Assert.Equal(!passes, result is PeerUnreachable { Reason: PeerFailure.TooLarge });
        }
    }

    [Fact]
    public async Task Ten_megabytes_are_not_read()
    {
        const int Size = 10 << 20;
        var hungUp = new TaskCompletionSource();
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            try
            {
                await self.WriteAsync(stream, $"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{Size:x}\r\n");
                var part = new string(' ', 64 * 1024);
                for (var sent = 0; sent < Size; sent += part.Length)
                {
                    await self.WriteAsync(stream, part);
                }
            }
            finally
            {
                hungUp.TrySetResult();
            }
        });
        using var http = new PeerHttp(Loopback with { Timeout = TimeSpan.FromSeconds(30) });
        Assert.Equal(PeerFailure.TooLarge, Assert.IsType<PeerUnreachable>(await http.SendAsync(Post(peer))).Reason);
        await hungUp.Task;

        // What the sockets of both sides hold, and no more: the caller stopped reading and hung up.
        Assert.InRange(peer.BytesSent, 0, Size - 1);
    }

    [Fact]
    public async Task An_endless_chunked_body_ends_at_the_limit()
    {
        var hungUp = new TaskCompletionSource();
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            try
            {
                await self.WriteAsync(stream, "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
                while (true)
                {
                    await self.WriteAsync(stream, "1\r\n \r\n");
                }
            }
            finally
            {
                hungUp.TrySetResult();
            }
        });
        using var http = new PeerHttp(Loopback with { Timeout = TimeSpan.FromSeconds(30) });
        Assert.Equal(PeerFailure.TooLarge, Assert.IsType<PeerUnreachable>(await http.SendAsync(Post(peer))).Reason);
        await hungUp.Task;
    }

    [Theory]
    [InlineData("X-A: " + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + "\r\n")]
    [InlineData("a")]
    public async Task A_flood_of_headers_ends_at_the_limit(string line)
    {
        var hungUp = new TaskCompletionSource();
        await using var peer = new RawPeer(async (self, stream, _) =>
        {
            try
            {
                await self.WriteAsync(stream, "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nX: ");
                while (true)
                {
                    await self.WriteAsync(stream, line);
                }
            }
            finally
            {
                hungUp.TrySetResult();
            }
        });
        using var http = new PeerHttp(Loopback with { Timeout = TimeSpan.FromSeconds(30) });
        Assert.Equal(PeerFailure.TooLarge, Assert.IsType<PeerUnreachable>(await http.SendAsync(Post(peer))).Reason);
        await hungUp.Task;
    }

    [Fact]
    public async Task Two_signatures_are_none()
    {
        await using var peer = RawPeer.Answering(RawPeer.Json(200, "{}", "x-zeq-answer-sig: aa\r\nx-zeq-answer-sig: bb\r\n"));
        using var http = new PeerHttp(Loopback);
        Assert.Null(Assert.IsType<PeerAnswer>(await http.SendAsync(Post(peer))).AnswerSignature);
    }

    internal static PeerRequest Post(RawPeer peer) => new()
    {
        Origin = peer.Origin,
        Method = "POST",
        Path = "/api/x",
        Body = "{\"a\":1}"u8.ToArray(),
    };
}
