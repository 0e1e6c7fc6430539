using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Zeq.Tunnel;

/// <summary>
/// The listening end of tunnels over TCP (spec 06 rule 11): a connection's first frame is an init with a valid MAC within 5 s, or it is closed, and at most 64 wait to show theirs. What comes in by all of them is
/// one channel, and what is sent goes by the connection of its address.
/// </summary>
public sealed class TcpListenerChannel : IDatagramChannel
{
    /// <summary>The most connections that have not shown an authentic init yet.</summary>
    public const int MaxUnauthenticated = 64;

    private const int WaitingDatagrams = 4_096;
    private const int BatchSizeBytes = 128 * 1024;
    private const int BatchTrains = 64;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly TunnelEndpoint _endpoint;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<PeerAddress, StreamChannel> _connections = new();
    private readonly Channel<(PeerAddress From, byte[] Datagram)> _incoming =
        Channel.CreateBounded<(PeerAddress, byte[])>(new BoundedChannelOptions(WaitingDatagrams) { FullMode = BoundedChannelFullMode.Wait });

    private readonly Task _accepting;
    private int _unauthenticated;

    /// <summary>Listens.</summary>
    /// <param name="endpoint">Knows whether an init is authentic.</param>
    /// <param name="local">The address and port; port 0 for any.</param>
    /// <param name="time">For the 5 s.</param>
    /// <exception cref="SocketException">The address is taken.</exception>
    public TcpListenerChannel(TunnelEndpoint endpoint, IPEndPoint local, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(local);
        _endpoint = endpoint;
        _time = time;
        _socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(local);
            _socket.Listen();
        }
        catch
        {
            _socket.Dispose();
            throw;
        }

        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Connections that showed an authentic init.</summary>
    public int Connections => _connections.Count;

    /// <inheritdoc/>
    public async ValueTask<bool> ReceiveAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        batch.Clear();
        if (!await _incoming.Reader.WaitToReadAsync(cancellationToken))
        {
            return false;
        }

        while (_incoming.Reader.TryPeek(out (PeerAddress From, byte[] Datagram) next) && batch.TryAdd(next.Datagram, next.From))
        {
            _incoming.Reader.TryRead(out _);
        }

        return true;
    }

    /// <inheritdoc/>
    public async ValueTask SendAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var told = new HashSet<PeerAddress>();
        for (int i = 0; i < batch.Count; i++)
        {
            // A connection takes from the batch what is its own.
            PeerAddress to = batch.Trains[i].Address;
            if (told.Add(to) && _connections.TryGetValue(to, out StreamChannel? connection))
            {
                try
                {
                    await connection.SendAsync(batch, cancellationToken);
                }
                catch (Exception gone) when (gone is ObjectDisposedException or InvalidOperationException or SocketException)
                {
                    // It closed meanwhile: lost, as on any network.
                }
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _socket.Dispose();
        await _accepting;
        _incoming.Writer.TryComplete();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new ConcurrentDictionary<Task, bool>();
        while (!_ending.IsCancellationRequested)
        {
            Socket peer;
            try
            {
                peer = await _socket.AcceptAsync(_ending.Token);
            }
            catch (Exception stop) when (stop is OperationCanceledException or ObjectDisposedException)
            {
                break;
            }
            catch (SocketException)
            {
                // That one is gone before it was taken.
                continue;
            }

            if (Interlocked.Increment(ref _unauthenticated) > MaxUnauthenticated)
            {
                Interlocked.Decrement(ref _unauthenticated);
                peer.Dispose();
                continue;
            }

            Task task = ServeAsync(peer);
            serving[task] = true;
            _ = task.ContinueWith(done => serving.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        await Task.WhenAll(serving.Keys);
    }

    private async Task ServeAsync(Socket socket)
    {
        bool isCounted = true;
        PeerAddress from = default;
        StreamChannel? connection = null;
        try
        {
            socket.NoDelay = true;
            from = PeerAddress.From((IPEndPoint)socket.RemoteEndPoint!);
            var stream = new NetworkStream(socket, ownsSocket: true);
            connection = new StreamChannel(stream, from);
            var batch = new DatagramBatch(BatchSizeBytes, BatchTrains);
            using (var patience = new CancellationTokenSource(s_patience, _time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _ending.Token))
            {
                if (!await connection.ReceiveAsync(batch, either.Token) || !_endpoint.IsAuthenticInit(First(batch)) || !_connections.TryAdd(from, connection))
                {
                    return;
                }
            }

            isCounted = false;
            Interlocked.Decrement(ref _unauthenticated);
            do
            {
                await DeliverAsync(batch, from);
            }
            while (await connection.ReceiveAsync(batch, _ending.Token));
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or SocketException or ObjectDisposedException or ChannelClosedException)
        {
            // Too slow, gone, or we are closing.
        }
        finally
        {
            if (isCounted)
            {
                Interlocked.Decrement(ref _unauthenticated);
            }

            if (connection is not null)
            {
                _connections.TryRemove(new KeyValuePair<PeerAddress, StreamChannel>(from, connection));
                await connection.DisposeAsync();
            }

            socket.Dispose();
        }
    }

    private async ValueTask DeliverAsync(DatagramBatch batch, PeerAddress from)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            DatagramTrain train = batch.Trains[i];
            for (int at = 0; at < train.Length; at += train.SegmentSize)
            {
                await _incoming.Writer.WriteAsync((from, batch.Buffer.Slice(train.Offset + at, Math.Min(train.SegmentSize, train.Length - at)).ToArray()), _ending.Token);
            }
        }
    }

    private static ReadOnlySpan<byte> First(DatagramBatch batch)
    {
        DatagramTrain train = batch.Trains[0];
        return batch.Buffer.Slice(train.Offset, Math.Min(train.SegmentSize, train.Length));
    }
}
