using System.Buffers;

namespace Zeq.Crypto;

/// <summary>
/// The canonical text as it grows, and the members of the objects that are still open. An object whose members arrive in order is
/// written once; one that does not is rearranged when it ends. Rented memory is cleared: documents may hold secrets.
/// </summary>
internal sealed class JcsBuffer : IDisposable
{
    private byte[] _text;
    private char[] _names = [];
    private Member[] _members = [];
    private int _textLength;
    private int _nameLength;

    internal JcsBuffer(int expectedSizeBytes) => _text = ArrayPool<byte>.Shared.Rent(Math.Max(256, expectedSizeBytes));

    internal ReadOnlySpan<byte> Written => _text.AsSpan(0, _textLength);

    /// <summary>Number of members of all open objects.</summary>
    internal int MemberCount { get; private set; }

    internal void Append(byte value)
    {
        if (_textLength == _text.Length)
        {
            Grow(ref _text, _textLength, _textLength + 1L);
        }

        _text[_textLength++] = value;
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _text.Length - _textLength)
        {
            Grow(ref _text, _textLength, (long)_textLength + bytes.Length);
        }

        bytes.CopyTo(_text.AsSpan(_textLength));
        _textLength += bytes.Length;
    }

    /// <summary>Adds to the unescaped UTF-16 name of the member that is being read.</summary>
    internal void AppendName(char value)
    {
        if (_nameLength == _names.Length)
        {
            Grow(ref _names, _nameLength, _nameLength + 1L);
        }

        _names[_nameLength++] = value;
    }

    /// <summary>Opens a member: its text, name and value, starts here.</summary>
    internal void BeginMember()
    {
        if (MemberCount == _members.Length)
        {
            Grow(ref _members, MemberCount, MemberCount + 1L);
        }

        _members[MemberCount++] = new Member { TextStart = _textLength, NameStart = _nameLength };
    }

    /// <summary>The name of the newest member is complete.</summary>
    internal void EndName() => _members[MemberCount - 1].NameLength = _nameLength - _members[MemberCount - 1].NameStart;

    /// <summary>The value of member <paramref name="index"/> is complete.</summary>
    internal void EndMember(int index) => _members[index].TextLength = _textLength - _members[index].TextStart;

    /// <summary>Puts the members from <paramref name="first"/> on in the order of their names and forgets them. False where two names are equal.</summary>
    internal bool EndObject(int first)
    {
        var members = _members.AsSpan(first, MemberCount - first);
        var nameStart = members.IsEmpty ? _nameLength : members[0].NameStart;
        var inOrder = true;
        for (var i = 1; i < members.Length && inOrder; i++)
        {
            inOrder = Name(members[i - 1]).SequenceCompareTo(Name(members[i])) < 0;
        }

        if (!inOrder && !Rearrange(members))
        {
            return false;
        }

        _nameLength = nameStart;
        MemberCount = first;
        return true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_text, clearArray: true);
        Return(_names);
        Return(_members);
        _text = [];
        _names = [];
        _members = [];
    }

    private bool Rearrange(Span<Member> members)
    {
        // The first member's text starts the region, and stays the start after sorting.
        var start = members[0].TextStart;
        var length = _textLength - start;

        // UTF-16 code unit order (RFC 8785 §3.2.3); it differs from UTF-8's above U+D7FF.
        members.Sort((a, b) => Name(a).SequenceCompareTo(Name(b)));
        for (var i = 1; i < members.Length; i++)
        {
            if (Name(members[i - 1]).SequenceEqual(Name(members[i])))
            {
                return false;
            }
        }

        var sorted = ArrayPool<byte>.Shared.Rent(length);
        var position = 0;
        foreach (var member in members)
        {
            if (position > 0)
            {
                sorted[position++] = (byte)',';
            }

            _text.AsSpan(member.TextStart, member.TextLength).CopyTo(sorted.AsSpan(position));
            position += member.TextLength;
        }

        sorted.AsSpan(0, length).CopyTo(_text.AsSpan(start));
        ArrayPool<byte>.Shared.Return(sorted, clearArray: true);
        return true;
    }

    private ReadOnlySpan<char> Name(in Member member) => _names.AsSpan(member.NameStart, member.NameLength);

    private static void Grow<T>(ref T[] array, int used, long needed)
    {
        var larger = ArrayPool<T>.Shared.Rent(checked((int)Math.Min(Array.MaxLength, Math.Max(Math.Max(64, needed), 2L * array.Length))));
        array.AsSpan(0, used).CopyTo(larger);
        Return(array);
        array = larger;
    }

    private static void Return<T>(T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array, clearArray: true);
        }
    }

    private struct Member
    {
        internal int TextStart;
        internal int TextLength;
        internal int NameStart;
        internal int NameLength;
    }
}
