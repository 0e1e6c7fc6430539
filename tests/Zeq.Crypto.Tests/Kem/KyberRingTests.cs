using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto.Tests;

/// <summary>The arithmetic under ML-KEM, on every width of vector that this processor has, against the definitions of FIPS 203.</summary>
public class KyberRingTests
{
    private const int N = 256;
    private const int Q = 3329;
    private static readonly Dictionary<string, Ring> _rings = MakeRings();

    public static TheoryData<string> Rings { get; } = [.. _rings.Keys];

    /// <summary>NTT, product and inverse NTT are the product of the ring.</summary>
    [Theory, MemberData(nameof(Rings))]
    public void ProductsAreThoseOfTheRing(string name)
    {
        var random = SeededRandom.Create();
        var ring = _rings[name];
        for (var run = 0; run < 20; run++)
        {
            // Extreme coefficients first, where an overflow would show.
            short[][] a = [.. Enumerable.Range(0, 3).Select(_ => run < 2 ? Constant((short)(Q - 1)) : Polynomial(random, 0, Q - 1))];
            short[][] b = [.. Enumerable.Range(0, 3).Select(_ => run == 0 ? Constant((short)(Q - 1)) : run == 1 ? Constant(-2) : Polynomial(random, -2, 2))];
            var expected = new long[N];
            for (var k = 0; k < 3; k++)
            {
                for (var i = 0; i < N; i++)
                {
                    for (var j = 0; j < N; j++)
                    {
                        var product = a[k][i] * b[k][j];
                        expected[(i + j) % N] += i + j < N ? product : -product;
                    }
                }
            }

            short[] left = [.. a.SelectMany(p => After(ring.Ntt, p))];
            short[] right = [.. b.SelectMany(p => After(ring.Ntt, p))];
            Assert.All(left, c => Assert.InRange(c, 0, Q - 1));
            var result = new short[N];
            ring.Dot(left, right, result);
            ring.InverseNtt(result);
            Assert.All(result, c => Assert.InRange(c, -Q, Q));
            Assert.Equal(expected.Select(c => Mod(c)), result.Select(c => Mod(c)));
        }
    }

    /// <summary>The NTT itself is that of the standard: X^256 + 1 splits by 17^(2 BitRev7(i) + 1), in this order.</summary>
    [Theory, MemberData(nameof(Rings))]
    public void TheNttIsTheStandards(string name)
    {
        var random = SeededRandom.Create();
        var p = Polynomial(random, -Q, Q);
        var ntt = After(_rings[name].Ntt, p);
        for (var i = 0; i < N / 2; i++)
        {
            var reversed = Convert.ToInt32(new string([.. Convert.ToString(i, 2).PadLeft(7, '0').Reverse()]), 2);
            long gamma = (long)System.Numerics.BigInteger.ModPow(17, (2 * reversed) + 1, Q), power = 1, even = 0, odd = 0;
            for (var j = 0; j < N; j += 2)
            {
                even += p[j] * power;
                odd += p[j + 1] * power;
                power = power * gamma % Q;
            }

            Assert.Equal((Mod(even), Mod(odd)), (ntt[2 * i], ntt[(2 * i) + 1]));
        }
    }

    /// <summary>The bounds that the contract allows, and not what a protocol run happens to make.</summary>
    [Theory, MemberData(nameof(Rings))]
    public void EveryPathAgreesWithThePlainOne(string name)
    {
        var random = SeededRandom.Create();
        var (ring, plain) = (_rings[name], _rings[nameof(ScalarRing)]);
        for (var run = 0; run < 200; run++)
        {
            var p = run < 4 ? Constant((short)(run % 2 == 0 ? Q : -Q)) : Polynomial(random, -Q, Q);
            Assert.Equal(After(plain.Ntt, p), After(ring.Ntt, p));
            Assert.Equal(After(plain.InverseNtt, p).Select(c => Mod(c)), After(ring.InverseNtt, p).Select(c => Mod(c)));
            Assert.Equal(After(plain.ToMontgomery, p).Select(c => Mod(c)), After(ring.ToMontgomery, p).Select(c => Mod(c)));
            var left = run == 0 ? [.. Enumerable.Repeat((short)4095, 3 * N)] : Polynomial(random, 0, 4095, 3 * N);
            var right = run == 0 ? [.. Enumerable.Repeat((short)(Q - 1), 3 * N)] : Polynomial(random, 0, Q - 1, 3 * N);
            var (expected, actual) = (new short[N], new short[N]);
            plain.Dot(left, right, expected);
            ring.Dot(left, right, actual);
            Assert.Equal(expected.Select(c => Mod(c)), actual.Select(c => Mod(c)));
            Assert.All(actual, c => Assert.InRange(c, -Q, Q));

            var wide = Polynomial(random, -2 * Q, 2 * Q);
            var other = run == 0 ? Constant(2 * Q) : Polynomial(random, -2 * Q, 2 * Q);
            Assert.Equal(wide.Zip(other, (a, b) => Mod(a + b)), After(x => ring.Add(x, other), wide));
            Assert.Equal(wide.Zip(other, (a, b) => Mod(b - a)), After(x => ring.SubtractFrom(other, x), wide));
            var noise = random.Bytes(128);
            Assert.Equal(Decoded(b => plain.SampleNoise(b.Bytes, b.Polynomial), noise), Decoded(b => ring.SampleNoise(b.Bytes, b.Polynomial), noise));
        }
    }

