using System.Net;
using Microsoft.AspNetCore.Http;
using Zeq.Crypto;
using Zeq.Hosting;
using Zeq.Protocol;

namespace Zeq.Simulation;

/// <summary>The routes of a home without a web server: a request goes to the dispatcher as Kestrel would hand it over.</summary>
internal sealed class Doors(HomeServices services)
{
    private static readonly (ApiRoute Route, string[] Parts)[] Routes =
        [.. ApiRoutes.All(new ZeqOptions()).Select(route => (route, route.Pattern.Split('/')))];

    private readonly ApiDispatcher _dispatcher = new(services);

    public async Task<Answer> AskAsync(Ask ask, CancellationToken aborted)
    {
        var http = new DefaultHttpContext { RequestAborted = aborted };
        http.Connection.RemoteIpAddress = IPAddress.Loopback;
        http.Request.Method = ask.Method;
        http.Request.Path = ask.Path;
        if (ask.Body is { } body)
        {
            (http.Request.Body, http.Request.ContentLength, http.Request.ContentType) = (new MemoryStream(body), body.Length, "application/json");
        }

        if (ask.Key is { } key)
        {
            http.Request.Headers.Authorization = "Bearer " + key;
        }

        if (ask.IdempotencyKey is { } idempotencyKey)
        {
            http.Request.Headers["Idempotency-Key"] = idempotencyKey;
        }

        var answer = new MemoryStream();
        http.Response.Body = answer;
        await _dispatcher.HandleAsync(http, Route(http.Request));
        return new Answer(http.Response.StatusCode, answer.ToArray(), http.Response.Headers[AnswerSignature.Header]);
    }

    private static ApiRoute Route(HttpRequest request)
    {
        string[] parts = request.Path.Value!.Split('/');
        foreach ((ApiRoute route, string[] pattern) in Routes)
        {
            if (route.Method != request.Method || pattern.Length != parts.Length)
            {
                continue;
            }

            int same = 0;
            while (same < parts.Length && (pattern[same] == parts[same] || pattern[same].StartsWith('{')))
            {
                same++;
            }

            if (same == parts.Length)
            {
                for (int i = 0; i < parts.Length; i++)
                {
                    if (pattern[i].StartsWith('{'))
                    {
                        request.RouteValues[pattern[i][1..^1]] = parts[i];
                    }
                }

                return route;
            }
        }

        throw new SimulationFault($"No route takes {request.Method} {request.Path}.");
    }
}
