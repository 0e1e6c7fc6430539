using System.Buffers.Binary;

namespace Zeq.Tunnel.Tests;

/// <summary>Super-packets: cut into correct packets, joined again, and never where that would change what arrives.</summary>
public class SegmentTests
{
    // Seen red with a sequence number that is not raised, and with PSH on every segment.
    [Theory]
    [InlineData(false, true, 1_000, 10_000)]
    [InlineData(true, true, 1_380, 60_123)]
    [InlineData(false, true, 536, 537)]
    [InlineData(false, false, 64, 640)]
    [InlineData(true, false, 1_232, 5_000)]
    public void A_super_packet_is_cut_into_correct_packets_and_joined_again(bool isIPv6, bool isTcp, int segmentSize, int payloadSize)
    {
        byte[] packet = Super(isIPv6, isTcp, payloadSize);
        int transport = isIPv6 ? 40 : 20;
        int headers = transport + (isTcp ? 32 : 8);
        var offload = new PacketOffload
        {
            Kind = !isTcp ? SegmentKind.Udp : isIPv6 ? SegmentKind.TcpIPv6 : SegmentKind.TcpIPv4,
            NeedsChecksum = true,
            ChecksumStart = transport,
            ChecksumOffset = isTcp ? 16 : 6,
            HeaderLength = headers,
            SegmentSize = segmentSize,
        };
        List<byte[]> segments = Split(packet, offload);
        Assert.Equal((payloadSize + segmentSize - 1) / segmentSize, segments.Count);
        Assert.Equal(packet[headers..], segments.SelectMany(segment => segment[headers..]));
        for (int i = 0; i < segments.Count; i++)
        {
            byte[] segment = segments[i];
            Assert.NotEqual(InnerKind.Keepalive, InnerPacket.KindOf(segment));
            AssertChecksums(segment);
            if (isTcp)
            {
                Assert.Equal(100u + (uint)(i * segmentSize), BinaryPrimitives.ReadUInt32BigEndian(segment.AsSpan(transport + 4)));
                Assert.Equal(i == segments.Count - 1 ? 0x18 : 0x10, segment[transport + 13]);
            }

            if (!isIPv6)
            {
                Assert.Equal(7 + i, BinaryPrimitives.ReadUInt16BigEndian(segment.AsSpan(4)));
            }
        }

        (List<byte[]> joined, List<PacketOffload> offloads) = Join(segments, TunOffloads.Tcp | TunOffloads.Udp);
        Assert.Equal((segments.Count + 63) / 64, joined.Count);
        if (segments.Count is > 1 and <= 64)
        {
            Assert.Equal(offload, offloads[0]);
            Assert.Equal(packet[headers..], joined[0][headers..]);
            Assert.Equal(segments, Split(joined[0], offloads[0]));
        }

        (joined, offloads) = Join(segments, TunOffloads.None);
        Assert.Equal(segments, joined);
        Assert.All(offloads, o => Assert.Equal(default, o));
    }

    [Fact]
    public void Flows_in_turn_are_joined_each_and_keep_their_order()
    {
        List<byte[]> a = Segments(1, 20);
        List<byte[]> b = Segments(2, 20);
        List<byte[]> mixed = [.. a.Zip(b, (x, y) => new[] { x, y }).SelectMany(pair => pair)];
        mixed.Insert(7, Packets.IPv4(100));
        (List<byte[]> joined, _) = Join(mixed, TunOffloads.Tcp);
        Assert.Equal(3, joined.Count);
        Assert.Equal(a.SelectMany(segment => segment[52..]), joined[0][52..]);
        Assert.Equal(b.SelectMany(segment => segment[52..]), joined[1][52..]);
    }

