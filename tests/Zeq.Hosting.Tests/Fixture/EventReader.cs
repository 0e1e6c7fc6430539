using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Zeq.Hosting.Tests;

/// <summary>One event of a stream.</summary>
internal sealed record SseEvent(long? Id, string? Name, JsonElement Data);

/// <summary>A client of server-sent events on a plain socket: it sees every line, heartbeats included, and can stop to read.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly TcpClient _client;
    private readonly StreamReader _lines;

    private EventReader(TcpClient client, StreamReader lines) => (_client, _lines) = (client, lines);

    public int Status { get; private set; }

    /// <summary>The head of the answer, as it came.</summary>
    public string Head { get; private set; } = "";

    /// <summary>The comments that were seen.</summary>
    public List<string> Comments { get; } = [];

    public static async Task<EventReader> OpenAsync(TestHome home, string path, string? key = null, long? lastEventId = null, int receiveBuffer = 0)
    {
        var client = new TcpClient();
        if (receiveBuffer > 0)
        {
            client.ReceiveBufferSize = receiveBuffer;
        }

        await client.ConnectAsync("127.0.0.1", home.Port);
        NetworkStream stream = client.GetStream();
        string head = $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{home.Port}\r\nAccept: text/event-stream\r\n"
            + (key is null ? "" : $"Authorization: Bearer {key}\r\n")
            + (lastEventId is { } id ? string.Create(CultureInfo.InvariantCulture, $"Last-Event-ID: {id}\r\n") : "") + "\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
        var reader = new EventReader(client, new StreamReader(stream, Encoding.UTF8, false, 1024));
        string first = await reader._lines.ReadLineAsync() ?? throw new IOException("closed");
        reader.Status = int.Parse(first.Split(' ')[1], CultureInfo.InvariantCulture);
        var lines = new StringBuilder(first);
        while (await reader._lines.ReadLineAsync() is { Length: > 0 } line)
        {
            lines.Append('\n').Append(line);
        }

        reader.Head = lines.ToString();
        return reader;
    }

    /// <summary>The next event; null at the end of the stream. Chunk sizes of the transfer stand on lines of their own and are skipped.</summary>
    public async Task<SseEvent?> NextAsync(CancellationToken cancellationToken = default)
    {
        long? id = null;
        string? name = null;
        string? data = null;
        while (true)
        {
            string? line;
            try
            {
                line = await _lines.ReadLineAsync(cancellationToken);
            }
            catch (IOException)
            {
                return null;
            }

            if (line is null)
            {
                return null;
            }

            if (line.StartsWith(':'))
            {
                Comments.Add(line);
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = long.Parse(line[4..], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                name = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                data = line[6..];
            }
            else if (line.Length == 0 && data is not null)
            {
                using JsonDocument document = JsonDocument.Parse(data);
                return new SseEvent(id, name, document.RootElement.Clone());
            }
            else if (line == "0" && data is null)
            {
                return null;
            }
        }
    }

    /// <summary>Events until there are so many.</summary>
    public async Task<List<SseEvent>> TakeAsync(int count, CancellationToken cancellationToken = default)
    {
        var events = new List<SseEvent>();
        while (events.Count < count)
        {
            events.Add(await NextAsync(cancellationToken) ?? throw new IOException($"the stream ended after {events.Count} events"));
        }

        return events;
    }

    public void Dispose()
    {
        _lines.Dispose();
        _client.Dispose();
    }
}
