using System.Net;
using System.Text;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Client.Tests;

/// <summary>Answers a client's requests from a script, and remembers what was asked. No network.</summary>
internal sealed class ScriptedHome : HttpMessageHandler
{
    public const string Key = "zeq_ak_TESTTESTTESTTESTTESTTESTTESTTESTTESTTESTTESTT";
    public static readonly Origin Origin = Origin.Parse("https://a.example");

    private readonly Queue<Func<HttpRequestMessage, HttpResponseMessage>> _script = new();

    public List<Seen> Requests { get; } = [];

    public ZeqClient Client(string? key = Key, TimeProvider? time = null, int attempts = 4) => new(new HttpClient(this), new ZeqClientOptions
    {
        Origin = Origin, Key = key, TimeProvider = time ?? TimeProvider.System, RetryDelay = TimeSpan.Zero, MaxRetryDelay = TimeSpan.Zero, MaxAttempts = attempts,
    });

    public ScriptedHome Answer(int status, string body, Action<HttpResponseMessage>? shape = null) => Do(request =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json"), RequestMessage = request };
        shape?.Invoke(response);
        return response;
    });

    public ScriptedHome Refuse(int status, string code, string error = "No.") =>
        Answer(status, $$"""{"ok":false,"error":"{{error}}","code":"{{code}}","zeqond":1,"phase":0.5}""");

    public ScriptedHome Break() => Do(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));

    public ScriptedHome Do(Func<HttpRequestMessage, HttpResponseMessage> answer)
    {
        _script.Enqueue(answer);
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.Add(new Seen(
            request.Method.Method, request.RequestUri!.AbsoluteUri, request.Headers.Authorization?.ToString(),
            request.Headers.TryGetValues("Idempotency-Key", out IEnumerable<string>? keys) ? string.Join(',', keys) : null,
            request.Content?.Headers.ContentType?.ToString(), request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken)));
        return _script.Count > 0 ? _script.Dequeue()(request) : throw new InvalidOperationException("The script is over.");
    }

    internal sealed record Seen(string Method, string Url, string? Authorization, string? IdempotencyKey, string? ContentType, string? Body);
}