    // Seen red with acknowledgements that are not compared, with checksums that are not, and with PSH that ends nothing.
    [Fact]
    public void What_does_not_go_on_is_not_joined()
    {
        foreach (Action<byte[]> change in (Action<byte[]>[])
        [
            packet => packet[1] = 0x20, packet => packet[8] = 9, packet => packet[6] = 0x20, packet => packet[20 + 13] = 0x11, packet => packet[20 + 13] = 0x14,
            packet => packet[20 + 4]++, packet => packet[20 + 11]++, packet => packet[20 + 15]++, packet => packet[20 + 25]++, packet => packet[19]++, packet => packet[21]++,
        ])
        {
            List<byte[]> segments = Segments(1, 4);
            change(segments[2]);
            Fix(segments[2]);
            (List<byte[]> joined, _) = Join(segments, TunOffloads.Tcp);
            Assert.True(joined.Count > 1);
            Assert.Contains(joined, packet => packet.Length == segments[2].Length && packet.AsSpan().SequenceEqual(segments[2]));
        }

        // A wrong checksum is left for the machine to judge.
        List<byte[]> damaged = Segments(1, 4);
        damaged[2][100] ^= 1;
        (List<byte[]> parts, List<PacketOffload> offloads) = Join(damaged, TunOffloads.Tcp);
        int alone = parts.FindIndex(packet => packet.AsSpan().SequenceEqual(damaged[2]));
        Assert.Equal(default, offloads[alone]);

        // PSH ends a run.
        List<byte[]> pushed = Segments(1, 4);
        pushed[1][20 + 13] |= 8;
        Fix(pushed[1]);
        Assert.Equal(2, Join(pushed, TunOffloads.Tcp).Packets.Count);
    }

    [Fact]
    public void A_header_that_lies_is_dropped_and_never_read_past_its_end()
    {
        var random = new Random(Seed());
        for (int i = 0; i < 20_000; i++)
        {
            byte[] packet = new byte[random.Next(0, 120)];
            random.NextBytes(packet);
            var offload = new PacketOffload
            {
                Kind = (SegmentKind)random.Next(1, 6), NeedsChecksum = true, ChecksumStart = random.Next(0, 200), ChecksumOffset = random.Next(0, 200),
                SegmentSize = random.Next(0, 100), HeaderLength = random.Next(0, 200),
            };
            _ = SegmentSplitter.TryFinish(packet, offload);
            var splitter = new SegmentSplitter(packet, offload, random.Next(0, 3));
            if (splitter.IsValid)
            {
                for (int size = splitter.NextSize; size > 0; size = splitter.NextSize)
                {
                    splitter.WriteNext(new byte[size]);
                }
            }

            if (packet.Length >= 40)
            {
                packet[0] = (byte)(random.Next(2) == 0 ? 0x45 : 0x60);
                _ = InnerFlow.Read(packet, TunOffloads.Tcp | TunOffloads.Udp);
            }
        }
    }

    [Fact]
    public void The_sum_is_that_of_words_at_every_length_and_place()
    {
        var random = new Random(Seed());
        byte[] bytes = new byte[3_000];
        random.NextBytes(bytes);
        bytes.AsSpan(500, 900).Fill(0xFF);
        for (int length = 0; length < 2_000; length++)
        {
            int at = length % 33;
            ulong expected = 0;
            for (int i = 0; i < length; i += 2)
            {
                expected += (ulong)((bytes[at + i] << 8) | (i + 1 < length ? bytes[at + i + 1] : 0));
            }

            Assert.Equal(InternetChecksum.Swap((ushort)(expected % 65_535 == 0 && expected > 0 ? 65_535 : expected % 65_535)), InternetChecksum.Fold(InternetChecksum.Sum(bytes.AsSpan(at, length))));
        }
    }

    private static int Seed()
    {
        int seed = Environment.TickCount;
        Console.WriteLine($"seed {seed}");
        return seed;
    }

    private static List<byte[]> Segments(int flow, int count)
    {
        byte[] packet = Super(false, true, count * 1_000);
        packet[23] = (byte)flow;
        return Split(packet, new PacketOffload { Kind = SegmentKind.TcpIPv4, NeedsChecksum = true, ChecksumStart = 20, ChecksumOffset = 16, SegmentSize = 1_000 })
            .Select((segment, i) => i == count - 1 ? Unpushed(segment) : segment).ToList();
    }

    private static byte[] Unpushed(byte[] segment)
    {
        segment[20 + 13] = 0x10;
        Fix(segment);
        return segment;
    }

