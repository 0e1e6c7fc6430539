using System.Buffers.Binary;

namespace Zeq.Tunnel.Tests;

/// <summary>IP packets to send through tunnels.</summary>
internal static class Packets
{
    /// <summary>An IPv4 packet of an unassigned protocol, its body counted up from a number.</summary>
    public static byte[] IPv4(int sizeBytes, int number = 0)
    {
        byte[] packet = new byte[sizeBytes];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)sizeBytes);
        packet[8] = 64;
        packet[9] = 253;
        packet[12] = 10;
        packet[16] = 10;
        packet[19] = 1;
        for (int i = 20; i < sizeBytes; i++)
        {
            packet[i] = (byte)(number + i);
        }

        if (sizeBytes >= 24)
        {
            BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(20), number);
        }

        return packet;
    }

    public static byte[] IPv6(int sizeBytes)
    {
        byte[] packet = new byte[sizeBytes];
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(sizeBytes - 40));
        packet[6] = 59;
        packet[7] = 64;
        packet[8] = 0xfd;
        packet[24] = 0xfd;
        packet[39] = 1;
        return packet;
    }

    public static int NumberOf(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadInt32BigEndian(packet[20..]);
}
