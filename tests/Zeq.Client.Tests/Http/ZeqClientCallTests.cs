using System.Net;
using System.Net.Http.Headers;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Client.Tests;

/// <summary>How calls are sent, repeated and given up (spec 00, "Answers").</summary>
public sealed class ZeqClientCallTests
{
    private const string Credits = """{"ok":true,"zid":"ZEQ07000000001","free_credits":1,"burn_credits":2,"paid_credits":3,"balance":6,"zeqond":9,"phase":0.5}""";
    private static readonly Zid Zid = Zid.Parse("ZEQ07000000001");

    [Fact]
    public async Task A_read_carries_the_key_and_no_idempotency_key()
    {
        using var home = new ScriptedHome().Answer(200, Credits);
        using ZeqClient client = home.Client();
        CreditsAnswer answer = await client.Fuel.GetCreditsAsync(Zid);
        Assert.Equal(6, answer.Balance);
        ScriptedHome.Seen seen = Assert.Single(home.Requests);
        Assert.Equal(("GET", "https://a.example/api/tally/credits/ZEQ07000000001"), (seen.Method, seen.Url));
        Assert.Equal("Bearer " + ScriptedHome.Key, seen.Authorization);
        Assert.Null(seen.IdempotencyKey);
        Assert.Null(seen.ContentType);
    }

    [Fact]
    public async Task Without_a_key_no_authorization_is_sent()
    {
        using var home = new ScriptedHome().Answer(200, Credits);
        using ZeqClient client = home.Client(key: null);
        await client.Fuel.GetCreditsAsync(Zid);
        Assert.Null(home.Requests[0].Authorization);
    }

    [Fact]
    public async Task A_mutation_is_repeated_with_the_same_idempotency_key()
    {
        using var home = new ScriptedHome().Break().Refuse(503, "BUSY").Refuse(503, "OUTCOME_UNKNOWN").Answer(200, Credits);
        using ZeqClient client = home.Client();
        await client.Fuel.ClaimAsync();
        Assert.Equal(4, home.Requests.Count);
        string key = Assert.IsType<string>(home.Requests[0].IdempotencyKey);
        Assert.All(home.Requests, r => Assert.Equal(key, r.IdempotencyKey));
    }

    [Fact]
    public async Task Two_calls_have_two_idempotency_keys_and_a_given_one_is_used()
    {
        using var home = new ScriptedHome().Answer(200, Credits).Answer(200, Credits).Answer(200, Credits);
        using ZeqClient client = home.Client();
        await client.Fuel.ClaimAsync();
        await client.Fuel.ClaimAsync();
        await client.Fuel.ClaimAsync("settle-1");
        Assert.NotEqual(home.Requests[0].IdempotencyKey, home.Requests[1].IdempotencyKey);
        Assert.Equal("settle-1", home.Requests[2].IdempotencyKey);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    public async Task An_idempotency_key_of_the_wrong_form_is_the_callers_fault(string key)
    {
        using var home = new ScriptedHome();
        using ZeqClient client = home.Client();
        await Assert.ThrowsAsync<ArgumentException>(() => client.Fuel.ClaimAsync(key));
        Assert.Empty(home.Requests);
    }

    [Fact]
    public async Task Tries_are_bounded_and_the_last_failure_names_the_key_to_settle_with()
    {
        using var home = new ScriptedHome().Break().Break().Break().Break();
        using ZeqClient client = home.Client();
        ZeqUnreachableException e = await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Fuel.ClaimAsync());
        Assert.Equal(4, home.Requests.Count);
        Assert.Equal(home.Requests[0].IdempotencyKey, e.IdempotencyKey);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(402)]
    [InlineData(409)]
    [InlineData(429)]
    [InlineData(502)]
    public async Task A_refusal_other_than_503_is_final(int status)
    {
        using var home = new ScriptedHome().Refuse(status, "SOME_CODE", "A sentence.");
        using ZeqClient client = home.Client();
        ZeqApiException e = await Assert.ThrowsAsync<ZeqApiException>(() => client.Fuel.ClaimAsync());
        Assert.Equal((status, "SOME_CODE", "A sentence."), (e.Status, e.Code, e.Message));
        Assert.Single(home.Requests);
    }

