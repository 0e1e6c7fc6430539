using System.Net;

namespace Zeq.Tunnel.Tests;

/// <summary>One side of a tunnel without any I/O: what it sends waits in a list, what it receives is handed to it.</summary>
internal sealed class Side : IDisposable
{
    private readonly DatagramBatch _output = new(1 << 20, 512);

    public Side(TunnelSecrets secrets, ManualTime time, string address, PeerAddress peer = default, TunnelLimits? limits = null, TunnelEndpointOptions? options = null, bool persistent = false, Func<long>? generation = null)
    {
        Time = time;
        Address = At(address);
        Clock = new TunnelClock(time, generation);
        Endpoint = new TunnelEndpoint(Clock, options ?? new TunnelEndpointOptions(), limits ?? TunnelLimits.Spec);
        Tunnel = Endpoint.Add(secrets, new TunnelSessionOptions { Endpoint = peer, PersistentKeepalive = persistent, StateChanged = tunnel => States.Add(tunnel.State) });
    }

    public ManualTime Time { get; }

    public TunnelClock Clock { get; }

    public PeerAddress Address { get; set; }

    public TunnelEndpoint Endpoint { get; }

    public TunnelSession Tunnel { get; }

    public List<TunnelState> States { get; } = [];

    /// <summary>IP packets that came out.</summary>
    public List<byte[]> Received { get; } = [];

    /// <summary>Datagrams that wait to be carried.</summary>
    public List<Datagram> Sent { get; } = [];

    public static PeerAddress At(string address) => PeerAddress.From(IPEndPoint.Parse(address));

    public void Tick()
    {
        Clock.Refresh();
        Endpoint.Tick(_output);
        Collect();
    }

    /// <summary>Seals a packet; false where there is no session.</summary>
    public bool TrySend(byte[] packet)
    {
        Clock.Refresh();
        if (!Tunnel.TryBeginSend(out PacketWrapper wrapper, out PeerAddress to))
        {
            return false;
        }

        byte[] datagram = new byte[PacketWrapper.DatagramSize(packet.Length)];
        int size = wrapper.Wrap(packet, datagram);
        if (size == 0)
        {
            return false;
        }

        Tunnel.NoteSent(1, packet.Length);
        Sent.Add(new Datagram(Address, to, datagram[..size]));
        return true;
    }

    public bool Receive(Datagram datagram)
    {
        Clock.Refresh();
        byte[] bytes = [.. datagram.Bytes];
        bool isPacket = Endpoint.TryReceive(bytes, datagram.From, _output, out _, out Range packet);
        if (isPacket)
        {
            Received.Add(bytes[packet]);
        }

        Collect();
        return isPacket;
    }

    public void Close()
    {
        Tunnel.Close(_output);
        Collect();
    }

    public Datagram[] TakeSent()
    {
        Datagram[] sent = [.. Sent];
        Sent.Clear();
        return sent;
    }

    public void Dispose() => Endpoint.Dispose();

    private void Collect()
    {
        foreach (DatagramTrain train in _output.Trains)
        {
            Span<byte> bytes = _output.BytesOf(train);
            for (int at = 0; at < bytes.Length; at += train.SegmentSize)
            {
                Sent.Add(new Datagram(Address, train.Address, bytes[at..Math.Min(bytes.Length, at + train.SegmentSize)].ToArray()));
            }
        }

        _output.Clear();
    }
}

internal sealed record Datagram(PeerAddress From, PeerAddress To, byte[] Bytes)
{
    public bool IsData => Bytes[0] == 3;
}
