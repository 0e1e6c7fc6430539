using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Zeq.Client;

/// <summary>
/// Calls homes of strangers (spec 00, "Talking to another home"; spec 05 rule 15). Whatever the peer does, a call ends within
/// <see cref="PeerPolicy.Timeout"/>, reads a bounded answer and comes back as a value; only public addresses are dialled,
/// redirects are not followed, and a peer that keeps failing is left alone. One instance serves a whole home, so that its
/// limits mean something. Thread-safe.
/// </summary>
/// <remarks>
/// A caller beyond <see cref="PeerPolicy.MaxConcurrentPerKey"/> is refused at once. A call that finds its peer or the home
/// busy waits in a bounded line for as long as its own time lasts. Every try counts for the breaker, which only a
/// <see cref="PeerUnreachable"/> can open: a 4xx, 429 included, is an answer.
/// </remarks>
public sealed class PeerHttp : IPeerCalls
{
    /// <summary>The longest body that may be sent: a home refuses more (spec 00, "Answers").</summary>
    public const int MaxRequestBytes = 256 * 1024;

    private static readonly SearchValues<char> PathChars = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@%/?|");

    private readonly PeerPolicy _policy;
    private readonly TimeProvider _time;
    private readonly CallGate _gate;
    private readonly CircuitBreaker _breaker;
    private readonly HttpMessageInvoker _http;

    /// <summary>Makes a caller with its own limits, breaker and connections.</summary>
    /// <param name="policy">Null for the defaults.</param>
    /// <param name="resolver">Null for the operating system's.</param>
    /// <param name="time">Null for the system's.</param>
    /// <exception cref="ArgumentException">A value of the policy is outside its range.</exception>
    public PeerHttp(PeerPolicy? policy = null, IHostResolver? resolver = null, TimeProvider? time = null)
        : this(policy, resolver, time, null)
    {
    }

    internal PeerHttp(PeerPolicy? policy, IHostResolver? resolver, TimeProvider? time, X509Certificate2Collection? roots)
    {
        _policy = policy ?? new PeerPolicy();
        _policy.Validate();
        _time = time ?? TimeProvider.System;
        _gate = new CallGate(_policy);
        _breaker = new CircuitBreaker(_policy, _time);
        _http = new HttpMessageInvoker(new PeerDialer(_policy, resolver ?? new SystemHostResolver(), _time).CreateHandler(roots));
    }

