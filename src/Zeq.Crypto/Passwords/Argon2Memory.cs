using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// The memory of one computation of Argon2: blocks of 1 KiB, lane after lane, outside of the garbage collector's heap, so that nothing copies it. It is as secret as the
/// password, and zeroed when it is freed.
/// </summary>
internal sealed unsafe class Argon2Memory : IDisposable
{
    internal const int BlockSizeBytes = 1024;
    internal const int BlockWords = BlockSizeBytes / sizeof(ulong);
    internal const int SliceCount = 4;
    private const int AlignmentBytes = 64;
    private const long MinLargePagesBytes = 4 * LargePages.SizeBytes;
    private const int ZeroStepBytes = 1 << 24;

    private readonly Action<Argon2Memory>? _freeing;
    private ulong* _blocks;

    /// <summary>Allocates; the content is not defined.</summary>
    /// <param name="memoryKib">At least 8 times <paramref name="lanes"/>; rounded down to a multiple of 4 times that (RFC 9106 §3.2).</param>
    /// <param name="lanes">At least 1.</param>
    /// <param name="freeing">Sees the memory after it was zeroed and before it is freed: a test looks there.</param>
    /// <exception cref="OutOfMemoryException">The system has no memory of that size.</exception>
    internal Argon2Memory(int memoryKib, int lanes, Action<Argon2Memory>? freeing = null)
    {
        _freeing = freeing;
        Lanes = lanes;
        SegmentBlocks = memoryKib / (lanes * SliceCount);
        LaneBlocks = SegmentBlocks * SliceCount;
        var isLarge = SizeBytes >= MinLargePagesBytes;
        _blocks = (ulong*)NativeMemory.AlignedAlloc((nuint)SizeBytes, isLarge ? LargePages.SizeBytes : AlignmentBytes);
        if (isLarge)
        {
            LargePages.Advise(_blocks, (nuint)SizeBytes);
        }
    }

    internal int Lanes { get; }

    /// <summary>Blocks of a lane.</summary>
    internal int LaneBlocks { get; }

    /// <summary>Blocks of a lane in one of the four slices of a pass.</summary>
    internal int SegmentBlocks { get; }

    internal long SizeBytes => (long)Lanes * LaneBlocks * BlockSizeBytes;

    internal ulong* Block(int lane, int index) => _blocks + (((long)lane * LaneBlocks) + index) * BlockWords;

    public void Dispose()
    {
        if (_blocks is null)
        {
            return;
        }

        for (long done = 0; done < SizeBytes; done += ZeroStepBytes)
        {
            CryptographicOperations.ZeroMemory(new Span<byte>((byte*)_blocks + done, (int)Math.Min(ZeroStepBytes, SizeBytes - done)));
        }

        try
        {
            _freeing?.Invoke(this);
        }
        finally
        {
            NativeMemory.AlignedFree(_blocks);
            _blocks = null;
        }
    }
}