    private static byte[] Super(bool isIPv6, bool isTcp, int payloadSize)
    {
        int transport = isIPv6 ? 40 : 20;
        int headers = transport + (isTcp ? 32 : 8);
        byte[] packet = new byte[headers + payloadSize];
        if (isIPv6)
        {
            packet[0] = 0x60;
            packet[6] = (byte)(isTcp ? 6 : 17);
            packet[7] = 64;
            packet[8] = packet[24] = 0xfd;
            packet[39] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
        }
        else
        {
            packet[0] = 0x45;
            packet[5] = 7;
            packet[6] = 0x40;
            packet[8] = 64;
            packet[9] = (byte)(isTcp ? 6 : 17);
            packet[12] = packet[16] = 10;
            packet[19] = 1;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        }

        packet[transport + 1] = 80;
        packet[transport + 3] = 81;
        if (isTcp)
        {
            packet[transport + 7] = 100;
            packet[transport + 12] = 0x80;
            packet[transport + 13] = 0x18;
            packet[transport + 15] = 99;
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(transport + 4), (ushort)(payloadSize + 8));
        }

        for (int i = headers; i < packet.Length; i++)
        {
            packet[i] = (byte)(i * 7);
        }

        return packet;
    }

    private static List<byte[]> Split(byte[] packet, PacketOffload offload)
    {
        var splitter = new SegmentSplitter(packet, offload, 0);
        Assert.True(splitter.IsValid);
        var segments = new List<byte[]>();
        for (int size = splitter.NextSize; size > 0; size = splitter.NextSize)
        {
            byte[] segment = new byte[size];
            splitter.WriteNext(segment);

            // Begun anew at its number it is the same: a batch may fill up in the middle.
            var again = new SegmentSplitter(packet, offload, segments.Count);
            byte[] same = new byte[size];
            again.WriteNext(same);
            Assert.Equal(segment, same);
            segments.Add(segment);
        }

        return segments;
    }

    private static (List<byte[]> Packets, List<PacketOffload> Offloads) Join(List<byte[]> packets, TunOffloads offloads)
    {
        var output = new PacketBatch(200_000, 8);
        var coalescer = new PacketCoalescer(output, offloads);
        coalescer.Clear();
        byte[] buffer = new byte[packets.Sum(packet => packet.Length)];
        int at = 0;
        foreach (byte[] packet in packets)
        {
            packet.CopyTo(buffer, at);
            coalescer.Add(at, packet);
            at += packet.Length;
        }

        var joined = new List<byte[]>();
        var left = new List<PacketOffload>();
        bool isDone;
        do
        {
            output.Clear();
            isDone = coalescer.TryEmit(buffer);
            foreach (PacketEntry entry in output.Entries)
            {
                joined.Add(output.BytesOf(entry).ToArray());
                left.Add(entry.Offload);
            }
        }
        while (!isDone);
        return (joined, left);
    }

    private static void Fix(byte[] packet)
    {
        packet.AsSpan(10, 2).Clear();
        InternetChecksum.Write(packet.AsSpan(10), InternetChecksum.Sum(packet.AsSpan(0, 20)));
        packet.AsSpan(36, 2).Clear();
        InternetChecksum.Write(packet.AsSpan(36), InternetChecksum.Sum(packet.AsSpan(20), InternetChecksum.PseudoHeader(packet, packet[9], packet.Length - 20)));
    }

    /// <summary>By words, as RFC 1071 has it.</summary>
    private static void AssertChecksums(byte[] packet)
    {
        bool isIPv6 = packet[0] >> 4 == 6;
        int transport = isIPv6 ? 40 : 20;
        ulong sum = (ulong)(isIPv6 ? packet[6] : packet[9]) + (ulong)(packet.Length - transport);
        for (int i = isIPv6 ? 8 : 12; i < packet.Length; i += 2)
        {
            sum += (ulong)((packet[i] << 8) | (i + 1 < packet.Length ? packet[i + 1] : 0));
        }

        Assert.Equal(0ul, sum % 65_535);
        if (!isIPv6)
        {
            sum = 0;
            for (int i = 0; i < 20; i += 2)
            {
                sum += (ulong)((packet[i] << 8) | packet[i + 1]);
            }

            Assert.Equal(0ul, sum % 65_535);
        }
    }
}
