using System.Net;
using System.Security.Cryptography;

namespace Zeq.Tunnel.Tests;

/// <summary>Whole loops over memory devices and networks, with real time: loss, repetition, disorder, streams, many tunnels.</summary>
public class LoopTests
{
    [Fact]
    public async Task Two_peers_over_a_bad_network_lose_and_never_repeat_or_change()
    {
        int seed = Environment.TickCount;
        Console.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[]? held = null;
        var network = new MemoryNetwork();
        await using IDatagramChannel a = network.Open(Side.At("192.0.2.1:1000"));
        await using IDatagramChannel b = network.Open(Side.At("192.0.2.2:2000"));
        using var world = new World(a, b);
        await world.UntilUpAsync();
        var gate = new Lock();
        network.Fault = (_, _, datagram) =>
        {
            lock (gate)
            {
                switch (random.Next(10))
                {
                    case 0:
                        return [];
                    case 1:
                        return [datagram, [.. datagram], [.. datagram]];
                    case 2:
                        byte[] changed = [.. datagram];
                        changed[random.Next(changed.Length)] ^= 0x10;
                        return [changed, datagram];
                    case 3:
                        byte[]? before = held;
                        held = datagram;
                        return before is null ? [] : [before];
                    default:
                        return [datagram];
                }
            }
        };

        const int Count = 3_000;
        for (int i = 0; i < Count; i++)
        {
            world.DeviceI.Send(Packets.IPv4(24 + (i % 1_300), i));
            if (i % 50 == 0)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }
        }

        var numbers = new HashSet<int>();
        try
        {
            while (numbers.Count < Count)
            {
                using var patience = new CancellationTokenSource(2_000);
                byte[] packet = await world.DeviceR.ReceiveAsync(patience.Token);
                int number = Packets.NumberOf(packet);
                Assert.True(numbers.Add(number));
                Assert.Equal(Packets.IPv4(24 + (number % 1_300), number), packet);
            }
        }
        catch (OperationCanceledException)
        {
            // What was lost does not come.
        }

