using System.Net;
using System.Net.Sockets;

namespace Zeq.Storage.Postgres.Tests;

/// <summary>A way to the server that counts round trips: how often the client spoke after the server had. It can be cut.</summary>
internal sealed class TurnCounter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _server;
    private readonly CancellationTokenSource _end = new();
    private readonly List<Socket> _sockets = [];
    private int _turns;

    public TurnCounter(int server)
    {
        _server = server;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    public int Turns => Volatile.Read(ref _turns);

    /// <summary>Whether the server's answers are kept back and the connection is cut instead.</summary>
    public bool CutsAnswers { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        lock (_sockets)
        {
            _sockets.ForEach(socket => socket.Dispose());
        }

        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptSocketAsync(_end.Token);
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await server.ConnectAsync(IPAddress.Loopback, _server, _end.Token);
                lock (_sockets)
                {
                    _sockets.AddRange([client, server]);
                }

                var connection = new Connection();
                _ = PumpAsync(client, server, connection, isFromClient: true);
                _ = PumpAsync(server, client, connection, isFromClient: false);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Connection connection, bool isFromClient)
    {
        byte[] buffer = new byte[65_536];
        try
        {
            while (await from.ReceiveAsync(buffer, _end.Token) is > 0 and var count)
            {
                if (isFromClient && Interlocked.Exchange(ref connection.HasAnswered, 0) == 1)
                {
                    Interlocked.Increment(ref _turns);
                }
                else if (!isFromClient)
                {
                    Interlocked.Exchange(ref connection.HasAnswered, 1);
                    if (CutsAnswers)
                    {
                        break;
                    }
                }

                await to.SendAsync(buffer.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One end has closed.
        }

        from.Dispose();
        to.Dispose();
    }

    private sealed class Connection
    {
        public int HasAnswered;
    }
}
