using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Fills the memory of Argon2id (RFC 9106 §3.2 to §3.4): <c>passes</c> times over four slices, in each of which the lanes are independent of each other. In the first two
/// slices of the first pass the addresses follow from the position alone; from there on they follow from the memory itself, that is from the password. That is Argon2id by
/// design (RFC 9106 §3.4.1.3): who can watch this process's cache or pages learns something there, and nothing in the half before.
/// </summary>
internal static unsafe class Argon2Fill
{
    private const int TypeArgon2id = 2;
    private const int AddressesPerBlock = Argon2Memory.BlockWords;
    private const int PositionCounterWord = 6;

    // Threads are worth their start from about a tenth of a millisecond on.
    private const int MinParallelSegmentBlocks = 256;

    // Looked at about every half millisecond.
    internal const int BlocksBetweenCancellationChecks = 1024;

    internal static void Run<TCompression>(Argon2Memory memory, int passes, CancellationToken cancellationToken)
        where TCompression : struct, IArgon2Compression
    {
        var isParallel = memory.Lanes > 1 && memory.SegmentBlocks >= MinParallelSegmentBlocks && Environment.ProcessorCount > 1;
        for (var pass = 0; pass < passes; pass++)
        {
            for (var slice = 0; slice < Argon2Memory.SliceCount; slice++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (isParallel)
                {
                    RunParallel<TCompression>(memory, passes, pass, slice, cancellationToken);
                }
                else
                {
                    for (var lane = 0; lane < memory.Lanes; lane++)
                    {
                        Segment<TCompression>(memory, passes, pass, lane, slice, cancellationToken);
                    }
                }
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static void RunParallel<TCompression>(Argon2Memory memory, int passes, int pass, int slice, CancellationToken cancellationToken)
        where TCompression : struct, IArgon2Compression =>
        Parallel.For(
            0,
            memory.Lanes,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Min(memory.Lanes, Environment.ProcessorCount) },
            lane => Segment<TCompression>(memory, passes, pass, lane, slice, cancellationToken));

    /// <summary>One lane of one slice. Where it is cancelled it returns early, and <see cref="Run"/> throws.</summary>
    internal static void Segment<TCompression>(Argon2Memory memory, int passes, int pass, int lane, int slice, CancellationToken cancellationToken)
        where TCompression : struct, IArgon2Compression
    {
        var isIndependent = pass == 0 && slice < Argon2Memory.SliceCount / 2;
        Scratch scratchMemory = default;
        Scratch addressMemory = default;
        Scratch positionMemory = default;
        var scratch = Aligned(ref scratchMemory);
        var addresses = Aligned(ref addressMemory);
        var position = Aligned(ref positionMemory);
        if (isIndependent)
        {
            Position(position, memory, passes, pass, lane, slice);
        }

        // The first two blocks of a lane come from the password's hash.
        var first = pass == 0 && slice == 0 ? 2 : 0;
        for (var index = first; index < memory.SegmentBlocks; index++)
        {
            if (index % BlocksBetweenCancellationChecks == 0 && cancellationToken.IsCancellationRequested)
            {
                break;
            }

            var current = (slice * memory.SegmentBlocks) + index;
            var previous = memory.Block(lane, current == 0 ? memory.LaneBlocks - 1 : current - 1);
            if (isIndependent && (index == first || index % AddressesPerBlock == 0))
            {
                NextAddresses<TCompression>(position, addresses, scratch);
            }

            var random = isIndependent ? addresses[index % AddressesPerBlock] : previous[0];
            var referenceLane = pass == 0 && slice == 0 ? lane : (int)((random >> 32) % (uint)memory.Lanes);
            var reference = memory.Block(referenceLane, Reference(memory, pass, slice, index, (uint)random, referenceLane == lane));
            TCompression.Compress(previous, reference, memory.Block(lane, current), scratch, isXored: pass > 0);
        }

        CryptographicOperations.ZeroMemory(scratchMemory);
    }

    /// <summary>Which block of its lane is referred to: of the blocks that are finished, newer ones more often (RFC 9106 §3.4.2).</summary>
    private static int Reference(Argon2Memory memory, int pass, int slice, int index, uint random, bool isSameLane)
    {
        var finishedBlocks = pass == 0 ? slice * memory.SegmentBlocks : memory.LaneBlocks - memory.SegmentBlocks;
        var area = isSameLane ? finishedBlocks + index - 1 : finishedBlocks - (index == 0 ? 1 : 0);
        var square = ((ulong)random * random) >> 32;
        var back = ((ulong)(uint)area * square) >> 32;
        var start = pass == 0 ? 0 : (slice + 1) * memory.SegmentBlocks;
        return (int)(((uint)start + (uint)area - 1 - back) % (uint)memory.LaneBlocks);
    }

    private static void Position(ulong* position, Argon2Memory memory, int passes, int pass, int lane, int slice)
    {
        position[0] = (ulong)pass;
        position[1] = (ulong)lane;
        position[2] = (ulong)slice;
        position[3] = (ulong)memory.Lanes * (ulong)memory.LaneBlocks;
        position[4] = (ulong)passes;
        position[5] = TypeArgon2id;
        position[PositionCounterWord] = 0;
    }

    /// <summary>128 addresses: G(0, G(0, position)), with the position's counter one higher than before.</summary>
    private static void NextAddresses<TCompression>(ulong* position, ulong* addresses, ulong* scratch)
        where TCompression : struct, IArgon2Compression
    {
        Scratch zeroMemory = default;
        Scratch onceMemory = default;
        var zero = Aligned(ref zeroMemory);
        var once = Aligned(ref onceMemory);
        position[PositionCounterWord]++;
        TCompression.Compress(zero, position, once, scratch, isXored: false);
        TCompression.Compress(zero, once, addresses, scratch, isXored: false);
    }

    /// <summary>The 1,024 bytes in a local of this stack frame that begin at a multiple of 64. A local does not move.</summary>
    private static ulong* Aligned(ref Scratch local) => (ulong*)(((nint)Unsafe.AsPointer(ref local) + 63) & ~63);

    [InlineArray(Argon2Memory.BlockSizeBytes + 64)]
    private struct Scratch
    {
        private byte _first;
    }
}
