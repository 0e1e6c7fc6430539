using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Zeq.Faults.Tests;

/// <summary>Where a commit is cut off.</summary>
internal enum Cut
{
    /// <summary>The server gets the statements, but never the word that ends them: it rolls back.</summary>
    BeforeCommit,

    /// <summary>The server commits; the node never hears of it.</summary>
    AfterCommit,
}

/// <summary>
/// Stands between a node and its PostgreSQL and reads the frontend/backend protocol as it passes (PostgreSQL manual, "Message Flow"). Armed
/// with a text, it cuts the next commit that carries it.
/// </summary>
internal sealed class CommitProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<TcpClient, byte> _open = new();
    private readonly Func<int> _serverPort;
    private readonly Task _accepting;
    private (Cut Cut, byte[] Marker)? _armed;
    private int _cuts;

    public CommitProxy(Func<int> serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many commits were cut.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>The next commit that has this text among its values is cut.</summary>
    public void Arm(Cut cut, string marker)
    {
        lock (_over)
        {
            _armed = (cut, Encoding.UTF8.GetBytes(marker));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        foreach (TcpClient client in _open.Keys)
        {
            client.Dispose();
        }

        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                TcpClient node = await _listener.AcceptTcpClientAsync(_over.Token);
                _ = Task.Run(() => ServeAsync(node));
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient node)
    {
        using var server = new TcpClient();
        using (node)
        {
            _open[node] = _open[server] = 0;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _serverPort(), _over.Token);
                node.NoDelay = server.NoDelay = true;
                var link = new Link(this, node.GetStream(), server.GetStream());
                await Task.WhenAny(link.FromNodeAsync(_over.Token), link.FromServerAsync(_over.Token));
            }
            catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A cut, or one of the two has gone.
            }
            finally
            {
                _open.TryRemove(node, out _);
                _open.TryRemove(server, out _);
            }
        }
    }

    private Cut? Claim(ReadOnlySpan<byte> batch)
    {
        lock (_over)
        {
            if (_armed is not { } armed || batch.IndexOf(armed.Marker) < 0)
            {
                return null;
            }

            _armed = null;
            Interlocked.Increment(ref _cuts);
            return armed.Cut;
        }
    }

    /// <summary>One connection. Messages up to a Sync or a simple query are one batch; one with a statement that writes is a commit.</summary>
    private sealed class Link(CommitProxy proxy, NetworkStream node, NetworkStream server)
    {
        private const byte Parse = (byte)'P';
        private const byte Bind = (byte)'B';
        private const byte Sync = (byte)'S';
        private const byte Query = (byte)'Q';
        private const byte ReadyForQuery = (byte)'Z';

        private readonly Dictionary<string, string> _statements = new(StringComparer.Ordinal);
        private volatile bool _isSwallowing;

        public async Task FromNodeAsync(CancellationToken cancellationToken)
        {
            // The first message has a length and no type.
            byte[] first = new byte[4];
            await node.ReadExactlyAsync(first, cancellationToken);
            byte[] rest = new byte[BinaryPrimitives.ReadInt32BigEndian(first) - 4];
            await node.ReadExactlyAsync(rest, cancellationToken);
            await server.WriteAsync((byte[])[.. first, .. rest], cancellationToken);

            var batch = new MemoryStream();
            bool isCommit = false;
            while (true)
            {
                (byte type, byte[] message) = await ReadAsync(node, cancellationToken);
                isCommit |= Writes(type, message.AsSpan(5));
                if (type is not (Sync or Query))
                {
                    batch.Write(message);
                    if (type is Parse or Bind or (byte)'D' or (byte)'E' or (byte)'C')
                    {
                        continue;
                    }
                }
                else if (isCommit && proxy.Claim(batch.ToArray()) is { } cut)
                {
                    if (cut == Cut.BeforeCommit)
                    {
                        await server.WriteAsync(batch.ToArray(), cancellationToken);
                        await Task.Delay(50, cancellationToken);
                        throw new IOException("Cut.");
                    }

                    batch.Write(message);
                    _isSwallowing = true;
                }
                else
                {
                    batch.Write(message);
                }

                await server.WriteAsync(batch.ToArray(), cancellationToken);
                batch.SetLength(0);
                isCommit = false;
            }
        }

        public async Task FromServerAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                (byte type, byte[] message) = await ReadAsync(server, cancellationToken);
                if (!_isSwallowing)
                {
                    await node.WriteAsync(message, cancellationToken);
                }
                else if (type == ReadyForQuery)
                {
                    throw new IOException("Cut.");
                }
            }
        }

        private bool Writes(byte type, ReadOnlySpan<byte> body)
        {
            switch (type)
            {
                case Parse:
                    string name = Text(ref body);
                    _statements[name] = Text(ref body);
                    return false;
                case Bind:
                    Text(ref body);
                    string sql = _statements.GetValueOrDefault(Text(ref body), "");
                    return sql.Contains("INSERT INTO", StringComparison.Ordinal) || sql.Contains("UPDATE ", StringComparison.Ordinal) && !sql.Contains("FOR UPDATE", StringComparison.Ordinal);
                default:
                    return false;
            }
        }

        private static string Text(ref ReadOnlySpan<byte> body)
        {
            int end = body.IndexOf((byte)0);
            string text = Encoding.UTF8.GetString(body[..end]);
            body = body[(end + 1)..];
            return text;
        }

        private static async Task<(byte Type, byte[] Message)> ReadAsync(NetworkStream from, CancellationToken cancellationToken)
        {
            byte[] head = new byte[5];
            await from.ReadExactlyAsync(head, cancellationToken);
            int length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1));
            byte[] message = new byte[1 + length];
            head.CopyTo(message, 0);
            await from.ReadExactlyAsync(message.AsMemory(5), cancellationToken);
            return (head[0], message);
        }
    }
}