    [Fact]
    public async Task A_refusal_tells_details_and_when_to_come_back()
    {
        using var home = new ScriptedHome().Answer(
            429, """{"ok":false,"error":"Slower.","code":"RATE_LIMITED","zeqond":1,"phase":0,"details":[{"subject":"x","code":"Y","message":"z"}]}""",
            r => r.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(7)));
        using ZeqClient client = home.Client();
        ZeqApiException e = await Assert.ThrowsAsync<ZeqApiException>(() => client.Fuel.ClaimAsync());
        Assert.Equal(TimeSpan.FromSeconds(7), e.RetryAfter);
        Assert.Equal(new ErrorDetail("x", "Y", "z"), Assert.Single(e.Details));
    }

    [Fact]
    public async Task A_registration_is_sent_once()
    {
        using var home = new ScriptedHome().Break();
        using ZeqClient client = home.Client(key: null);
        ZeqUnreachableException e = await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Identity.RegisterAsync("Ada"));
        Assert.Null(e.IdempotencyKey);
        Assert.Null(Assert.Single(home.Requests).IdempotencyKey);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_is_no_answer()
    {
        using var home = new ScriptedHome();
        for (int i = 0; i < 4; i++)
        {
            home.Answer(307, "", r => r.Headers.Location = new Uri("https://evil.example/"));
        }

        using ZeqClient client = home.Client();
        await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Fuel.ClaimAsync());
        Assert.All(home.Requests, r => Assert.StartsWith("https://a.example/", r.Url, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_answer_that_came_from_elsewhere_is_no_answer()
    {
        using var home = new ScriptedHome().Answer(200, Credits, r => r.RequestMessage = new HttpRequestMessage(HttpMethod.Get, "https://evil.example/api/tally/credits/x"));
        using ZeqClient client = home.Client(attempts: 1);
        await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Fuel.GetCreditsAsync(Zid));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("{\"ok\":true,\"balance\":\"many\"}")]
    public async Task A_success_that_is_not_of_the_protocol_is_no_answer(string body)
    {
        using var home = new ScriptedHome().Answer(200, body);
        using ZeqClient client = home.Client();
        ZeqUnreachableException e = await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Fuel.GetCreditsAsync(Zid));
        Assert.DoesNotContain("many", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateways_page_is_no_answer_and_an_unknown_404_has_a_code_of_its_own()
    {
        using var home = new ScriptedHome().Answer(502, "<html>bad gateway</html>").Answer(404, "nothing here");
        using ZeqClient client = home.Client(attempts: 1);
        await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Fuel.GetCreditsAsync(Zid));
        ZeqApiException e = await Assert.ThrowsAsync<ZeqApiException>(() => client.Fuel.GetCreditsAsync(Zid));
        Assert.Equal("HTTP_404", e.Code);
    }

    [Fact]
    public async Task An_answer_that_says_it_is_too_large_is_not_read()
    {
        using var home = new ScriptedHome().Answer(200, "{}", r => r.Content.Headers.ContentLength = ZeqTransport.MaxAnswerSizeBytes + 1L);
        using ZeqClient client = home.Client(attempts: 1);
        await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Fuel.GetCreditsAsync(Zid));
    }

    [Fact]
    public async Task An_endless_answer_is_cut()
    {
        using var home = new ScriptedHome().Do(r => new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = r, Content = new StreamContent(new EndlessStream()) });
        using ZeqClient client = home.Client(attempts: 1);
        await Assert.ThrowsAsync<ZeqUnreachableException>(() => client.Fuel.GetCreditsAsync(Zid));
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_and_not_repeated()
    {
        using var source = new CancellationTokenSource();
        using var home = new ScriptedHome().Do(_ =>
        {
            source.Cancel();
            throw new OperationCanceledException(source.Token);
        });
        using ZeqClient client = home.Client();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Fuel.ClaimAsync(ct: source.Token));
        Assert.Single(home.Requests);
    }

    [Theory]
    [InlineData("http://a.example")]
    [InlineData("http://10.0.0.1:8080")]
    public void Http_to_another_machine_is_refused(string origin)
    {
        using var http = new HttpClient();
        Assert.Throws<ArgumentException>(() => new ZeqClient(http, Origin.Parse(origin)));
        using var allowed = new ZeqClient(http, new ZeqClientOptions { Origin = Origin.Parse(origin), AllowHttp = true });
        using var own = new ZeqClient(http, Origin.Parse("http://127.0.0.1:5000"));
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)' ');
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
