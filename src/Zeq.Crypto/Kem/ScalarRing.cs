using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// The ring in plain integers: runs everywhere, and is what the vector code is measured against. Constant time: products are reduced after Montgomery and
/// Barrett, compression multiplies by a reciprocal and shifts (no division, so no KyberSlash), a condition is a sign bit spread to a mask.
/// </summary>
internal readonly struct ScalarRing : IKyberRing
{
    private const int Q = KyberConstants.Modulus;

    // Copies in order of use; the fields of another class would be looked up in every loop.
    private static readonly short[] _zetas = KyberConstants.Zetas;
    private static readonly short[] _gammas = KyberConstants.Gammas;

    public static void Ntt(Span<short> polynomial)
    {
        var p = polynomial[..KyberConstants.Degree];
        var i = 1;
        for (var length = 128; length >= 2; length >>= 1)
        {
            for (var start = 0; start < KyberConstants.Degree; start += 2 * length)
            {
                var zeta = _zetas[i++];
                var low = p.Slice(start, length);
                var high = p.Slice(start + length, length)[..low.Length];
                for (var j = 0; j < low.Length; j++)
                {
                    var t = MontgomeryMultiply(high[j], zeta);
                    high[j] = (short)(low[j] - t);
                    low[j] = (short)(low[j] + t);
                }
            }
        }

        for (var j = 0; j < p.Length; j++)
        {
            p[j] = Canonical(p[j]);
        }
    }

    public static void InverseNtt(Span<short> polynomial)
    {
        var p = polynomial[..KyberConstants.Degree];
        var i = 127;
        for (var length = 2; length <= 128; length <<= 1)
        {
            for (var start = 0; start < KyberConstants.Degree; start += 2 * length)
            {
                var zeta = _zetas[i--];
                var low = p.Slice(start, length);
                var high = p.Slice(start + length, length)[..low.Length];
                for (var j = 0; j < low.Length; j++)
                {
                    // A sum doubles the bound: 8q here, which 16 bits hold, and again less than 9q at the end.
                    var t = low[j];
                    var sum = (short)(t + high[j]);
                    low[j] = length == 8 ? BarrettReduce(sum) : sum;
                    high[j] = MontgomeryMultiply((short)(high[j] - t), zeta);
                }
            }
        }

        for (var j = 0; j < p.Length; j++)
        {
            p[j] = MontgomeryMultiply(p[j], KyberConstants.InverseNttScale);
        }
    }

    public static void Dot(ReadOnlySpan<short> a, ReadOnlySpan<short> b, Span<short> result)
    {
        a = a[..(KyberConstants.Rank * KyberConstants.Degree)];
        b = b[..a.Length];
        result = result[..KyberConstants.Degree];
        var gammas = _gammas;
        for (var pair = 0; pair < gammas.Length; pair++)
        {
            int even = 0, odd = 0;
            for (var j = 2 * pair; j + 1 < a.Length; j += KyberConstants.Degree)
            {
                even += (a[j] * b[j]) + (a[j + 1] * MontgomeryMultiply(b[j + 1], gammas[pair]));
                odd += (a[j] * b[j + 1]) + (a[j + 1] * b[j]);
            }

            result[2 * pair] = MontgomeryReduce(even);
            result[(2 * pair) + 1] = MontgomeryReduce(odd);
        }
    }

    public static void ToMontgomery(Span<short> polynomial)
    {
        foreach (ref var coefficient in polynomial)
        {
            coefficient = MontgomeryMultiply(coefficient, KyberConstants.MontgomerySquare);
        }
    }

    public static void Add(Span<short> polynomial, ReadOnlySpan<short> other)
    {
        for (var i = 0; i < KyberConstants.Degree; i++)
        {
            polynomial[i] = Canonical((short)(polynomial[i] + other[i]));
        }
    }

    public static void SubtractFrom(ReadOnlySpan<short> minuend, Span<short> polynomial)
    {
        for (var i = 0; i < KyberConstants.Degree; i++)
        {
            polynomial[i] = Canonical((short)(minuend[i] - polynomial[i]));
        }
    }

    public static void Encode12(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        for (var i = 0; i < KyberConstants.Degree / 2; i++)
        {
            var pair = (ushort)polynomial[2 * i] | ((ushort)polynomial[(2 * i) + 1] << 12);
            bytes[3 * i] = (byte)pair;
            bytes[(3 * i) + 1] = (byte)(pair >> 8);
            bytes[(3 * i) + 2] = (byte)(pair >> 16);
        }
    }

    public static void Decode12(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < KyberConstants.Degree / 2; i++)
        {
            polynomial[2 * i] = (short)(bytes[3 * i] | ((bytes[(3 * i) + 1] & 0x0F) << 8));
            polynomial[(2 * i) + 1] = (short)((bytes[(3 * i) + 1] >> 4) | (bytes[(3 * i) + 2] << 4));
        }
    }

    public static void Compress10(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        for (var i = 0; i < KyberConstants.Degree / 4; i++)
        {
            var four = 0UL;
            for (var j = 0; j < 4; j++)
            {
                four |= (ulong)Compress(polynomial[(4 * i) + j], 10) << (10 * j);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(5 * i)..], (uint)four);
            bytes[(5 * i) + 4] = (byte)(four >> 32);
        }
    }

    public static void Decompress10(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < KyberConstants.Degree / 4; i++)
        {
            var four = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(5 * i)..]) | ((ulong)bytes[(5 * i) + 4] << 32);
            for (var j = 0; j < 4; j++)
            {
                polynomial[(4 * i) + j] = (short)((((uint)(four >> (10 * j)) & 0x3FF) * Q + 512) >> 10);
            }
        }
    }

    public static void Compress4(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        for (var i = 0; i < KyberConstants.Degree / 2; i++)
        {
            bytes[i] = (byte)(Compress(polynomial[2 * i], 4) | (Compress(polynomial[(2 * i) + 1], 4) << 4));
        }
    }

    public static void Decompress4(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < KyberConstants.Degree / 2; i++)
        {
            polynomial[2 * i] = (short)(((bytes[i] & 0x0F) * Q + 8) >> 4);
            polynomial[(2 * i) + 1] = (short)(((bytes[i] >> 4) * Q + 8) >> 4);
        }
    }

    public static void Compress1(ReadOnlySpan<short> polynomial, Span<byte> bytes)
    {
        for (var i = 0; i < KyberConstants.Degree / 8; i++)
        {
            var eight = 0u;
            for (var j = 0; j < 8; j++)
            {
                eight |= Compress(polynomial[(8 * i) + j], 1) << j;
            }

            bytes[i] = (byte)eight;
        }
    }

    public static void Decompress1(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < KyberConstants.Degree; i++)
        {
            polynomial[i] = (short)(-((bytes[i >> 3] >> (i & 7)) & 1) & ((Q + 1) / 2));
        }
    }

    public static void SampleNoise(ReadOnlySpan<byte> bytes, Span<short> polynomial)
    {
        for (var i = 0; i < KyberConstants.Degree / 8; i++)
        {
            var bits = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
            var sums = (bits & 0x5555_5555) + ((bits >> 1) & 0x5555_5555);
            for (var j = 0; j < 8; j++)
            {
                polynomial[(8 * i) + j] = (short)((int)((sums >> (4 * j)) & 3) - (int)((sums >> ((4 * j) + 2)) & 3));
            }
        }
    }

    public static int SampleUniform(ReadOnlySpan<byte> block, Span<short> polynomial, int count)
    {
        for (var i = 0; i + 3 <= block.Length && count < KyberConstants.Degree; i += 3)
        {
            var low = block[i] | ((block[i + 1] & 0x0F) << 8);
            var high = (block[i + 1] >> 4) | (block[i + 2] << 4);

            // Written in any case and counted where it is below q: a branch would be guessed wrong for one number in five.
            polynomial[count] = (short)low;
            count += (int)((uint)(low - Q) >> 31);
            if (count < KyberConstants.Degree)
            {
                polynomial[count] = (short)high;
                count += (int)((uint)(high - Q) >> 31);
            }
        }

        return count;
    }

    public static bool IsBelowModulus(ReadOnlySpan<byte> bytes384)
    {
        var all = -1;
        for (var i = 0; i < KyberConstants.PolynomialSizeBytes; i += 3)
        {
            all &= (bytes384[i] | ((bytes384[i + 1] & 0x0F) << 8)) - Q;
            all &= ((bytes384[i + 1] >> 4) | (bytes384[i + 2] << 4)) - Q;
        }

        return all < 0;
    }

    /// <summary>round(2^d / q x) mod 2^d of a canonical x: 2^36 / q rounded up is exact for every x and d to 10 (asserted by a test over all of them).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Compress(short x, int d) => (uint)((((((ulong)(ushort)x << d) + (Q / 2)) * Reciprocal) >> 36) & ((1u << d) - 1));

    private const ulong Reciprocal = ((1UL << 36) / Q) + 1;

    /// <summary>a / 2^16 mod q, at most q in absolute value, of |a| below 2^15 q.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short MontgomeryReduce(int a) => (short)((a - ((short)(a * KyberConstants.ModulusInverse) * Q)) >> 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short MontgomeryMultiply(short a, short b) => MontgomeryReduce(a * b);

    /// <summary>a mod q, between -q/2 and q/2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short BarrettReduce(short a) => (short)(a - ((((a * KyberConstants.Barrett) + (1 << 25)) >> 26) * Q));

    /// <summary>a mod q, 0 to q - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static short Canonical(short a)
    {
        int reduced = BarrettReduce(a);
        return (short)(reduced + ((reduced >> 31) & Q));
    }
}
