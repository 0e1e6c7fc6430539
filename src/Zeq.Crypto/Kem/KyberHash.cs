using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// The expansions of ML-KEM over as many Keccak states side by side as a lane holds, and its single hashes over one. Constant time in every message; only
/// the rejection sampling of the matrix looks at what comes out, and that comes from the public seed. States and outputs that are secret are zeroed.
/// </summary>
/// <typeparam name="TWide">The wide lanes.</typeparam>
/// <typeparam name="TWideLane">Their type.</typeparam>
/// <typeparam name="TOne">Lanes of one state.</typeparam>
/// <typeparam name="TOneLane">Their type.</typeparam>
internal readonly struct KyberHash<TWide, TWideLane, TOne, TOneLane> : IKyberHash
    where TWide : struct, IKeccakOps<TWideLane>
    where TWideLane : struct
    where TOne : struct, IKeccakOps<TOneLane>
    where TOneLane : struct
{
    private const int SeedWords = 4;
    private const int MatrixPolynomials = KyberConstants.Rank * KyberConstants.Rank;

    public static void H(ReadOnlySpan<byte> message, Span<byte> hash32) => Keccak<TOne, TOneLane>.Sha3_256(message, [], hash32);

    public static void G(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash64) => Keccak<TOne, TOneLane>.Sha3_512(first, second, hash64);

    public static void J(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output32) => Keccak<TOne, TOneLane>.Shake256(first, second, output32);

    public static void SampleMatrix<TRing>(ReadOnlySpan<byte> rho, bool isTransposed, Span<short> matrix)
        where TRing : struct, IKyberRing
    {
        var first = 0;
        while (MatrixPolynomials - first >= TWide.StateCount)
        {
            SampleUniform<TRing, TWide, TWideLane>(rho, isTransposed, matrix, first);
            first += TWide.StateCount;
        }

        for (; first < MatrixPolynomials; first++)
        {
            SampleUniform<TRing, TOne, TOneLane>(rho, isTransposed, matrix, first);
        }
    }

    [SkipLocalsInit]
    public static void SampleNoise<TRing>(ReadOnlySpan<byte> seed, int nonce, Span<short> polynomials)
        where TRing : struct, IKyberRing
    {
        const int LastWord = (KeccakParameters.Shake256RateBytes / 8) - 1;
        var width = TWide.StateCount;
        Span<ulong> state = stackalloc ulong[KeccakParameters.StateWords * width];
        Span<byte> bytes = stackalloc byte[KyberConstants.NoiseSizeBytes];
        for (var count = polynomials.Length / KyberConstants.Degree; count > 0; count -= width)
        {
            state.Clear();
            for (var lane = 0; lane < width; lane++)
            {
                AbsorbSeed(state, width, lane, seed);
                state[(SeedWords * width) + lane] = (uint)nonce++ | ((ulong)KeccakParameters.ShakeSuffix << 8);
                state[(LastWord * width) + lane] = 1UL << 63;
            }

            KeccakPermutation<TWide, TWideLane>.Permute(ref MemoryMarshal.GetReference(state));
            for (var lane = 0; lane < Math.Min(width, count); lane++)
            {
                Squeeze(state, width, lane, bytes);
                TRing.SampleNoise(bytes, polynomials[..KyberConstants.Degree]);
                polynomials = polynomials[KyberConstants.Degree..];
            }
        }

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(state));
        CryptographicOperations.ZeroMemory(bytes);
    }

    /// <summary>As many polynomials of the matrix as <typeparamref name="TOps"/> holds states, from number <paramref name="first"/> on.</summary>
    [SkipLocalsInit]
    private static void SampleUniform<TRing, TOps, TLane>(ReadOnlySpan<byte> rho, bool isTransposed, Span<short> matrix, int first)
        where TRing : struct, IKyberRing
        where TOps : struct, IKeccakOps<TLane>
        where TLane : struct
    {
        const int LastWord = (KeccakParameters.Shake128RateBytes / 8) - 1;
        var width = TOps.StateCount;
        Span<ulong> state = stackalloc ulong[KeccakParameters.StateWords * width];
        Span<byte> block = stackalloc byte[KeccakParameters.Shake128RateBytes];
        Span<int> counts = stackalloc int[width];
        state.Clear();
        counts.Clear();
        for (var lane = 0; lane < width; lane++)
        {
            // Entry (i, j) is sampled from rho, j, i; of the transpose the numbers change places.
            var (i, j) = Math.DivRem(first + lane, KyberConstants.Rank);
            var index = isTransposed ? i | (j << 8) : j | (i << 8);
            AbsorbSeed(state, width, lane, rho);
            state[(SeedWords * width) + lane] = (uint)index | ((ulong)KeccakParameters.ShakeSuffix << 16);
            state[(LastWord * width) + lane] = 1UL << 63;
        }

        var isFull = false;
        while (!isFull)
        {
            KeccakPermutation<TOps, TLane>.Permute(ref MemoryMarshal.GetReference(state));
            isFull = true;
            for (var lane = 0; lane < width; lane++)
            {
                Squeeze(state, width, lane, block);
                counts[lane] = TRing.SampleUniform(block, matrix.Slice((first + lane) * KyberConstants.Degree, KyberConstants.Degree), counts[lane]);
                isFull &= counts[lane] == KyberConstants.Degree;
            }
        }
    }

    private static void AbsorbSeed(Span<ulong> state, int width, int lane, ReadOnlySpan<byte> seed32)
    {
        for (var i = 0; i < SeedWords; i++)
        {
            state[(i * width) + lane] = BinaryPrimitives.ReadUInt64LittleEndian(seed32[(8 * i)..]);
        }
    }

    private static void Squeeze(ReadOnlySpan<ulong> state, int width, int lane, Span<byte> output)
    {
        for (var i = 0; i < output.Length / 8; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(output[(8 * i)..], state[(i * width) + lane]);
        }
    }
}
