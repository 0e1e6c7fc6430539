using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Zeq.Client.Tests;

/// <summary>A peer on a real loopback socket that may say anything. Each request read is given to the script with its connection.</summary>
internal sealed class RawPeer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly Func<RawPeer, Stream, string, Task> _script;
    private readonly Task _loop;
    private int _connections;
    private int _requests;
    private long _bytesSent;

    public RawPeer(Func<RawPeer, Stream, string, Task> script, IPAddress? address = null)
    {
        _script = script;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        _loop = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Origin => $"http://127.0.0.1:{Port}";

    public int Connections => Volatile.Read(ref _connections);

    public int Requests => Volatile.Read(ref _requests);

    public long BytesSent => Interlocked.Read(ref _bytesSent);

    public CancellationToken Ended => _end.Token;

    public string LastRequest { get; private set; } = "";

    /// <summary>A peer that answers every request with the same text and keeps the connection.</summary>
    public static RawPeer Answering(string answer) => new((peer, stream, _) => peer.WriteAsync(stream, answer));

    public static string Json(int status, string body, string more = "") => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{more}\r\n{body}");

    public async Task WriteAsync(Stream stream, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        await stream.WriteAsync(bytes, Ended);
        Interlocked.Add(ref _bytesSent, bytes.Length);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _loop;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        while (true)
        {
            try
            {
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(Ended)));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(open);
    }

    private async Task ServeAsync(TcpClient client)
    {
        Interlocked.Increment(ref _connections);
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                while (await ReadRequestAsync(stream) is { } request)
                {
                    LastRequest = request;
                    Interlocked.Increment(ref _requests);
                    await _script(this, stream, request);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The caller hung up or the test is over.
            }
        }
    }

    private async Task<string?> ReadRequestAsync(Stream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (true)
        {
            var all = text.ToString();
            var head = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (head >= 0 && all.Length >= head + 4 + ContentLength(all[..head]))
            {
                return all;
            }

            var read = await stream.ReadAsync(buffer, Ended);
            if (read == 0)
            {
                return null;
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
    }

    private static int ContentLength(string head)
    {
        const string Name = "\r\nContent-Length: ";
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head[(at + Name.Length)..].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
