using System.Diagnostics.CodeAnalysis;

namespace Zeq.Crypto;

/// <summary>Checks of the caller's own arguments: a failure is misuse of the library, so it throws.</summary>
internal static class Require
{
    internal static void Length(int actualBytes, int expectedBytes, string name)
    {
        if (actualBytes != expectedBytes)
        {
            ThrowLength(actualBytes, expectedBytes, name);
        }
    }

    /// <summary>Input and output are apart or start at the same byte; anything between would overwrite input that is still to be read.</summary>
    internal static void NoPartialOverlap(ReadOnlySpan<byte> input, ReadOnlySpan<byte> output, string name)
    {
        if (input.Overlaps(output, out var offset) && offset != 0)
        {
            throw new ArgumentException("Input and output overlap, but do not start at the same byte.", name);
        }
    }

    /// <summary>Input and output share no byte.</summary>
    internal static void NoOverlap(ReadOnlySpan<byte> input, ReadOnlySpan<byte> output, string name)
    {
        if (input.Overlaps(output))
        {
            throw new ArgumentException("The output overlaps another buffer.", name);
        }
    }

    [DoesNotReturn]
    private static void ThrowLength(int actualBytes, int expectedBytes, string name) =>
        throw new ArgumentException($"Expected {expectedBytes} bytes, got {actualBytes}.", name);
}
