using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Zeq.Benchmarks;

/// <summary>
/// One connection that sends ready bytes and reads one answer: no more of HTTP than a measurement needs, so that the client leaves the
/// processors to the server.
/// </summary>
internal sealed class SocketClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16_384];

    /// <summary>The bytes of the newest answer's body.</summary>
    public ReadOnlySpan<byte> Body => _buffer.AsSpan(BodyStart, BodySize);

    /// <summary>Where the body begins, which is the size of the head.</summary>
    public int BodyStart { get; private set; }

    public int BodySize { get; private set; }

    public ValueTask ConnectAsync(IPEndPoint server) => _socket.ConnectAsync(server, CancellationToken.None);

    /// <summary>Sends a request and reads its answer whole.</summary>
    /// <returns>The status.</returns>
    public async ValueTask<int> AskAsync(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request).ConfigureAwait(false);
        int count = 0;
        int end = -1;
        while (end < 0 || count < end)
        {
            int read = await _socket.ReceiveAsync(_buffer.AsMemory(count)).ConfigureAwait(false);
            if (read == 0)
            {
                throw new IOException("The server closed the connection.");
            }

            count += read;
            end = end < 0 ? EndOf(_buffer.AsSpan(0, count)) : end;
        }

        return Utf8Parser.TryParse(_buffer.AsSpan(9, 3), out int status, out _) ? status : throw new IOException("The answer has no status.");
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Where the answer ends; -1 while its head is not whole.</summary>
    private int EndOf(ReadOnlySpan<byte> answer)
    {
        int head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return -1;
        }

        int length = answer[..head].IndexOf("\r\nContent-Length: "u8);
        BodyStart = head + 4;
        BodySize = length >= 0 && Utf8Parser.TryParse(answer[(length + 18)..], out int size, out _) ? size : throw new IOException("The answer has no Content-Length.");
        return BodyStart + BodySize;
    }
}
