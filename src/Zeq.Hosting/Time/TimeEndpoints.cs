using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>The clock (spec 00, "Time").</summary>
internal static class TimeEndpoints
{
    public static IEnumerable<ApiRoute> Routes()
    {
        yield return new ApiRoute("GET", "/api/zeq/pulse", "The clock of this home.")
        {
            Answer = WireJson.Default.PulseAnswer,
            Handle = call => Task.FromResult(call.Ok(Pulse(call.NowMs))),
        };
        yield return new ApiRoute("GET", "/api/zeq/pulse/stream", "The clock, one event per Zeqond.")
        {
            Streams = "text/event-stream",
            Refuses = [RejectionCode.Busy],
            Handle = StreamAsync,
        };
    }

    private static PulseAnswer Pulse(long unixMs)
    {
        Zeqond zeqond = Zeqond.FromUnixMs(unixMs);
        return new PulseAnswer(
            true, zeqond.Value, Zeqond.Phase(unixMs), Protocol.Pulse.RoundedAt(unixMs), KernelConstants.PulseHz, KernelConstants.ZeqondMs, KernelConstants.Alpha, unixMs,
            new Zeqond(zeqond.Value + 1).StartUnixMs - unixMs);
    }

    private static async Task<Reply> StreamAsync(ApiCall call)
    {
        using IDisposable? seat = call.Services.Streams.TryTake(call.ClientId);
        if (seat is null)
        {
            return call.Refuse(RejectionCode.Busy, "Too many streams are open.");
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, call.Services.Stopping);
        HttpResponse response = call.Http.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        long? shown = null;
        while (!end.IsCancellationRequested)
        {
            long now = call.NowMs;
            long zeqond = Zeqond.FromUnixMs(now).Value;
            if (zeqond == shown)
            {
                // The timer was a moment early: a Zeqond is shown once.
                await Task.Delay(TimeSpan.FromMilliseconds(1), call.Home.Time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            shown = zeqond;
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(Pulse(now), WireJson.Default.PulseAnswer);
            await response.Body.WriteAsync((byte[])[.. "event: pulse\ndata: "u8, .. json, .. "\n\n"u8], call.Aborted).ConfigureAwait(false);
            await response.Body.FlushAsync(call.Aborted).ConfigureAwait(false);

            // The wait is by the monotonic clock; each turn looks at the wall clock again, so that nothing drifts.
            long wait = new Zeqond(Zeqond.FromUnixMs(call.NowMs).Value + 1).StartUnixMs - call.NowMs;
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, wait)), call.Home.Time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Reply.Streamed;
    }
}

/// <summary>Counts open streams, by client and in all (spec 05 rule 27).</summary>
internal sealed class StreamSeats(int perClient, int inAll)
{
    private readonly Dictionary<string, int> _open = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _all;

    /// <summary>A seat to be disposed, or null where all are taken.</summary>
    public IDisposable? TryTake(string client)
    {
        lock (_lock)
        {
            int open = _open.GetValueOrDefault(client);
            if (open >= perClient || _all >= inAll)
            {
                return null;
            }

            _open[client] = open + 1;
            _all++;
            return new Seat(this, client);
        }
    }

    private void Leave(string client)
    {
        lock (_lock)
        {
            _all--;
            if (--_open[client] == 0)
            {
                _open.Remove(client);
            }
        }
    }

    private sealed class Seat(StreamSeats seats, string client) : IDisposable
    {
        private StreamSeats? _seats = seats;

        public void Dispose() => Interlocked.Exchange(ref _seats, null)?.Leave(client);
    }
}