    /// <summary>Makes one call.</summary>
    /// <param name="request">What to ask of whom. A malformed <see cref="PeerRequest.Origin"/> is a refusal, not an exception.</param>
    /// <param name="cancellationToken">Gives the call up. The peer may have got it all the same.</param>
    /// <exception cref="ArgumentException">Method, path or body are not what <see cref="PeerRequest"/> says.</exception>
    /// <exception cref="OperationCanceledException">The caller gave the call up.</exception>
    public async Task<PeerResult> SendAsync(PeerRequest request, CancellationToken cancellationToken = default)
    {
        Check(request);
        cancellationToken.ThrowIfCancellationRequested();
        var start = _time.GetTimestamp();
        PeerResult? result = null;
        try
        {
            return result = await GuardAsync(request, start, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            PeerMetrics.Record(result, _time.GetElapsedTime(start));
        }
    }

    /// <summary>Closes the connections; calls under way fail.</summary>
    public void Dispose() => _http.Dispose();

    private async Task<PeerResult> GuardAsync(PeerRequest request, long start, CancellationToken caller)
    {
        if (!PeerOrigin.TryParse(request.Origin, _policy.AllowLoopback, out var origin)
            || (_policy.AllowedOrigins.Count > 0 && !_policy.AllowedOrigins.Contains(origin)))
        {
            return new PeerRefusedLocally(PeerRefusal.OriginNotAllowed);
        }

        using var limit = new CancellationTokenSource(_policy.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, caller);
        using var place = await _gate.EnterAsync(origin, request.Key, either.Token).ConfigureAwait(false);
        caller.ThrowIfCancellationRequested();
        return place is null
            ? new PeerRefusedLocally(PeerRefusal.TooManyCalls)
            : await TryAsync(origin, request, start, either.Token, caller).ConfigureAwait(false);
    }

    private async Task<PeerResult> TryAsync(string origin, PeerRequest request, long start, CancellationToken either, CancellationToken caller)
    {
        PeerUnreachable? last = null;
        for (var tries = 1; ; tries++)
        {
            Try outcome;
            using (var pass = _breaker.TryEnter(origin))
            {
                if (pass is null)
                {
                    return (PeerResult?)last ?? new PeerRefusedLocally(PeerRefusal.BreakerOpen);
                }

                outcome = await TryOnceAsync(origin, request, either, caller).ConfigureAwait(false);
                switch (outcome.Result)
                {
                    case PeerAnswer:
                        pass.Succeeded();
                        break;
                    case PeerUnreachable:
                        pass.Failed();
                        break;
                }
            }

            if (outcome.Result is not PeerUnreachable failed)
            {
                // A refusal after a try that was made does not undo that try.
                return outcome.Result is PeerRefusedLocally && last is not null ? last : outcome.Result;
            }

            last = new PeerUnreachable(failed.Reason, failed.MayHaveArrived || last is { MayHaveArrived: true });
            var pause = Backoff(tries);
            if (!request.IsIdempotent || !outcome.IsWorthRepeating || tries == _policy.MaxTries
                || _time.GetElapsedTime(start) + pause >= _policy.Timeout)
            {
                return last;
            }

            try
            {
                await Task.Delay(pause, _time, either).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!caller.IsCancellationRequested)
            {
                return last;
            }
        }
    }

    private async Task<Try> TryOnceAsync(string origin, PeerRequest request, CancellationToken either, CancellationToken caller)
    {
        using var message = new HttpRequestMessage(
            new HttpMethod(request.Method),
            new Uri(origin + request.Path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        message.Headers.TryAddWithoutValidation("Accept", "application/json");

        // Also an empty body has a content: it tells whether the request left.
        var content = request.Method == "GET" ? null : new PeerContent(request.Body);
        message.Content = content;
        try
        {
            using var response = await _http.SendAsync(message, either).ConfigureAwait(false);
            var (answer, failure) = await PeerAnswerReader.ReadAsync(response, _policy.MaxAnswerBytes, either).ConfigureAwait(false);
            return answer is not null
                ? new Try(answer, false)
                : new Try(new PeerUnreachable(failure, true), failure == PeerFailure.ServerError && response.Headers.RetryAfter is null);
        }
        catch (OperationCanceledException) when (!caller.IsCancellationRequested)
        {
            return new Try(new PeerUnreachable(PeerFailure.Timeout, content?.Started ?? true), !either.IsCancellationRequested);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            caller.ThrowIfCancellationRequested();
            return Judge(e, either.IsCancellationRequested, content);
        }
    }

    private static Try Judge(Exception e, bool isLate, PeerContent? content)
    {
        if (e is AddressRefusedException || e.InnerException is AddressRefusedException)
        {
            return new Try(new PeerRefusedLocally(PeerRefusal.AddressNotPublic), false);
        }

        var error = (e as HttpRequestException)?.HttpRequestError ?? (e as HttpIOException)?.HttpRequestError ?? HttpRequestError.Unknown;
        var (failure, isWorthRepeating) = error switch
        {
            _ when isLate => (PeerFailure.Timeout, false),
            HttpRequestError.NameResolutionError => (PeerFailure.NameNotFound, true),
            HttpRequestError.ConnectionError when IsNameFailure(e) => (PeerFailure.NameNotFound, true),
            HttpRequestError.ConnectionError => (PeerFailure.Connect, true),
            HttpRequestError.SecureConnectionError => (PeerFailure.Tls, false),
            HttpRequestError.ConfigurationLimitExceeded => (PeerFailure.TooLarge, false),
            HttpRequestError.InvalidResponse => (PeerFailure.NotHttp, false),
            _ => (PeerFailure.ConnectionLost, true),
        };
        var arrived = content?.Started
            ?? error is not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError);
        return new Try(new PeerUnreachable(failure, arrived), isWorthRepeating);
    }

    private static bool IsNameFailure(Exception e) => e.InnerException is SocketException
    {
        SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery,
    };

    // Between half and one and a half of the doubled pause, so that callers that failed together do not return together.
    private TimeSpan Backoff(int tries) =>
        _policy.FirstBackoff * (1 << (tries - 1)) * (RandomNumberGenerator.GetInt32(500, 1500) / 1000.0);

    private static void Check(PeerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Method is not ("GET" or "POST" or "PUT" or "PATCH" or "DELETE"))
        {
            throw new ArgumentException("The method is GET, POST, PUT, PATCH or DELETE.", nameof(request));
        }

        if (request.Method == "GET" && request.Body is not null)
        {
            throw new ArgumentException("A GET has no body.", nameof(request));
        }

        if (request.Path is not ['/', ..] || request.Path.StartsWith("//", StringComparison.Ordinal)
            || request.Path.AsSpan().ContainsAnyExcept(PathChars))
        {
            throw new ArgumentException("The path starts with one slash and holds only characters of a path and query.", nameof(request));
        }

        if (request.Body is { Length: > MaxRequestBytes })
        {
            throw new ArgumentException("The body is longer than 256 KiB.", nameof(request));
        }
    }

    private readonly record struct Try(PeerResult Result, bool IsWorthRepeating);
}
