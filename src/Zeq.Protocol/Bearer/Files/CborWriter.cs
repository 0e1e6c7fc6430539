using System.Buffers.Binary;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Writes what <see cref="CborReader"/> reads, into a buffer that is large enough.</summary>
internal ref struct CborWriter(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    /// <summary>How much is written.</summary>
    public int SizeBytes { get; private set; }

    public CborWriter Map(int count) => Head(5, (ulong)count);

    public CborWriter Key(int key) => Head(0, (ulong)key);

    public CborWriter Array(int length) => Head(4, (ulong)length);

    public CborWriter Integer(long value) => Head(0, checked((ulong)value));

    public CborWriter Bytes(ReadOnlySpan<byte> value)
    {
        CborWriter next = Head(2, (ulong)value.Length);
        value.CopyTo(_bytes[next.SizeBytes..]);
        next.SizeBytes += value.Length;
        return next;
    }

    /// <summary>The bytes of a lower-case hex text.</summary>
    public CborWriter HexBytes(string hex)
    {
        CborWriter next = Head(2, (ulong)(hex.Length / 2));
        if (!Hex.TryDecode(hex, _bytes.Slice(next.SizeBytes, hex.Length / 2)))
        {
            throw new FormatException("Not lower-case hex.");
        }

        next.SizeBytes += hex.Length / 2;
        return next;
    }

    /// <summary>Text of ASCII.</summary>
    public CborWriter Text(string value)
    {
        CborWriter next = Head(3, (ulong)value.Length);
        next.SizeBytes += Encoding.ASCII.GetBytes(value, _bytes[next.SizeBytes..]);
        return next;
    }

    private CborWriter Head(int type, ulong argument)
    {
        CborWriter next = this;
        Span<byte> at = _bytes[SizeBytes..];
        byte major = (byte)(type << 5);
        switch (argument)
        {
            case < 24:
                at[0] = (byte)(major | (byte)argument);
                next.SizeBytes += 1;
                break;
            case <= byte.MaxValue:
                at[0] = (byte)(major | 24);
                at[1] = (byte)argument;
                next.SizeBytes += 2;
                break;
            case <= ushort.MaxValue:
                at[0] = (byte)(major | 25);
                BinaryPrimitives.WriteUInt16BigEndian(at[1..], (ushort)argument);
                next.SizeBytes += 3;
                break;
            case <= uint.MaxValue:
                at[0] = (byte)(major | 26);
                BinaryPrimitives.WriteUInt32BigEndian(at[1..], (uint)argument);
                next.SizeBytes += 5;
                break;
            default:
                at[0] = (byte)(major | 27);
                BinaryPrimitives.WriteUInt64BigEndian(at[1..], argument);
                next.SizeBytes += 9;
                break;
        }

        return next;
    }
}
