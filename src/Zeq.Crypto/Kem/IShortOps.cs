using System.Diagnostics.CodeAnalysis;

namespace Zeq.Crypto;

/// <summary>What <see cref="VectorRing{TOps, TVector}"/> needs of a vector of signed 16-bit numbers. Every one of them takes the same time for all numbers.</summary>
internal interface IShortOps<TVector>
    where TVector : struct
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(ref short numbers, int index);

    static abstract void Store(TVector vector, ref short numbers, int index);

    static abstract TVector Broadcast(short number);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector Or(TVector a, TVector b);

    static abstract TVector Xor(TVector a, TVector b);

    /// <summary>The low 16 bits of the products.</summary>
    static abstract TVector MultiplyLow(TVector a, TVector b);

    /// <summary>The high 16 bits of the signed products.</summary>
    static abstract TVector MultiplyHigh(TVector a, TVector b);

    static abstract TVector ShiftLeft(TVector vector, [ConstantExpected] byte count);

    static abstract TVector ShiftRightArithmetic(TVector vector, [ConstantExpected] byte count);

    /// <summary>All bits where a is greater than b, otherwise none.</summary>
    static abstract TVector GreaterThan(TVector a, TVector b);

    /// <summary>In every group of 2 <paramref name="length"/> numbers the lower half, twice. The length is 2, 4, 8 ... and below <see cref="Count"/>.</summary>
    static abstract TVector LowHalves(TVector vector, [ConstantExpected] int length);

    /// <summary>In every group of 2 <paramref name="length"/> numbers the upper half, twice.</summary>
    static abstract TVector HighHalves(TVector vector, [ConstantExpected] int length);

    /// <summary>Every pair of numbers, turned round.</summary>
    static abstract TVector SwapPairs(TVector vector);

    /// <summary>a0 b0 + a1 b1 of every pair, as a 32-bit number in its place.</summary>
    static abstract TVector PairProducts(TVector a, TVector b);

    /// <summary>The sums of 32-bit numbers.</summary>
    static abstract TVector Add32(TVector a, TVector b);

    /// <summary>The low halves of 32-bit numbers of two vectors, those of <paramref name="even"/> first in every pair.</summary>
    static abstract TVector LowWords(TVector even, TVector odd);

    /// <summary>The high halves of 32-bit numbers of two vectors, those of <paramref name="even"/> first in every pair.</summary>
    static abstract TVector HighWords(TVector even, TVector odd);

    /// <summary>See <see cref="IKyberRing.SampleUniform"/>.</summary>
    static abstract int SampleUniform(ReadOnlySpan<byte> block, Span<short> polynomial, int count);
}
