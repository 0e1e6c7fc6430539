using System.Net;
using System.Net.Sockets;

namespace Zeq.Tunnel;

/// <summary>UDP by .NET's sockets, one datagram a call: what every system has.</summary>
internal sealed class SocketUdpChannel(Socket socket) : IDatagramChannel
{
    private readonly EndPoint _any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
    private readonly byte[] _datagram = GC.AllocateUninitializedArray<byte>(DatagramBatch.MaxTrainSizeBytes, pinned: true);

    internal IPEndPoint LocalEndPoint => (IPEndPoint)socket.LocalEndPoint!;

    public async ValueTask<bool> ReceiveAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        batch.Clear();
        while (batch.Count == 0 || (socket.Available > 0 && batch.Count < batch.MaxTrains && batch.Buffer.Length - batch.Used >= _datagram.Length))
        {
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(_datagram, _any, cancellationToken);
                batch.TryAdd(_datagram.AsSpan(0, received.ReceivedBytes), PeerAddress.From((IPEndPoint)received.RemoteEndPoint));
            }
            catch (SocketException failure) when (failure.SocketErrorCode is SocketError.ConnectionReset or SocketError.MessageSize)
            {
                // Somebody's ICMP about a datagram that was sent before, or a stranger's giant: not about this channel.
            }
            catch (ObjectDisposedException)
            {
                return false;
            }
        }

        return true;
    }

    public async ValueTask SendAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        byte[] bytes = batch.Array;
        for (int i = 0; i < batch.Count; i++)
        {
            DatagramTrain train = batch.Trains[i];
            IPEndPoint to = train.Address.ToEndPoint();
            if (socket.AddressFamily == AddressFamily.InterNetworkV6 && train.Address.IsIPv4)
            {
                to.Address = to.Address.MapToIPv6();
            }

            for (int at = 0; at < train.Length; at += train.SegmentSize)
            {
                try
                {
                    await socket.SendToAsync(bytes.AsMemory(train.Offset + at, Math.Min(train.SegmentSize, train.Length - at)), to, cancellationToken);
                }
                catch (SocketException)
                {
                    // No route, a full queue, a firewall: lost, as on any network.
                }
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return default;
    }
}