    /// <summary>Constants make the largest sums of the inverse NTT: in some of them all that is added is near the bound of a product, and of one sign.</summary>
    [Theory, MemberData(nameof(Rings))]
    public void TheInverseNttOfConstants(string name)
    {
        var (ring, plain) = (_rings[name], _rings[nameof(ScalarRing)]);
        var (expected, actual) = (new short[N], new short[N]);
        for (var constant = -Q; constant <= Q; constant++)
        {
            Array.Fill(expected, (short)constant);
            Array.Fill(actual, (short)constant);
            plain.InverseNtt(expected);
            ring.InverseNtt(actual);
            for (var i = 0; i < N; i++)
            {
                if (Mod(expected[i]) != Mod(actual[i]))
                {
                    Assert.Fail($"The constant {constant}, coefficient {i}.");
                }
            }

            ring.Ntt(actual);
            Assert.True(actual.AsSpan().IndexOfAnyExcept(Mod(constant * 65536L)) < 0, $"The constant {constant}, back again.");
        }
    }

    /// <summary>Compress_d of every coefficient is the rounding of the standard, computed in fractions.</summary>
    [Theory, MemberData(nameof(Rings))]
    public void CompressionOfEveryCoefficient(string name)
    {
        var ring = _rings[name];
        foreach (var (d, compress) in ((int, Action<short[], byte[]>)[])[(1, ring.Compress1), (4, ring.Compress4), (10, ring.Compress10)])
        {
            for (var first = 0; first < Q; first += N)
            {
                short[] p = [.. Enumerable.Range(first, N).Select(x => (short)Math.Min(x, Q - 1))];
                var bytes = new byte[32 * d];
                compress(p, bytes);
                Assert.Equal(p.Select(x => (((2 * x) << d) + Q) / (2 * Q) % (1 << d)), Bits(bytes, d));
            }
        }
    }

    [Theory, MemberData(nameof(Rings))]
    public void DecompressionOfEveryNumber(string name)
    {
        var random = SeededRandom.Create();
        var ring = _rings[name];
        foreach (var (d, decompress) in ((int, Action<byte[], short[]>)[])[(1, ring.Decompress1), (4, ring.Decompress4), (10, ring.Decompress10)])
        {
            for (var first = 0; first < 1 << d; first += N)
            {
                int[] numbers = [.. Enumerable.Range(0, N).Select(i => (first + i) % (1 << d))];
                Assert.Equal(numbers.Select(y => (short)(((2 * y * Q) + (1 << d)) >> (d + 1))), Decoded(b => decompress(b.Bytes, b.Polynomial), FromBits(numbers, d)));
                var bytes = random.Bytes(32 * d);
                Assert.Equal(Bits(bytes, d).Select(y => (short)(((2 * y * Q) + (1 << d)) >> (d + 1))), Decoded(b => decompress(b.Bytes, b.Polynomial), bytes));
            }
        }
    }

    [Theory, MemberData(nameof(Rings))]
    public void TwelveBits(string name)
    {
        var random = SeededRandom.Create();
        var ring = _rings[name];
        for (var run = 0; run < 20; run++)
        {
            var bytes = random.Bytes(384);
            var numbers = Bits(bytes, 12);
            Assert.Equal(numbers.Select(x => (short)x), Decoded(b => ring.Decode12(b.Bytes, b.Polynomial), bytes));
            var p = Polynomial(random, 0, Q - 1);
            var encoded = new byte[384];
            ring.Encode12(p, encoded);
            Assert.Equal(FromBits([.. p.Select(x => (int)x)], 12), encoded);
            Assert.True(ring.IsBelowModulus(encoded));
        }

        for (var i = 0; i < N; i++)
        {
            foreach (var number in (int[])[3328, 3329, 3330, 4095])
            {
                var numbers = Polynomial(random, 0, Q - 1).Select(x => (int)x).ToArray();
                numbers[i] = number;
                Assert.Equal(number < Q, ring.IsBelowModulus(FromBits(numbers, 12)));
            }
        }
    }

    /// <summary>From every fill, also where the polynomial ends within a block; nothing behind its end is touched.</summary>
    [Theory, MemberData(nameof(Rings))]
    public void RejectionSampling(string name)
    {
        var random = SeededRandom.Create();
        for (var count = 0; count <= N; count++)
        {
            var block = random.Bytes(168);
            if (count % 8 == 0)
            {
                // Nearly all are refused, or none is.
                Array.Fill(block, count % 16 == 0 ? (byte)0xFF : (byte)0x11);
            }

            int[] kept = [.. Bits(block, 12).Where(x => x < Q).Take(N - count)];
            var p = new short[N];
            Assert.Equal(count + kept.Length, _rings[name].SampleUniform(block, p, count));
            Assert.Equal(kept, p.Skip(count).Take(kept.Length).Select(x => (int)x));
            Assert.All(p.Take(count), x => Assert.Equal(0, x));
        }
    }

