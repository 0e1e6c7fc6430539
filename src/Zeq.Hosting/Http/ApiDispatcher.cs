using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// Takes every request through the same checks in the same order (spec 00, "Settled points"): limits, 413, 401, 415, 400, then the
/// handler; and writes every answer.
/// </summary>
internal sealed class ApiDispatcher(HomeServices services)
{
    private const int RetrySeconds = 1;
    private readonly IdempotencyGate _gate = new();

    /// <summary>Answers one request of a route.</summary>
    public async Task HandleAsync(HttpContext http, ApiRoute route)
    {
        long began = Stopwatch.GetTimestamp();
        var call = new ApiCall(http, route, services);
        Reply reply;
        try
        {
            reply = await AnswerAsync(call).ConfigureAwait(false);
            ExploreTicket.Strip(http.Request);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (BadHttpRequestException bad)
        {
            reply = call.Refuse(bad.StatusCode == 413 ? RejectionCode.TooLarge : RejectionCode.InvalidRequest, "The request could not be read.");
        }
        catch (StoreException failure)
        {
            reply = failure.OutcomeUnknown
                ? call.Refuse(RejectionCode.OutcomeUnknown, "The store's answer was lost; ask again with the same Idempotency-Key to learn the outcome.")
                : call.Refuse(RejectionCode.StorageUnavailable, "The store cannot take this now; nothing changed.");
        }
#pragma warning disable CA1031 // Whatever a handler throws is a bug of its own: the caller gets a 500, the node goes on.
        catch (Exception bug)
        {
            if (bug is not CommandException)
            {
                HostLog.RequestFault(services.Log, route.Method, route.Pattern, bug);
            }

            reply = call.Refuse(RejectionCode.InternalError, "The home failed on this request; nothing changed.");
        }
#pragma warning restore CA1031

        try
        {
            await WriteAsync(call, reply).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The client has gone; what was committed stays, and a retry learns it.
        }

        HostMetrics.Request(route, http.Response.StatusCode, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Answers a request that no route takes.</summary>
    public Task HandleUnknownAsync(HttpContext http, IReadOnlyCollection<string> allowed)
    {
        var route = new ApiRoute(http.Request.Method, "unknown", "") { Handle = _ => Task.FromResult(Reply.Streamed) };
        var call = new ApiCall(http, route, services);
        if (allowed.Count == 0)
        {
            return WriteAsync(call, call.Refuse(RejectionCode.NotFound, "There is no such route."));
        }

        http.Response.Headers.Allow = string.Join(", ", allowed);
        return WriteAsync(call, call.Refuse(RejectionCode.MethodNotAllowed, "This route takes another method."));
    }

    private async Task<Reply> AnswerAsync(ApiCall call)
    {
        HttpRequest request = call.Http.Request;
        if (request.ContentLength > RequestBody.MaxBytes)
        {
            return call.Refuse(RejectionCode.TooLarge, "The body is larger than 256 KiB.");
        }

        if (await AuthorizeAsync(call).ConfigureAwait(false) is { } unauthorized)
        {
            return unauthorized;
        }

        if (services.Limits.TryTake(call.Route.RateLimit, call.ClientId) is { } wait)
        {
            return Limited(call, wait);
        }

        if (await ReadAsync(call).ConfigureAwait(false) is { } unreadable)
        {
            return unreadable;
        }

        if (!call.Route.IsIdempotent || !request.Headers.TryGetValue("Idempotency-Key", out Microsoft.Extensions.Primitives.StringValues keys))
        {
            return await call.Route.Handle(call).ConfigureAwait(false);
        }

        string key = keys.ToString();
        if (key.Length is 0 or > 128 || key.Any(c => c is < ' ' or > '~'))
        {
            return call.Refuse(RejectionCode.InvalidRequest, "An Idempotency-Key has 1 to 128 printable characters.");
        }

        call.IdempotencyScope = Sha256.HashHexUtf8($"{KeyHash(call)}|{request.Method}|{request.Path.Value}|{key}");
        call.RequestHash = Sha256.HashHex(call.RequestBytes);

        // Equal requests in flight wait for the first, then find its answer kept.
        using (await _gate.EnterAsync(call.IdempotencyScope, call.Aborted).ConfigureAwait(false))
        {
            return await KeptAsync(call).ConfigureAwait(false) ?? await call.Route.Handle(call).ConfigureAwait(false);
        }
    }

    private async ValueTask<Reply?> AuthorizeAsync(ApiCall call)
    {
        RouteAuth auth = call.Route.Auth;
        string address = RateLimits.ClientOf(call.Http.Connection.RemoteIpAddress);
        call.ClientId = address;
        if (auth == RouteAuth.None)
        {
            return null;
        }

        string? presented = Bearer(call.Http.Request);
        if (presented is null)
        {
            return auth == RouteAuth.Optional ? null : Unauthorized(call, address, "This route needs a key: Authorization: Bearer <key>.");
        }

        if (services.IsAdmin(presented))
        {
            call.IsAdmin = true;
            return auth is RouteAuth.Admin or RouteAuth.Optional or RouteAuth.AnyOrAdmin
                ? null
                : call.Refuse(RejectionCode.Forbidden, "The admin key acts for no account; this route takes an account's key.");
        }

        call.KeyHash = NewKey.HashOf(presented);
        call.MaybeCaller = call.KeyHash is { } hash
            ? await services.Keys.FindAsync(hash, Zeqond.FromUnixMs(call.NowMs), call.Aborted).ConfigureAwait(false)
            : null;
        if (call.MaybeCaller is not { } caller)
        {
            return Unauthorized(call, address, "This key opens nothing here.");
        }

        call.ClientId = caller.Zid.Text;
        return auth switch
        {
            RouteAuth.Admin => call.Refuse(RejectionCode.Forbidden, "This route takes the admin key."),
            RouteAuth.Account when !caller.IsAccountKey => call.Refuse(RejectionCode.Forbidden, "This route takes an account key."),
            RouteAuth.Wallet when !caller.IsWallet => call.Refuse(RejectionCode.Forbidden, "This route takes an account key, or an admin key of the ZID's own machine."),
            _ => null,
        };
    }

    private Reply Unauthorized(ApiCall call, string address, string message) =>
        services.Limits.TryTake(RateLimits.Default, address) is { } wait ? Limited(call, wait) : call.Refuse(RejectionCode.Unauthorized, message);

    private static Reply Limited(ApiCall call, int wait) =>
        call.Refuse(RejectionCode.RateLimited, "Too many requests; try again later.") with { RetryAfterSeconds = wait };

    private static string? Bearer(HttpRequest request)
    {
        string? header = request.Headers.Authorization;
        return header is { Length: > 7 and < 512 } && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..].Trim() : null;
    }

    private static string KeyHash(ApiCall call) => Sha256.HashHexUtf8(Bearer(call.Http.Request) ?? "");

    /// <summary>Reads and binds everything that the route declares; the refusal where something has not its form.</summary>
    private static async ValueTask<Reply?> ReadAsync(ApiCall call)
    {
        HttpRequest request = call.Http.Request;
        bool hasBody = call.Route.IsMutation && (request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0);
        if (hasBody && !IsJson(request.ContentType))
        {
            return call.Refuse(RejectionCode.UnsupportedMediaType, "A body is application/json.");
        }

        if (hasBody)
        {
            if (await RequestBody.ReadAsync(request, call.Aborted).ConfigureAwait(false) is not { } bytes)
            {
                return call.Refuse(RejectionCode.TooLarge, "The body is larger than 256 KiB.");
            }

            call.RequestBytes = bytes;
        }

        call.IsRead = true;
        var faults = new List<RejectionDetail>();
        foreach (Field field in call.Route.Path)
        {
            BindText(call, field, request.RouteValues[field.Name] as string, faults);
        }

        foreach (Field field in call.Route.Query)
        {
            Microsoft.Extensions.Primitives.StringValues given = request.Query[field.Name];
            if (given.Count > 1)
            {
                faults.Add(new RejectionDetail(field.Name, field.Code, $"{field.Name} is given more than once."));
            }
            else
            {
                BindText(call, field, given.Count == 0 ? null : given[0], faults);
            }
        }

        // It is bound: whatever looks at the request from here on finds none.
        ExploreTicket.Strip(request);
        if (call.Route.IsMutation)
        {
            using JsonDocument? document = RequestBody.Parse(call.RequestBytes.Length == 0 ? "{}"u8.ToArray() : call.RequestBytes, out string? problem);
            if (document is null)
            {
                return call.Refuse(RejectionCode.InvalidJson, problem!);
            }

            foreach (Field field in call.Route.Body)
            {
                bool isThere = document.RootElement.TryGetProperty(field.Name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;
                if (isThere || field.IsRequired)
                {
                    Bind(call, field, isThere ? value.Clone() : default, faults);
                }
            }
        }

        return faults.Count == 0 ? null : Reply.Refuse(new Rejection(faults[0].Code, faults[0].Message) { Details = faults }, call.NowMs);
    }

    private static void BindText(ApiCall call, Field field, string? text, List<RejectionDetail> faults)
    {
        if (text is not null || field.IsRequired)
        {
            Bind(call, field, text is null ? default : JsonSerializer.SerializeToElement(text, HostJson.Default.String), faults);
        }
    }

    private static void Bind(ApiCall call, Field field, JsonElement json, List<RejectionDetail> faults)
    {
        object? value = field.Read(json, out string? problem);
        if (problem is null)
        {
            call.Bind(field, value);
        }
        else
        {
            faults.Add(new RejectionDetail(field.Name, field.Code, problem));
        }
    }

    private static bool IsJson(string? contentType)
    {
        if (contentType is null || !System.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out System.Net.Http.Headers.MediaTypeHeaderValue? type))
        {
            return false;
        }

        return string.Equals(type.MediaType, "application/json", StringComparison.OrdinalIgnoreCase)
            && (type.CharSet is null || string.Equals(type.CharSet.Trim('"'), "utf-8", StringComparison.OrdinalIgnoreCase));
    }

    private async ValueTask<Reply?> KeptAsync(ApiCall call)
    {
        KeptAnswer? kept = await call.Reader.FindAsync(KeptAnswer.Table, call.IdempotencyScope!, call.Aborted).ConfigureAwait(false);
        if (kept is null || kept.Expires <= Zeqond.FromUnixMs(call.NowMs))
        {
            return null;
        }

        return kept.RequestHash != call.RequestHash
            ? call.Refuse(RejectionCode.IdempotencyMismatch, "This Idempotency-Key came with another body before.")
            : Idempotent<bool>.Open(kept, services.Seal) is { } body ? new Reply((int)kept.Status, body, null, call.NowMs) : null;
    }

    private static async Task WriteAsync(ApiCall call, Reply reply)
    {
        HttpResponse response = call.Http.Response;
        if (reply.Body is null && reply.Why is null)
        {
            return;
        }

        byte[] body = reply.Body ?? JsonSerializer.SerializeToUtf8Bytes(ErrorTable.Answer(reply.Why!, reply.At), WireJson.Default.ErrorAnswer);
        response.StatusCode = reply.Status;
        response.ContentType = reply.ContentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (reply.RetryAfterSeconds is { } seconds || (reply.Status is 429 or 503 && (seconds = RetrySeconds) > 0))
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (reply.Status == 401)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        // What was refused unread is not signed: its request has no digest.
        if (call.Route.SignsAnswer && call.IsRead && reply.Status < 500)
        {
            byte[] text = AnswerSignature.SignedBytes($"{call.Route.Method} {call.Http.Request.Path.Value}", call.RequestBytes, body, Zeqond.FromUnixMs(reply.At));
            response.Headers[AnswerSignature.Header] = call.Context.Keys.Sign(text);
        }

        await response.Body.WriteAsync(body, call.Aborted).ConfigureAwait(false);
    }
}
