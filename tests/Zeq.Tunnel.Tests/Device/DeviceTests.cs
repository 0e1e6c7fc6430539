using System.Runtime.InteropServices;

namespace Zeq.Tunnel.Tests;

/// <summary>The devices of macOS and Windows against fakes of their systems.</summary>
public class DeviceTests
{
    [Fact]
    public async Task Utun_packets_stand_behind_their_family()
    {
        var socket = new FakeUtun();
        using var device = new UtunDevice(socket, 1_400);
        socket.ToRead.Enqueue([]);
        socket.ToRead.Enqueue([0, 0, 0, 99, 1, 2, 3]);
        socket.ToRead.Enqueue([0, 0, 0, 2, .. Packets.IPv4(50)]);
        socket.ToRead.Enqueue([0, 0, 0, 30, .. Packets.IPv6(60)]);
        var batch = new PacketBatch(10_000, 8);
        Assert.True(await device.Queues[0].ReadAsync(batch, TestContext.Current.CancellationToken));
        Assert.Equal(Packets.IPv4(50), batch.BytesOf(batch.Entries[0]).ToArray());
        Assert.True(await device.Queues[0].ReadAsync(batch, TestContext.Current.CancellationToken));
        Assert.Equal(Packets.IPv6(60), batch.BytesOf(batch.Entries[0]).ToArray());
        Assert.False(await device.Queues[0].ReadAsync(batch, TestContext.Current.CancellationToken));

        batch.Clear();
        Assert.True(batch.TryAdd(Packets.IPv4(1_400)) && batch.TryAdd(Packets.IPv6(41)) && batch.TryAdd(Packets.IPv4(1_401)));
        await device.Queues[0].WriteAsync(batch, TestContext.Current.CancellationToken);
        Assert.Equal(2, socket.Written.Count);
        Assert.Equal([0, 0, 0, 2, .. Packets.IPv4(1_400)], socket.Written[0]);
        Assert.Equal([0, 0, 0, 30, .. Packets.IPv6(41)], socket.Written[1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new UtunDevice(socket, 1_901));
        if (!OperatingSystem.IsMacOS())
        {
            Assert.Throws<PlatformNotSupportedException>(() => UtunDevice.Create());
        }
    }

    [Fact]
    public async Task Wintun_packets_are_released_and_sent_where_the_ring_has_room()
    {
        using var session = new FakeWintun();
        using var device = new WintunDevice("zeq0", session, 1_400);
        session.ToRead.Enqueue(Packets.IPv4(50));
        session.ToRead.Enqueue(Packets.IPv6(60));
        session.ToRead.Enqueue(new byte[1_401]);
        var batch = new PacketBatch(10_000, 8);
        Assert.True(await device.Queues[0].ReadAsync(batch, TestContext.Current.CancellationToken));
        Assert.Equal(2, batch.Count);
        Assert.Equal(Packets.IPv6(60), batch.BytesOf(batch.Entries[1]).ToArray());
        Assert.Equal(0, session.Borrowed);
        session.IsGone = true;
        Assert.False(await device.Queues[0].ReadAsync(batch, TestContext.Current.CancellationToken));

        batch.Clear();
        Assert.True(batch.TryAdd(Packets.IPv4(100)) && batch.TryAdd(Packets.IPv4(200)) && batch.TryAdd(Packets.IPv4(1_401)) && batch.TryAdd(Packets.IPv4(300)));
        session.Room = 2;
        await device.Queues[0].WriteAsync(batch, TestContext.Current.CancellationToken);
        Assert.Equal([100, 200], session.Written.Select(packet => packet.Length));
        Assert.Equal(Packets.IPv4(200), session.Written[1]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Throws<PlatformNotSupportedException>(() => WintunDevice.Create("zeq0"));
        }
    }

    [Fact]
    public void The_header_of_virtio_goes_there_and_back()
    {
        var offload = new PacketOffload { Kind = SegmentKind.TcpIPv6, NeedsChecksum = true, ChecksumStart = 40, ChecksumOffset = 16, HeaderLength = 72, SegmentSize = 1_348 };
        byte[] header = new byte[VirtioHeader.SizeBytes];
        VirtioHeader.Write(header, offload);
        Assert.Equal([1, 4], header[..2]);
        Assert.Equal(offload, VirtioHeader.Read(header));
        header[1] |= 0x80;
        Assert.Equal(offload, VirtioHeader.Read(header));
    }

    private sealed class FakeUtun : IUtunSocket
    {
        public Queue<byte[]> ToRead { get; } = [];

        public List<byte[]> Written { get; } = [];

        public string Name => "utun7";

        public int Read(Span<byte> packet)
        {
            if (!ToRead.TryDequeue(out byte[]? next))
            {
                return -1;
            }

            next.CopyTo(packet);
            return next.Length;
        }

        public void Write(ReadOnlySpan<byte> packet) => Written.Add(packet.ToArray());

        public void Dispose()
        {
        }
    }

    private sealed unsafe class FakeWintun : IWintunSession
    {
        private readonly Dictionary<nint, int> _allocated = [];

        public Queue<byte[]> ToRead { get; } = [];

        public List<byte[]> Written { get; } = [];

        public int Borrowed { get; private set; }

        public int Room { get; set; }

        public bool IsGone { get; set; }

        public byte* Receive(out int size, out bool isEnded)
        {
            size = 0;
            isEnded = IsGone;
            if (!ToRead.TryDequeue(out byte[]? next))
            {
                return null;
            }

            Borrowed++;
            size = next.Length;
            byte* packet = (byte*)NativeMemory.Alloc((nuint)size);
            next.CopyTo(new Span<byte>(packet, size));
            return packet;
        }

        public void Release(byte* packet)
        {
            Borrowed--;
            NativeMemory.Free(packet);
        }

        public byte* Allocate(int size)
        {
            if (Room-- <= 0)
            {
                return null;
            }

            byte* packet = (byte*)NativeMemory.Alloc((nuint)size);
            _allocated[(nint)packet] = size;
            return packet;
        }

        public void Send(byte* packet)
        {
            Written.Add(new ReadOnlySpan<byte>(packet, _allocated[(nint)packet]).ToArray());
            NativeMemory.Free(packet);
        }

        public void Wait(int timeoutMs)
        {
        }

        public void Dispose()
        {
        }
    }
}
