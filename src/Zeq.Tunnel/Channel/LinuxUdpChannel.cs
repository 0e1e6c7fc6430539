using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Zeq.Tunnel;

/// <summary>
/// UDP on Linux by recvmmsg and sendmmsg, with trains as the kernel segments and collects them (UDP_SEGMENT, UDP_GRO). It waits on its caller's thread, and looks at the
/// cancellation some times a second.
/// </summary>
internal sealed unsafe class LinuxUdpChannel : IDatagramChannel
{
    private const int WaitMs = 100;
    private const int BufferSizeBytes = 8 << 20;
    private const int SlotSizeBytes = 65_536;

    // Few where each is a long train, or a batch would be larger than the cache; many where each is one small datagram.
    private const int MaxMessages = 64;
    private const int MessagesOfTrains = 8;
    private const int TrainSizeBytes = 16_384;

    private readonly Socket _socket;
    private readonly int _descriptor;
    private readonly bool _isIPv6;
    private readonly LinuxMessages _incoming = new(MaxMessages);
    private readonly Stack<LinuxMessages> _outgoing = new();
    private volatile bool _canSegment = true;
    private volatile bool _disposed;
    private int _wanted = MaxMessages;

    private LinuxUdpChannel(Socket socket)
    {
        _socket = socket;
        _descriptor = (int)socket.Handle;
        _isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;
    }

    internal IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    internal static LinuxUdpChannel Bind(Socket socket, IPEndPoint local, bool reusePort, int mark)
    {
        var channel = new LinuxUdpChannel(socket);
        if (reusePort)
        {
            channel.Require(LinuxNative.SocketOptionLevel, LinuxNative.SocketReusePort, 1);
        }

        if (mark != 0)
        {
            channel.Require(LinuxNative.SocketOptionLevel, LinuxNative.SocketMark, mark);
        }

        // Large queues where that is allowed, and the system's largest otherwise.
        _ = channel.TrySet(LinuxNative.SocketOptionLevel, LinuxNative.SocketReceiveBufferForce, BufferSizeBytes) || channel.TrySet(LinuxNative.SocketOptionLevel, LinuxNative.SocketReceiveBuffer, BufferSizeBytes);
        _ = channel.TrySet(LinuxNative.SocketOptionLevel, LinuxNative.SocketSendBufferForce, BufferSizeBytes) || channel.TrySet(LinuxNative.SocketOptionLevel, LinuxNative.SocketSendBuffer, BufferSizeBytes);
        _ = channel.TrySet(LinuxNative.UdpLevel, LinuxNative.UdpGro, 1);
        socket.Bind(local);
        return channel;
    }

    public ValueTask<bool> ReceiveAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        batch.Clear();
        int room = Math.Min(batch.Buffer.Length / SlotSizeBytes, batch.MaxTrains);
        if (room == 0)
        {
            throw new ArgumentException($"A batch for UDP has at least {SlotSizeBytes} bytes.", nameof(batch));
        }

        while (!_disposed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(room, _wanted);
            byte* start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(batch.Array, 0);
            for (int i = 0; i < count; i++)
            {
                _incoming.PrepareReceive(i, start + (i * SlotSizeBytes), SlotSizeBytes);
            }

            int received = LinuxNative.recvmmsg(_descriptor, _incoming.Messages, (uint)count, LinuxNative.DontWait, null);
            if (received > 0)
            {
                Take(batch, received);
                if (batch.Count > 0)
                {
                    return ValueTask.FromResult(true);
                }
            }
            else if (Marshal.GetLastPInvokeError() == LinuxNative.ErrorBadDescriptor)
            {
                break;
            }
            else if (Marshal.GetLastPInvokeError() == LinuxNative.ErrorAgain)
            {
                LinuxNative.Wait(_descriptor, LinuxNative.PollIn, WaitMs);
            }
        }

        return ValueTask.FromResult(false);
    }

    public ValueTask SendAsync(DatagramBatch batch, CancellationToken cancellationToken = default)
    {
        if (batch.Count == 0 || _disposed)
        {
            return default;
        }

        LinuxMessages messages = Borrow();
        try
        {
            int train = 0;
            int at = 0;
            while (train < batch.Count)
            {
                bool isSegmented = _canSegment;
                int count = Prepare(messages, batch, isSegmented, ref train, ref at);
                Send(messages, count, isSegmented, cancellationToken);
            }
        }
        finally
        {
            lock (_outgoing)
            {
                _outgoing.Push(messages);
            }
        }

        return default;
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        _socket.Dispose();
        return default;
    }

    private void Take(DatagramBatch batch, int received)
    {
        long bytes = 0;
        for (int i = 0; i < received; i++)
        {
            int length = _incoming.Received(i, out PeerAddress from, out int segmentSize);
            bytes += length;
            if (length > 0)
            {
                batch.CommitTrain(i * SlotSizeBytes, length, segmentSize > 0 ? segmentSize : length, from);
            }
        }

        _wanted = bytes / received >= TrainSizeBytes ? MessagesOfTrains : MaxMessages;
    }

    /// <summary>As many messages as fit one call, from a place in the batch on.</summary>
    private int Prepare(LinuxMessages messages, DatagramBatch batch, bool isSegmented, ref int train, ref int at)
    {
        byte* start = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(batch.Array, 0);
        int count = 0;
        while (count < MaxMessages && train < batch.Count)
        {
            DatagramTrain next = batch.Trains[train];
            int length = isSegmented ? next.Length - at : Math.Min(next.SegmentSize, next.Length - at);
            messages.PrepareSend(count++, start + next.Offset + at, length, next.SegmentSize, next.Address, _isIPv6);
            at += length;
            if (at == next.Length)
            {
                train++;
                at = 0;
            }
        }

        return count;
    }

    private void Send(LinuxMessages messages, int count, bool isSegmented, CancellationToken cancellationToken)
    {
        int sent = 0;
        while (sent < count && !_disposed)
        {
            int done = LinuxNative.sendmmsg(_descriptor, messages.Messages + sent, (uint)(count - sent), LinuxNative.DontWait);
            if (done > 0)
            {
                sent += done;
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case LinuxNative.ErrorInterrupted:
                    break;
                case LinuxNative.ErrorAgain:
                    cancellationToken.ThrowIfCancellationRequested();
                    LinuxNative.Wait(_descriptor, LinuxNative.PollOut, WaitMs);
                    break;
                case LinuxNative.ErrorIo when isSegmented && _canSegment:
                    // A device on the way that cannot: from now on one by one. What is left of this batch is lost, as on any network.
                    _canSegment = false;
                    return;
                default:
                    // No route, a firewall, too large: that one is lost.
                    sent++;
                    break;
            }
        }
    }

    private LinuxMessages Borrow()
    {
        lock (_outgoing)
        {
            return _outgoing.TryPop(out LinuxMessages? messages) ? messages : new LinuxMessages(MaxMessages);
        }
    }

    private bool TrySet(int level, int option, int value) => LinuxNative.setsockopt(_descriptor, level, option, &value, sizeof(int)) == 0;

    private void Require(int level, int option, int value)
    {
        if (!TrySet(level, option, value))
        {
            throw new SocketException(Marshal.GetLastPInvokeError());
        }
    }
}