        Assert.InRange(numbers.Count, Count / 2, Count - 1);
        Assert.True(world.Responder.Counters.Drops(DropReason.Replayed) > 0);
        await world.StopAsync();
    }

    [Theory]
    [InlineData("udp")]
    [InlineData("socket")]
    [InlineData("stream")]
    public async Task Packets_flow_over_every_channel(string kind)
    {
        (IDatagramChannel a, PeerAddress atA, IDatagramChannel b, PeerAddress atB) = await OpenAsync(kind);
        await using (a)
        await using (b)
        {
            using var world = new World(a, b, kind == "stream" ? atA : atB);
            await world.UntilUpAsync();
            for (int i = 0; i < 300; i++)
            {
                world.DeviceI.Send(Packets.IPv4(1_000, i));
                world.DeviceR.Send(Packets.IPv4(24 + i, i));
                Assert.Equal(Packets.IPv4(1_000, i), await world.DeviceR.ReceiveAsync(TestContext.Current.CancellationToken));
                Assert.Equal(Packets.IPv4(24 + i, i), await world.DeviceI.ReceiveAsync(TestContext.Current.CancellationToken));
            }

            await world.StopAsync();
        }
    }

    [Fact]
    public async Task A_train_goes_out_as_one_and_arrives_whole()
    {
        await using IDatagramChannel a = UdpChannel.Bind(IPEndPoint.Parse("127.0.0.1:0"));
        await using IDatagramChannel b = UdpChannel.Bind(IPEndPoint.Parse("[::]:0"));
        PeerAddress to = Side.At($"127.0.0.1:{PortOf(b)}");
        var batch = new DatagramBatch(200_000, 16);
        for (int i = 0; i < 90; i++)
        {
            byte[] datagram = new byte[i % 30 == 29 ? 500 : 1_456];
            datagram.AsSpan().Fill((byte)i);
            Assert.True(batch.TryAdd(datagram, to));
        }

        Assert.Equal([30, 30, 30], batch.Trains.ToArray().Select(train => train.DatagramCount));
        await a.SendAsync(batch, TestContext.Current.CancellationToken);
        var received = new DatagramBatch(64 * 65_536, 64);
        var seen = new List<int>();
        while (seen.Count < 90)
        {
            Assert.True(await b.ReceiveAsync(received, TestContext.Current.CancellationToken));
            foreach (DatagramTrain train in received.Trains.ToArray())
            {
                Assert.Equal(PortOf(a), train.Address.Port);
                Assert.True(train.Address.IsIPv4);
                for (int at = 0; at < train.Length; at += train.SegmentSize)
                {
                    int length = Math.Min(train.SegmentSize, train.Length - at);
                    byte number = received.Buffer[train.Offset + at];
                    Assert.Equal(number % 30 == 29 ? 500 : 1_456, length);
                    Assert.Equal(-1, received.Buffer.Slice(train.Offset + at, length).IndexOfAnyExcept(number));
                    seen.Add(number);
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, 90), seen.Order());
    }

    [Fact]
    public async Task A_stream_that_is_no_tunnel_ends_and_takes_no_memory()
    {
        (IDatagramChannel a, _, IDatagramChannel b, _) = await OpenAsync("stream");
        await using (a)
        await using (b)
        {
            var batch = new DatagramBatch(70_000, 4);
            batch.TryAdd(new byte[20], Side.At("127.0.0.1:1"));
            await a.SendAsync(batch, TestContext.Current.CancellationToken);
            Assert.False(await b.ReceiveAsync(new DatagramBatch(70_000, 4), TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task A_listener_closes_whom_it_does_not_know_and_serves_whom_it_does()
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        byte[] key = RandomNumberGenerator.GetBytes(32);
        using var r = new TunnelEndpoint(new TunnelClock(TimeProvider.System));
        using var i = new TunnelEndpoint(new TunnelClock(TimeProvider.System));
        TunnelSession responder = r.Add(TunnelSecrets.CreateStatic(TunnelRole.Responder, key, isClaimed: false));
        var time = new ManualTimer();
        await using var listener = new TcpListenerChannel(r, IPEndPoint.Parse("127.0.0.1:0"), time);
        PeerAddress at = PeerAddress.From(listener.LocalEndPoint);

        async Task<StreamChannel> DialAsync()
        {
            var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(listener.LocalEndPoint, ct);
            return new StreamChannel(client.GetStream(), at);
        }

        var batch = new DatagramBatch(70_000, 4);
        await using (StreamChannel stranger = await DialAsync())
        {
            batch.TryAdd(new byte[104], at);
            await stranger.SendAsync(batch, ct);
            Assert.False(await stranger.ReceiveAsync(new DatagramBatch(70_000, 4), ct));
        }

        // 64 who say nothing are kept for 5 s, and the next is not let in.
        StreamChannel[] silent = await Task.WhenAll(Enumerable.Range(0, TcpListenerChannel.MaxUnauthenticated).Select(_ => DialAsync()));
        while (time.Waiting < TcpListenerChannel.MaxUnauthenticated)
        {
            await Task.Delay(5, ct);
        }

        await using (StreamChannel next = await DialAsync())
        {
            Assert.False(await next.ReceiveAsync(new DatagramBatch(70_000, 4), ct));
        }

        time.FireAll();
        foreach (StreamChannel one in silent)
        {
            Assert.False(await one.ReceiveAsync(new DatagramBatch(70_000, 4), ct));
            await one.DisposeAsync();
        }

        TunnelSession initiator = i.Add(TunnelSecrets.CreateStatic(TunnelRole.Initiator, key, isClaimed: false), new TunnelSessionOptions { Endpoint = at });
        initiator.Connect();
        await using StreamChannel dialled = await DialAsync();
        using var deviceI = new MemoryTunDevice("i");
        using var deviceR = new MemoryTunDevice("r");
        using var ending = new CancellationTokenSource();
        Task[] loops =
        [
            new TunnelLoop(i, deviceI, [dialled], new SinglePeerRoutes(initiator), TimeProvider.System).RunAsync(ending.Token),
            new TunnelLoop(r, deviceR, [listener], new SinglePeerRoutes(responder), TimeProvider.System).RunAsync(ending.Token),
        ];
        while (initiator.State != TunnelState.Up)
        {
            await Task.Delay(10, ct);
        }

        Assert.Equal(1, listener.Connections);
        deviceI.Send(Packets.IPv4(500));
        deviceR.Send(Packets.IPv4(600));
        Assert.Equal(Packets.IPv4(500), await deviceR.ReceiveAsync(ct));
        Assert.Equal(Packets.IPv4(600), await deviceI.ReceiveAsync(ct));
        await ending.CancelAsync();
        await Task.WhenAll(loops);
    }

    // ZEQ_LONG_TESTS=1 makes it a hundred thousand.
    [Fact]
    public void Many_tunnels_live_in_one_process()
    {
        int count = Environment.GetEnvironmentVariable("ZEQ_LONG_TESTS") == "1" ? 100_000 : 5_000;
        var time = new ManualTime();
        using var i = new TunnelEndpoint(new TunnelClock(time));
        using var r = new TunnelEndpoint(new TunnelClock(time), new TunnelEndpointOptions { InitsPerSecond = count });
        var output = new DatagramBatch(2_048, 16);
        var answers = new DatagramBatch(2_048, 16);
        PeerAddress atI = Side.At("192.0.2.1:1000");
        PeerAddress atR = Side.At("192.0.2.2:2000");
        var sessions = new TunnelSession[count];
        byte[] key = new byte[32];
        byte[] datagram = new byte[2_048];
        for (int n = 0; n < count; n++)
        {
            BitConverter.TryWriteBytes(key, n);
            sessions[n] = i.Add(TunnelSecrets.CreateStatic(TunnelRole.Initiator, key, isClaimed: false), new TunnelSessionOptions { Endpoint = atR });
            r.Add(TunnelSecrets.CreateStatic(TunnelRole.Responder, key, isClaimed: false));
            sessions[n].Connect();
            output.Clear();
            sessions[n].Tick(output);
            for (int step = 0; step < 3; step++)
            {
                answers.Clear();
                CarryAll(output, r, atI, answers);
                output.Clear();
                CarryAll(answers, i, atR, output);
            }
        }

        Assert.Equal(count, i.Counters.Handshakes);
        Assert.Equal(count, r.Counters.Handshakes);
        byte[] packet = Packets.IPv4(100);
        for (int n = 0; n < count; n += 997)
        {
            Assert.True(sessions[n].TryBeginSend(out PacketWrapper wrapper, out _));
            int size = wrapper.Wrap(packet, datagram);
            Assert.True(r.TryReceive(datagram.AsSpan(0, size), atI, answers, out _, out Range range));
            Assert.Equal(packet, datagram[range]);
        }

        r.Tick(answers);
        Console.WriteLine($"{GC.GetTotalMemory(true) / (2 * count):N0} managed bytes a side, {Environment.WorkingSet / (2 * count):N0} of the process");
    }

    private static void CarryAll(DatagramBatch batch, TunnelEndpoint to, PeerAddress from, DatagramBatch answers)
    {
        foreach (DatagramTrain train in batch.Trains)
        {
            Span<byte> bytes = batch.BytesOf(train);
            for (int at = 0; at < bytes.Length; at += train.SegmentSize)
            {
                to.TryReceive(bytes[at..Math.Min(bytes.Length, at + train.SegmentSize)], from, answers, out _, out _);
            }
        }
    }

    private static async Task<(IDatagramChannel A, PeerAddress AtA, IDatagramChannel B, PeerAddress AtB)> OpenAsync(string kind)
    {
        if (kind == "stream")
        {
            using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var client = new System.Net.Sockets.TcpClient();
            Task connecting = client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
            System.Net.Sockets.TcpClient server = await listener.AcceptTcpClientAsync();
            await connecting;
            PeerAddress peer = Side.At("127.0.0.1:1");
            return (new StreamChannel(client.GetStream(), peer), peer, new StreamChannel(server.GetStream(), peer), peer);
        }

        IDatagramChannel Bind()
        {
            if (kind == "udp")
            {
                return UdpChannel.Bind(IPEndPoint.Parse("127.0.0.1:0"));
            }

            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
            socket.Bind(IPEndPoint.Parse("127.0.0.1:0"));
            return new SocketUdpChannel(socket);
        }

        IDatagramChannel a = Bind();
        IDatagramChannel b = Bind();
        return (a, Side.At($"127.0.0.1:{PortOf(a)}"), b, Side.At($"127.0.0.1:{PortOf(b)}"));
    }

    private static int PortOf(IDatagramChannel channel) => channel switch
    {
        LinuxUdpChannel linux => linux.LocalEndPoint.Port,
        SocketUdpChannel socket => socket.LocalEndPoint.Port,
        _ => 0,
    };

    /// <summary>Two loops that run.</summary>
    private sealed class World : IDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private readonly Task[] _loops;

        public World(IDatagramChannel a, IDatagramChannel b, PeerAddress? atB = null)
        {
            byte[] key = RandomNumberGenerator.GetBytes(32);
            EndpointI = new TunnelEndpoint(new TunnelClock(TimeProvider.System));
            EndpointR = new TunnelEndpoint(new TunnelClock(TimeProvider.System));
            Initiator = EndpointI.Add(TunnelSecrets.CreateStatic(TunnelRole.Initiator, key, isClaimed: false), new TunnelSessionOptions { Endpoint = atB ?? Side.At("192.0.2.2:2000") });
            Responder = EndpointR.Add(TunnelSecrets.CreateStatic(TunnelRole.Responder, key, isClaimed: false));
            Initiator.Connect();
            _loops =
            [
                new TunnelLoop(EndpointI, DeviceI, [a], new SinglePeerRoutes(Initiator), TimeProvider.System).RunAsync(_ending.Token),
                new TunnelLoop(EndpointR, DeviceR, [b], new SinglePeerRoutes(Responder), TimeProvider.System).RunAsync(_ending.Token),
            ];
        }

        public MemoryTunDevice DeviceI { get; } = new("i");

        public MemoryTunDevice DeviceR { get; } = new("r");

        public TunnelEndpoint EndpointI { get; }

        public TunnelEndpoint EndpointR { get; }

        public TunnelSession Initiator { get; }

        public TunnelSession Responder { get; }

        public async Task UntilUpAsync()
        {
            while (Initiator.State != TunnelState.Up || Responder.State != TunnelState.Up)
            {
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
        }

        public async Task StopAsync()
        {
            await _ending.CancelAsync();
            await Task.WhenAll(_loops);
        }

        public void Dispose()
        {
            _ending.Dispose();
            EndpointI.Dispose();
            EndpointR.Dispose();
            DeviceI.Dispose();
            DeviceR.Dispose();
        }
    }
}
