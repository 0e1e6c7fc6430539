using System.Buffers.Binary;
using System.Text;

namespace Zeq.Protocol;

/// <summary>
/// Reads the part of CBOR (RFC 8949) that coins use: unsigned integers, byte strings, text in ASCII, arrays and maps, all of definite length and all in the shortest
/// form (§4.2.1). The first thing that is not what was asked for makes it <see cref="IsBad"/> for good; then every answer is empty.
/// </summary>
internal ref struct CborReader(ReadOnlySpan<byte> bytes)
{
    private const byte UnsignedType = 0, BytesType = 2, TextType = 3, ArrayType = 4, MapType = 5;

    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Whether something was not as asked for.</summary>
    public bool IsBad { get; private set; }

    /// <summary>Whether all was read and all was good.</summary>
    public readonly bool IsDone => !IsBad && _rest.IsEmpty;

    /// <summary>A map of one of two numbers of members begins; whether it is the second.</summary>
    public bool Map(int count, int orCount = -1)
    {
        long members = Head(MapType);
        IsBad |= members != count && members != orCount;
        return !IsBad && members == orCount;
    }

    /// <summary>The next member is this one.</summary>
    public void Key(int key) => IsBad |= Head(UnsignedType) != key;

    /// <summary>An array begins; its length, at most <paramref name="most"/>.</summary>
    public int Array(int most)
    {
        long length = Head(ArrayType);
        IsBad |= length > most;
        return IsBad ? 0 : (int)length;
    }

    /// <summary>An integer of 0 to 2^53 - 1.</summary>
    public long Integer()
    {
        long value = Head(UnsignedType);
        return IsBad ? 0 : value;
    }

    /// <summary>Bytes of this length.</summary>
    public ReadOnlySpan<byte> Bytes(int size)
    {
        long length = Head(BytesType);
        IsBad |= length != size;
        return Take(length);
    }

    /// <summary>Text of printable ASCII without a space, at most this long.</summary>
    public string Text(int most)
    {
        long length = Head(TextType);
        IsBad |= length > most;
        ReadOnlySpan<byte> text = Take(length);
        IsBad |= text.ContainsAnyExceptInRange((byte)'!', (byte)'~');
        return IsBad ? "" : Encoding.ASCII.GetString(text);
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        IsBad |= length > _rest.Length;
        if (IsBad)
        {
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    /// <summary>The argument of an item of this type, or -1.</summary>
    private long Head(byte type)
    {
        if (IsBad || _rest.IsEmpty || _rest[0] >> 5 != type)
        {
            IsBad = true;
            return -1;
        }

        int info = _rest[0] & 0x1F;
        int size = info switch { < 24 => 0, 24 => 1, 25 => 2, 26 => 4, 27 => 8, _ => -1 };
        if (size < 0 || _rest.Length <= size)
        {
            IsBad = true;
            return -1;
        }

        ReadOnlySpan<byte> argument = _rest.Slice(1, size);
        (ulong value, ulong least) = size switch
        {
            0 => ((ulong)info, 0UL),
            1 => (argument[0], 24UL),
            2 => (BinaryPrimitives.ReadUInt16BigEndian(argument), 1UL << 8),
            4 => (BinaryPrimitives.ReadUInt32BigEndian(argument), 1UL << 16),
            _ => (BinaryPrimitives.ReadUInt64BigEndian(argument), 1UL << 32),
        };
        _rest = _rest[(1 + size)..];
        IsBad = value < least || value >= 1UL << 53;
        return IsBad ? -1 : (long)value;
    }
}
