using System.Buffers;
using System.Security.Cryptography;
using System.Text.Unicode;

namespace Zeq.Crypto;

/// <summary>The UTF-8 bytes of a text for the length of one call: on the stack where they fit, else rented; zeroed after use, since the text may be a secret.</summary>
internal ref struct Utf8Scratch
{
    internal const int StackSizeBytes = 512;
    private byte[]? _rented;
    private Span<byte> _buffer;
    private readonly int _length;

    internal Utf8Scratch(ReadOnlySpan<char> text, Span<byte> stack)
    {
        _buffer = stack;
        var maxSize = checked(text.Length * 3);
        if (maxSize > stack.Length)
        {
            _rented = ArrayPool<byte>.Shared.Rent(maxSize);
            _buffer = _rented;
        }

        IsValid = Utf8.FromUtf16(text, _buffer, out _, out _length, replaceInvalidSequences: false) == OperationStatus.Done;
    }

    /// <summary>False where the text holds a lone surrogate.</summary>
    internal bool IsValid { get; }

    internal readonly ReadOnlySpan<byte> Bytes => _buffer[.._length];

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_buffer[.._length]);
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
            _buffer = default;
        }
    }
}
