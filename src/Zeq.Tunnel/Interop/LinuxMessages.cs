using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Zeq.Tunnel;

/// <summary>The structures of one recvmmsg or sendmmsg call, in memory of their own that does not move. Not thread-safe.</summary>
internal sealed unsafe class LinuxMessages
{
    private const int NameSizeBytes = 32;
    private const int ControlSizeBytes = 64;
    private const int IPv4NameSizeBytes = 16;
    private const int IPv6NameSizeBytes = 28;

    // One pinned array: the messages, then a vector, a name and a control block for each.
    private readonly byte[] _memory;
    private readonly LinuxNative.Vector* _vectors;
    private readonly byte* _names;
    private readonly byte* _controls;

    public LinuxMessages(int count)
    {
        int size = count * (sizeof(LinuxNative.MessageOfMany) + sizeof(LinuxNative.Vector) + NameSizeBytes + ControlSizeBytes);
        _memory = GC.AllocateArray<byte>(size, pinned: true);
        Messages = (LinuxNative.MessageOfMany*)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        _vectors = (LinuxNative.Vector*)(Messages + count);
        _names = (byte*)(_vectors + count);
        _controls = _names + (count * NameSizeBytes);
    }

    public LinuxNative.MessageOfMany* Messages { get; }

    public void PrepareReceive(int i, byte* buffer, int size)
    {
        Prepare(i, buffer, size);
        ref LinuxNative.Message message = ref Messages[i].Header;
        message.NameLength = NameSizeBytes;
        message.Control = Control(i);
        message.ControlLength = ControlSizeBytes;
    }

    /// <summary>The bytes of a message, whose they are, and the size of each datagram where there are several (otherwise 0).</summary>
    public int Received(int i, out PeerAddress from, out int segmentSize)
    {
        ref LinuxNative.MessageOfMany message = ref Messages[i];
        var name = new ReadOnlySpan<byte>(Name(i), NameSizeBytes);
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        from = MemoryMarshal.Read<ushort>(name) == LinuxNative.FamilyIPv4
            ? PeerAddress.FromIPv4(name[4..], port)
            : PeerAddress.FromIPv6(name[8..], port, MemoryMarshal.Read<uint>(name[24..]));
        segmentSize = 0;
        if (message.Header.ControlLength >= (nuint)(sizeof(LinuxNative.ControlHeader) + sizeof(int)))
        {
            var control = (LinuxNative.ControlHeader*)Control(i);
            if (control->Level == LinuxNative.UdpLevel && control->Type == LinuxNative.UdpGro)
            {
                segmentSize = *(int*)(control + 1);
            }
        }

        return (int)message.Length;
    }

    public void PrepareSend(int i, byte* buffer, int size, int segmentSize, in PeerAddress to, bool isIPv6)
    {
        Prepare(i, buffer, size);
        ref LinuxNative.Message message = ref Messages[i].Header;
        message.NameLength = WriteName(Name(i), to, isIPv6);
        if (size > segmentSize)
        {
            var control = (LinuxNative.ControlHeader*)Control(i);
            control->Length = (nuint)(sizeof(LinuxNative.ControlHeader) + sizeof(ushort));
            control->Level = LinuxNative.UdpLevel;
            control->Type = LinuxNative.UdpSegment;
            *(ushort*)(control + 1) = (ushort)segmentSize;
            message.Control = (byte*)control;
            message.ControlLength = (nuint)(sizeof(LinuxNative.ControlHeader) + sizeof(ulong));
        }
    }

    private static uint WriteName(byte* name, in PeerAddress to, bool isIPv6)
    {
        var bytes = new Span<byte>(name, NameSizeBytes);
        bytes.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)to.Port);
        if (!isIPv6)
        {
            MemoryMarshal.Write(bytes, (ushort)LinuxNative.FamilyIPv4);
            if (to.IsIPv4)
            {
                to.WriteAddress(bytes[4..]);
            }

            return IPv4NameSizeBytes;
        }

        MemoryMarshal.Write(bytes, (ushort)LinuxNative.FamilyIPv6);
        if (to.IsIPv4)
        {
            bytes[18] = bytes[19] = 0xFF;
            to.WriteAddress(bytes[20..]);
        }
        else
        {
            to.WriteAddress(bytes[8..]);
            MemoryMarshal.Write(bytes[24..], to.Scope);
        }

        return IPv6NameSizeBytes;
    }

    private void Prepare(int i, byte* buffer, int size)
    {
        _vectors[i] = new LinuxNative.Vector { Base = buffer, Length = (nuint)size };
        Messages[i] = default;
        Messages[i].Header.Name = Name(i);
        Messages[i].Header.Vectors = _vectors + i;
        Messages[i].Header.VectorCount = 1;
    }

    private byte* Name(int i) => _names + (i * NameSizeBytes);

    private byte* Control(int i) => _controls + (i * ControlSizeBytes);
}
