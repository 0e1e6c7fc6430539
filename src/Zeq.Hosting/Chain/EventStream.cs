using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>
/// One client's stream of server-sent events: a heartbeat every 15 seconds, an end when the node stops or the client goes. A client that
/// does not read holds a buffer of its own and nothing else. Not thread-safe.
/// </summary>
internal sealed class EventStream : IDisposable
{
    /// <summary>An event that brings the buffer above this is the last of its write.</summary>
    public const int WriteSizeBytes = 64 * 1024;

    /// <summary>How long a stream that hears nothing waits before it looks at the store.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private const int FirstSizeBytes = 4 * 1024;
    private static readonly TimeSpan HeartbeatEvery = TimeSpan.FromSeconds(15);

    private readonly HttpResponse _response;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end;
    private ArrayBufferWriter<byte> _buffer = new(FirstSizeBytes);
    private long _lastWrite;

    public EventStream(ApiCall call)
    {
        (_response, _time) = (call.Http.Response, call.Home.Time);
        _end = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, call.Services.Stopping);
    }

    /// <summary>Cancelled when the client has gone or the node stops.</summary>
    public CancellationToken End => _end.Token;

    /// <summary>Whether a write is due before more events are read.</summary>
    public bool IsFull => _buffer.WrittenCount >= WriteSizeBytes;

    /// <summary>
    /// Runs a stream to its end. What fails in it after its head was sent cannot be answered any more: the connection is cut, and the
    /// client resumes where it stands.
    /// </summary>
    public static async Task<Reply> RunAsync(ApiCall call, string client, Func<EventStream, Task> run)
    {
        using IDisposable? seat = call.Services.Streams.TryTake(client);
        if (seat is null)
        {
            return call.Refuse(RejectionCode.Busy, "Too many streams are open.");
        }

        using var stream = new EventStream(call);
        try
        {
            await stream.BeginAsync().ConfigureAwait(false);
            await run(stream).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stream._end.IsCancellationRequested)
        {
            call.Http.Abort();
        }
        catch (StoreException)
        {
            call.Http.Abort();
        }

        return Reply.Streamed;
    }

    /// <summary>Adds an event to the next write.</summary>
    public void Add(long? id, ReadOnlySpan<byte> json)
    {
        if (id is { } number)
        {
            Append(string.Create(CultureInfo.InvariantCulture, $"id: {number}\n"));
        }

        _buffer.Write("data: "u8);
        _buffer.Write(json);
        _buffer.Write("\n\n"u8);
    }

    /// <summary>Adds an event of a name that carries no row.</summary>
    public void AddNotice(string name) => Append($"event: {name}\ndata: {{}}\n\n");

    /// <summary>Sends what was added; whether there was anything.</summary>
    public async ValueTask<bool> SendAsync()
    {
        if (_buffer.WrittenCount == 0)
        {
            return false;
        }

        await _response.Body.WriteAsync(_buffer.WrittenMemory, End).ConfigureAwait(false);
        await _response.Body.FlushAsync(End).ConfigureAwait(false);
        _lastWrite = _time.GetTimestamp();
        if (_buffer.Capacity > 2 * WriteSizeBytes)
        {
            // One large row is not remembered for as long as the stream lasts.
            _buffer = new ArrayBufferWriter<byte>(FirstSizeBytes);
        }
        else
        {
            _buffer.Clear();
        }

        return true;
    }

    /// <summary>Waits for a signal, a second at most; sends a heartbeat where one is due.</summary>
    public async ValueTask WaitAsync(Task signal)
    {
        if (_time.GetElapsedTime(_lastWrite) >= HeartbeatEvery)
        {
            Append(":heartbeat\n\n");
            await SendAsync().ConfigureAwait(false);
        }

        await signal.WaitAsync(LookEvery, _time, End).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _end.Dispose();

    private async ValueTask BeginAsync()
    {
        _response.ContentType = "text/event-stream";
        _response.Headers.CacheControl = "no-store";
        _response.Headers.XContentTypeOptions = "nosniff";

        // Says to proxies in between that events are not to be collected.
        _response.Headers["X-Accel-Buffering"] = "no";
        Append(":open\n\n");
        await SendAsync().ConfigureAwait(false);
    }

    private void Append(string text) => Encoding.UTF8.GetBytes(text, _buffer);
}
