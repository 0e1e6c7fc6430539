using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>
/// Rejection sampling of the matrix in vectors (FIPS 203 algorithm 7). What it reads comes from the public seed alone, so it may index a table by it
/// and take a time that depends on it.
/// </summary>
internal static class UniformSampling
{
    private const int N = KyberConstants.Degree;
    private const int BlockBytes = KeccakParameters.Shake128RateBytes;

    // For every mask of 8 numbers the byte pattern that moves those of the mask to the front.
    private static readonly byte[] _patterns = MakePatterns();

    /// <summary>8 numbers at a time: a table tells the shuffle that closes the gaps.</summary>
    internal static int ByShuffle(ReadOnlySpan<byte> block, Span<short> polynomial, int count)
    {
        const int Step = 12, Numbers = 8;
        Span<short> rest = stackalloc short[Numbers];
        for (var i = 0; i < BlockBytes && count < N; i += Step)
        {
            // The last load steps back: a block has no 4 bytes more.
            var bytes = i + 16 <= BlockBytes
                ? Vector128.Create(block.Slice(i, 16))
                : Vector128.Shuffle(Vector128.Create(block.Slice(BlockBytes - 16, 16)), Vector128.Create((byte)4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255, 255, 255, 255));
            var numbers = VectorCoding.Unpack12(bytes);
            var mask = (int)Vector128.LessThan(numbers, Vector128.Create((short)KyberConstants.Modulus)).ExtractMostSignificantBits();
            var kept = Vector128.Shuffle(numbers.AsByte(), Vector128.Create(_patterns.AsSpan(mask * 16, 16))).AsInt16();
            var found = BitOperations.PopCount((uint)mask);
            if (count + Numbers <= N)
            {
                kept.CopyTo(polynomial[count..]);
                count += found;
            }
            else
            {
                kept.CopyTo(rest);
                found = Math.Min(found, N - count);
                rest[..found].CopyTo(polynomial[count..]);
                count += found;
            }
        }

        return count;
    }

    /// <summary>32 numbers at a time: AVX-512 VBMI unpacks them, VBMI2 closes the gaps.</summary>
    internal static int ByCompress(ReadOnlySpan<byte> block, Span<short> polynomial, int count)
    {
        const int Step = 48, Numbers = 32;
        Span<short> rest = stackalloc short[Numbers];
        for (var i = 0; i < BlockBytes && count < N; i += Step)
        {
            // Three full steps, and a half one at the end whose load steps back.
            var start = Math.Min(i, BlockBytes - 64);
            var valid = Math.Min(Step, BlockBytes - i) * 2 / 3;
            var bytes = Vector512.Create(block.Slice(start, 64));
            var pattern = Pattern + Vector512.Create((byte)(i - start));
            var words = Avx512Vbmi.PermuteVar64x8(bytes, pattern).AsUInt16() * Vector512.Create(0x0001_0010U).AsUInt16();
            var numbers = Vector512.ShiftRightLogical(words, 4);
            var isKept = Vector512.LessThan(numbers, Vector512.Create((ushort)KyberConstants.Modulus))
                & Vector512.LessThan(Vector512<ushort>.Indices, Vector512.Create((ushort)valid));
            var kept = Avx512Vbmi2.Compress(Vector512<ushort>.Zero, isKept, numbers).AsInt16();
            var found = BitOperations.PopCount((uint)isKept.ExtractMostSignificantBits());
            if (count + Numbers <= N)
            {
                kept.CopyTo(polynomial[count..]);
                count += found;
            }
            else
            {
                kept.CopyTo(rest);
                found = Math.Min(found, N - count);
                rest[..found].CopyTo(polynomial[count..]);
                count += found;
            }
        }

        return count;
    }

    private static Vector512<byte> Pattern => Vector512.Create(
        (byte)0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11, 12, 13, 13, 14, 15, 16, 16, 17, 18, 19, 19, 20, 21, 22, 22, 23,
        24, 25, 25, 26, 27, 28, 28, 29, 30, 31, 31, 32, 33, 34, 34, 35, 36, 37, 37, 38, 39, 40, 40, 41, 42, 43, 43, 44, 45, 46, 46, 47);

    private static byte[] MakePatterns()
    {
        var patterns = new byte[256 * 16];
        for (var mask = 0; mask < 256; mask++)
        {
            var target = patterns.AsSpan(mask * 16, 16);
            target.Fill(255);
            var position = 0;
            for (var number = 0; number < 8; number++)
            {
                if ((mask >> number & 1) != 0)
                {
                    target[position++] = (byte)(2 * number);
                    target[position++] = (byte)((2 * number) + 1);
                }
            }
        }

        return patterns;
    }
}
