using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// One call of a home, with its tries. Answers are read up to a bound, redirects are not followed with a key in hand, and no exception
/// carries the key. Thread-safe.
/// </summary>
internal sealed class ZeqTransport
{
    /// <summary>The longest answer that is read: a page of 500 chain rows with payloads fits.</summary>
    public const int MaxAnswerSizeBytes = 64 << 20;

    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http;
    private readonly ZeqClientOptions _options;
    private readonly Uri _base;

    public ZeqTransport(HttpClient http, ZeqClientOptions options)
    {
        options.Validate();
        _http = http;
        _options = options;
        _base = new Uri(options.Origin.Text + "/");
    }

    public Origin Origin => _options.Origin;

    public TimeProvider Time => _options.TimeProvider;

    /// <summary>A read.</summary>
    public Task<TAnswer> GetAsync<TAnswer>(string path, JsonTypeInfo<TAnswer> answer, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, path, null, Repeat.Safe, null, answer, ct);

    /// <summary>A read whose bytes matter.</summary>
    public Task<byte[]> GetBytesAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, Repeat.Safe, null, ct);

    /// <summary>A call with a body.</summary>
    public Task<TAnswer> SendAsync<TBody, TAnswer>(
        HttpMethod method, string path, TBody body, JsonTypeInfo<TBody> bodyType, Repeat repeat, string? idempotencyKey, JsonTypeInfo<TAnswer> answer, CancellationToken ct) =>
        SendAsync(method, path, JsonSerializer.SerializeToUtf8Bytes(body, bodyType), repeat, idempotencyKey, answer, ct);

    /// <summary>A call without a body, or with one that is bytes already.</summary>
    public async Task<TAnswer> SendAsync<TAnswer>(
        HttpMethod method, string path, byte[]? body, Repeat repeat, string? idempotencyKey, JsonTypeInfo<TAnswer> answer, CancellationToken ct)
    {
        byte[] bytes = await SendAsync(method, path, body, repeat, idempotencyKey, ct).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(bytes, answer) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            // The parser's message may quote the text, and the text may hold a key.
            throw new ZeqUnreachableException("The answer is not one of this protocol.");
        }
    }

    /// <summary>Makes one of the refusals that the client itself finds in an answer.</summary>
    public static ZeqUnreachableException Nonsense(string sentence) => new(sentence);

    /// <summary>Opens a stream of events, once; the answer's head has to come within an attempt's time, its events whenever they do.</summary>
    /// <param name="path">The route.</param>
    /// <param name="lastEventId">The last event that was seen.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<Stream> OpenAsync(string path, string lastEventId, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_base, path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        if (_options.Key is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        using var timeout = new CancellationTokenSource(_options.AttemptTimeout, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            RefuseStrangers(response, null);
            if (!response.IsSuccessStatusCode)
            {
                throw Refusal(response, await ReadAsync(response.Content, null, both.Token).ConfigureAwait(false), null);
            }

            if (response.Content.Headers.ContentType?.MediaType != "text/event-stream")
            {
                throw new ZeqUnreachableException("The answer is no stream of events.");
            }

            Stream stream = await response.Content.ReadAsStreamAsync(both.Token).ConfigureAwait(false);
            response = null;
            return stream;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new ZeqUnreachableException($"{_options.Origin} did not answer in time.");
        }
        catch (HttpRequestException e)
        {
            throw new ZeqUnreachableException($"{_options.Origin} cannot be reached: {Reason(e)}.", null, e);
        }
        catch (IOException e)
        {
            throw new ZeqUnreachableException($"{_options.Origin} broke off its answer.", null, e);
        }
        finally
        {
            response?.Dispose();
        }
    }

    private async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, Repeat repeat, string? idempotencyKey, CancellationToken ct)
    {
        string? callKey = repeat == Repeat.WithKey ? CheckedKey(idempotencyKey) ?? Hex.Encode(RandomNumberGenerator.GetBytes(16)) : null;
        int attempts = repeat == Repeat.Never ? 1 : _options.MaxAttempts;
        for (int attempt = 1; ; attempt++)
        {
            Exception failure;
            TimeSpan? asked = null;
            try
            {
                return await TryOnceAsync(method, path, body, callKey, ct).ConfigureAwait(false);
            }
            catch (ZeqUnreachableException unreachable)
            {
                failure = unreachable;
            }
            catch (ZeqApiException refusal) when (refusal.Status == (int)HttpStatusCode.ServiceUnavailable)
            {
                failure = refusal;
                asked = refusal.RetryAfter;
            }

            if (attempt >= attempts)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
            }

            await Task.Delay(WaitBefore(attempt, asked), _options.TimeProvider, ct).ConfigureAwait(false);
        }
    }

    private TimeSpan WaitBefore(int attempt, TimeSpan? asked)
    {
        TimeSpan backoff = _options.RetryDelay * (1 << (attempt - 1));
        // A quarter of jitter, so that clients that failed together do not come back together.
        backoff *= 1 + (RandomNumberGenerator.GetInt32(0, 256) / 1024.0);
        TimeSpan wait = asked is { } wish && wish > backoff ? wish : backoff;
        return wait > _options.MaxRetryDelay ? _options.MaxRetryDelay : wait;
    }

    private async Task<byte[]> TryOnceAsync(HttpMethod method, string path, byte[]? body, string? callKey, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(_base, path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (_options.Key is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (callKey is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", callKey);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = Json;
        }

        using var timeout = new CancellationTokenSource(_options.AttemptTimeout, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            RefuseStrangers(response, callKey);
            byte[] bytes = await ReadAsync(response.Content, callKey, both.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? bytes : throw Refusal(response, bytes, callKey);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new ZeqUnreachableException($"{_options.Origin} did not answer in time.", callKey);
        }
        catch (HttpRequestException e)
        {
            throw new ZeqUnreachableException($"{_options.Origin} cannot be reached: {Reason(e)}.", callKey, e);
        }
        catch (IOException e)
        {
            throw new ZeqUnreachableException($"{_options.Origin} broke off its answer.", callKey, e);
        }
    }

    /// <summary>A redirect, or an answer from elsewhere than the dialled origin, is no answer of this home.</summary>
    private void RefuseStrangers(HttpResponseMessage response, string? callKey)
    {
        bool elsewhere = response.RequestMessage?.RequestUri is { } uri && !(uri.Scheme == _base.Scheme && uri.Authority == _base.Authority);
        if (elsewhere || (int)response.StatusCode is >= 300 and < 400)
        {
            throw new ZeqUnreachableException($"{_options.Origin} points elsewhere; a redirect is not followed.", callKey);
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, string? callKey, CancellationToken ct)
    {
        if (content.Headers.ContentLength > MaxAnswerSizeBytes)
        {
            throw new ZeqUnreachableException("The answer is too large.", callKey);
        }

        using Stream stream = await content.ReadAsStreamAsync(ct).ConfigureAwait(false);
        using var all = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        int read;
        while ((read = await stream.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0)
        {
            if (all.Length + read > MaxAnswerSizeBytes)
            {
                throw new ZeqUnreachableException("The answer is too large.", callKey);
            }

            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private Exception Refusal(HttpResponseMessage response, byte[] bytes, string? callKey)
    {
        int status = (int)response.StatusCode;
        TimeSpan? retryAfter = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } when date > _options.TimeProvider.GetUtcNow() => date - _options.TimeProvider.GetUtcNow(),
            _ => null,
        };
        ErrorAnswer? answer = null;
        try
        {
            answer = JsonSerializer.Deserialize(bytes, WireJson.Default.ErrorAnswer);
        }
        catch (JsonException)
        {
            // Said below, by the status alone.
        }

        if (answer is { Code: { } code, Error: { } error })
        {
            return new ZeqApiException(status, Clean(code), Clean(error), [.. (answer.Details ?? []).Select(Clean)], retryAfter, callKey);
        }

        string number = status.ToString(CultureInfo.InvariantCulture);
        return status >= 500 && status != (int)HttpStatusCode.ServiceUnavailable
            ? new ZeqUnreachableException($"{_options.Origin} answered {number} without a word of this protocol.", callKey)
            : new ZeqApiException(status, $"HTTP_{number}", $"{_options.Origin} answered {number} without a word of this protocol.", [], retryAfter, callKey);
    }

    private ErrorDetail Clean(ErrorDetail detail) => new(Clean(detail.Subject ?? ""), Clean(detail.Code ?? ""), Clean(detail.Message ?? ""), detail.TokenId is { } token ? Clean(token) : null);

    /// <summary>A stranger's sentence for logs and terminals: no control characters, not endless, and never the caller's key.</summary>
    private string Clean(string text)
    {
        string safe = _options.Key is { } key ? text.Replace(key, "…", StringComparison.Ordinal) : text;
        var clean = new StringBuilder(Math.Min(safe.Length, 1024));
        foreach (char c in safe.AsSpan(0, Math.Min(safe.Length, 1024)))
        {
            clean.Append(char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? ' ' : c);
        }

        return clean.ToString();
    }

    private static string? CheckedKey(string? key) =>
        key is null || (key.Length is >= 1 and <= 128 && key.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0)
            ? key
            : throw new ArgumentException("An Idempotency-Key is 1 to 128 printable ASCII characters.", nameof(key));

    private static string Reason(HttpRequestException e) => e.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the name is not known",
        HttpRequestError.ConnectionError => "the connection failed",
        HttpRequestError.SecureConnectionError => "the certificate or the TLS handshake was refused",
        HttpRequestError.ResponseEnded => "the answer broke off",
        _ => "the exchange failed",
    };
}
