using System.Security.Cryptography;

namespace Zeq.Cli;

/// <summary>A PIN in a buffer of its own, zeroed after use. A line that the terminal or stdin gave is a string besides, which nobody can zero.</summary>
internal sealed class PinText : IDisposable
{
    private readonly char[] _text;

    public PinText(ReadOnlySpan<char> text)
    {
        _text = GC.AllocateArray<char>(text.Length, pinned: true);
        text.CopyTo(_text);
    }

    public ReadOnlySpan<char> Text => _text;

    /// <summary>How many bits it is worth where it was made here; 0 where a person chose it.</summary>
    public int GeneratedBits { get; init; }

    public void Dispose() => CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_text.AsSpan()));
}