    private static short Mod(long value) => (short)(((value % Q) + Q) % Q);

    private static short[] Constant(short value) => [.. Enumerable.Repeat(value, N)];

    private static short[] Polynomial(Random random, int min, int max, int count = N) => [.. Enumerable.Range(0, count).Select(_ => (short)random.Next(min, max + 1))];

    private static short[] After(Action<short[]> change, short[] polynomial)
    {
        short[] copy = [.. polynomial];
        change(copy);
        return copy;
    }

    private static short[] Decoded(Action<(byte[] Bytes, short[] Polynomial)> decode, byte[] bytes)
    {
        var polynomial = new short[N];
        decode((bytes, polynomial));
        return polynomial;
    }

    /// <summary>The numbers of d bits in bytes, the lowest bits first.</summary>
    private static int[] Bits(byte[] bytes, int d)
    {
        int Bit(int i) => (bytes[i / 8] >> (i % 8)) & 1;
        return [.. Enumerable.Range(0, bytes.Length * 8 / d).Select(n => Enumerable.Range(0, d).Sum(i => Bit((n * d) + i) << i))];
    }

    private static byte[] FromBits(int[] numbers, int d)
    {
        var bytes = new byte[numbers.Length * d / 8];
        for (var i = 0; i < numbers.Length * d; i++)
        {
            bytes[i / 8] |= (byte)(((numbers[i / d] >> (i % d)) & 1) << (i % 8));
        }

        return bytes;
    }

    private static Dictionary<string, Ring> MakeRings()
    {
        var rings = new Dictionary<string, Ring> { [nameof(ScalarRing)] = Ring.Of<ScalarRing>() };
        if (VectorCoding.IsSupported)
        {
            rings.Add(nameof(ShortOps128), Ring.Of<VectorRing<ShortOps128, Vector128<short>>>());
        }

        if (Avx2.IsSupported)
        {
            rings.Add(nameof(ShortOps256), Ring.Of<VectorRing<ShortOps256, Vector256<short>>>());
        }

        if (Avx512Vbmi2.IsSupported)
        {
            rings.Add(nameof(ShortOps512), Ring.Of<VectorRing<ShortOps512, Vector512<short>>>());
        }

        return rings;
    }

    private sealed class Ring
    {
        internal required Action<short[]> Ntt { get; init; }

        internal required Action<short[]> InverseNtt { get; init; }

        internal required Action<short[], short[], short[]> Dot { get; init; }

        internal required Action<short[]> ToMontgomery { get; init; }

        internal required Action<short[], short[]> Add { get; init; }

        internal required Action<short[], short[]> SubtractFrom { get; init; }

        internal required Action<short[], byte[]> Encode12 { get; init; }

        internal required Action<byte[], short[]> Decode12 { get; init; }

        internal required Action<short[], byte[]> Compress10 { get; init; }

        internal required Action<byte[], short[]> Decompress10 { get; init; }

        internal required Action<short[], byte[]> Compress4 { get; init; }

        internal required Action<byte[], short[]> Decompress4 { get; init; }

        internal required Action<short[], byte[]> Compress1 { get; init; }

        internal required Action<byte[], short[]> Decompress1 { get; init; }

        internal required Action<byte[], short[]> SampleNoise { get; init; }

        internal required Func<byte[], short[], int, int> SampleUniform { get; init; }

        internal required Func<byte[], bool> IsBelowModulus { get; init; }

        internal static Ring Of<TRing>()
            where TRing : struct, IKyberRing => new()
            {
                Ntt = p => TRing.Ntt(p),
                InverseNtt = p => TRing.InverseNtt(p),
                Dot = (a, b, result) => TRing.Dot(a, b, result),
                ToMontgomery = p => TRing.ToMontgomery(p),
                Add = (p, other) => TRing.Add(p, other),
                SubtractFrom = (minuend, p) => TRing.SubtractFrom(minuend, p),
                Encode12 = (p, bytes) => TRing.Encode12(p, bytes),
                Decode12 = (bytes, p) => TRing.Decode12(bytes, p),
                Compress10 = (p, bytes) => TRing.Compress10(p, bytes),
                Decompress10 = (bytes, p) => TRing.Decompress10(bytes, p),
                Compress4 = (p, bytes) => TRing.Compress4(p, bytes),
                Decompress4 = (bytes, p) => TRing.Decompress4(bytes, p),
                Compress1 = (p, bytes) => TRing.Compress1(p, bytes),
                Decompress1 = (bytes, p) => TRing.Decompress1(bytes, p),
                SampleNoise = (bytes, p) => TRing.SampleNoise(bytes, p),
                SampleUniform = (block, p, count) => TRing.SampleUniform(block, p, count),
                IsBelowModulus = bytes => TRing.IsBelowModulus(bytes),
            };
    }
}
