using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace Zeq.Crypto.Tests;

/// <summary>Keccak on every width of lane that this processor has.</summary>
public class KeccakTests
{
    private static readonly Dictionary<string, Sponge> _sponges = MakeSponges();
    private static readonly Dictionary<string, (int StateCount, Action<ulong[]> Permute)> _permutations = MakePermutations();

    public static TheoryData<string> Sponges { get; } = [.. _sponges.Keys];

    public static TheoryData<string> Permutations { get; } = [.. _permutations.Keys];

    [Theory, MemberData(nameof(Sponges))]
    public void TheEmptyMessage(string name)
    {
        var sponge = _sponges[name];
        Assert.Equal("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a", Hex.Encode(sponge.Sha3_256([], [], 32)));
        Assert.Equal(
            "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
            Hex.Encode(sponge.Sha3_512([], [], 64)));
        Assert.Equal("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26", Hex.Encode(sponge.Shake128([], [], 32)));
        Assert.Equal("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f", Hex.Encode(sponge.Shake256([], [], 32)));
    }

    /// <summary>Where the system has SHA-3, that is the judge; elsewhere the plain lanes, which the known answers bind.</summary>
    [Theory, MemberData(nameof(Sponges))]
    public void EveryLengthAndEverySplit(string name)
    {
        var random = SeededRandom.Create();
        var sponge = _sponges[name];
        var plain = _sponges[nameof(KeccakScalar)];
        for (var length = 0; length <= 420; length++)
        {
            var message = random.Bytes(length);
            var split = random.Next(length + 1);
            var (first, second) = (message[..split], message[split..]);
            var outputLength = 1 + random.Next(420);
            Assert.Equal(SHA3_256.IsSupported ? SHA3_256.HashData(message) : plain.Sha3_256(message, [], 32), sponge.Sha3_256(first, second, 32));
            Assert.Equal(SHA3_512.IsSupported ? SHA3_512.HashData(message) : plain.Sha3_512(message, [], 64), sponge.Sha3_512(first, second, 64));
            Assert.Equal(
                Shake128.IsSupported ? Shake128.HashData(message, outputLength) : plain.Shake128(message, [], outputLength), sponge.Shake128(first, second, outputLength));
            Assert.Equal(
                Shake256.IsSupported ? Shake256.HashData(message, outputLength) : plain.Shake256(message, [], outputLength), sponge.Shake256(first, second, outputLength));
        }
    }

    [Theory, MemberData(nameof(Permutations))]
    public void StatesBesideEachOtherAreStatesByThemselves(string name)
    {
        var random = SeededRandom.Create();
        var (stateCount, permute) = _permutations[name];
        for (var run = 0; run < 50; run++)
        {
            var states = MemoryMarshal.Cast<byte, ulong>(random.Bytes(25 * 8 * stateCount)).ToArray();
            var expected = new ulong[states.Length];
            for (var s = 0; s < stateCount; s++)
            {
                ulong[] one = [.. Enumerable.Range(0, 25).Select(i => states[(i * stateCount) + s])];
                KeccakPermutation<KeccakScalar, ulong>.Permute(ref one[0]);
                for (var i = 0; i < 25; i++)
                {
                    expected[(i * stateCount) + s] = one[i];
                }
            }

            permute(states);
            Assert.Equal(expected, states);
        }
    }

    private static Dictionary<string, Sponge> MakeSponges()
    {
        var sponges = new Dictionary<string, Sponge> { [nameof(KeccakScalar)] = Sponge.Of<KeccakScalar, ulong>() };
        if (Avx512F.VL.IsSupported)
        {
            sponges.Add(nameof(KeccakSingle512), Sponge.Of<KeccakSingle512, Vector128<ulong>>());
        }

        return sponges;
    }

    private static Dictionary<string, (int StateCount, Action<ulong[]> Permute)> MakePermutations()
    {
        var permutations = new Dictionary<string, (int, Action<ulong[]>)>
        {
            [nameof(Keccak128)] = (2, state => KeccakPermutation<Keccak128, Vector128<ulong>>.Permute(ref state[0])),
        };
        if (Avx2.IsSupported)
        {
            permutations.Add(nameof(Keccak256), (4, state => KeccakPermutation<Keccak256, Vector256<ulong>>.Permute(ref state[0])));
        }

        if (Avx512F.VL.IsSupported)
        {
            permutations.Add(nameof(Keccak512), (8, state => KeccakPermutation<Keccak512, Vector512<ulong>>.Permute(ref state[0])));
            permutations.Add(nameof(KeccakSingle512), (1, state => KeccakPermutation<KeccakSingle512, Vector128<ulong>>.Permute(ref state[0])));
        }

        return permutations;
    }

    private delegate void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output);

    private sealed class Sponge
    {
        internal required Func<byte[], byte[], int, byte[]> Sha3_256 { get; init; }

        internal required Func<byte[], byte[], int, byte[]> Sha3_512 { get; init; }

        internal required Func<byte[], byte[], int, byte[]> Shake128 { get; init; }

        internal required Func<byte[], byte[], int, byte[]> Shake256 { get; init; }

        internal static Sponge Of<TOps, TLane>()
            where TOps : struct, IKeccakOps<TLane>
            where TLane : struct => new()
            {
                Sha3_256 = Return(Keccak<TOps, TLane>.Sha3_256),
                Sha3_512 = Return(Keccak<TOps, TLane>.Sha3_512),
                Shake128 = Return(Keccak<TOps, TLane>.Shake128),
                Shake256 = Return(Keccak<TOps, TLane>.Shake256),
            };

        private static Func<byte[], byte[], int, byte[]> Return(Hash hash) => (first, second, length) =>
        {
            var output = new byte[length];
            hash(first, second, output);
            return output;
        };
    }
}
