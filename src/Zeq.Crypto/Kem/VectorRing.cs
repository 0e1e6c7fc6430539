using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zeq.Crypto;

/// <summary>
/// The ring in vectors, written once for every width. Constant time: the same instructions in the same order for every polynomial, products reduced after
/// Montgomery and Barrett, signs spread to masks; no branch or index by a coefficient.
/// </summary>
/// <remarks>
/// Layers of the NTT whose distance is a vector or more are butterflies between vectors. Below that a vector is its own partner: its lower halves and its
/// upper halves are each spread over the whole, and one product with +zeta below and -zeta above gives both outputs in place, so the order is always the standard's.
/// </remarks>
internal readonly struct VectorRing<TOps, TVector> : IKyberRing
    where TOps : struct, IShortOps<TVector>
    where TVector : struct
{
    private const int N = KyberConstants.Degree;

    private static readonly short[] _zetas = KyberConstants.Zetas;
    private static readonly short[] _zetasInverse = VectorRingTables.TimesInverse(_zetas);
    private static readonly short[] _forward = VectorRingTables.Forward(TOps.Count);
    private static readonly short[] _inverse = VectorRingTables.Inverse(TOps.Count);
    private static readonly short[] _gammas = VectorRingTables.Gammas();
    private static readonly short[] _gammasInverse = VectorRingTables.TimesInverse(_gammas);

    [SkipLocalsInit]
    public static void Ntt(Span<short> polynomial)
    {
        ref var p = ref First(polynomial);
        ref var zetas = ref MemoryMarshal.GetArrayDataReference(_zetas);
        ref var zetasInverse = ref MemoryMarshal.GetArrayDataReference(_zetasInverse);
        var i = 1;
        for (var length = N / 2; length >= TOps.Count; length >>= 1)
        {
            for (var start = 0; start < N; start += 2 * length)
            {
                var zeta = TOps.Broadcast(Unsafe.Add(ref zetas, i));
                var zetaInverse = TOps.Broadcast(Unsafe.Add(ref zetasInverse, i));
                i++;
                for (var j = start; j < start + length; j += TOps.Count)
                {
                    var a = TOps.Load(ref p, j);
                    var t = Multiply(TOps.Load(ref p, j + length), zeta, zetaInverse);
                    TOps.Store(TOps.Add(a, t), ref p, j);
                    TOps.Store(TOps.Subtract(a, t), ref p, j + length);
                }
            }
        }

        ref var table = ref MemoryMarshal.GetArrayDataReference(_forward);
        for (var j = 0; j < N; j += TOps.Count)
        {
            var v = TOps.Load(ref p, j);
            if (TOps.Count > 16)
            {
                v = Forward(v, TOps.LowHalves(v, 16), TOps.HighHalves(v, 16), ref table);
                table = ref Unsafe.Add(ref table, 2 * TOps.Count);
            }

            if (TOps.Count > 8)
            {
                v = Forward(v, TOps.LowHalves(v, 8), TOps.HighHalves(v, 8), ref table);
                table = ref Unsafe.Add(ref table, 2 * TOps.Count);
            }

            v = Forward(v, TOps.LowHalves(v, 4), TOps.HighHalves(v, 4), ref table);
            table = ref Unsafe.Add(ref table, 2 * TOps.Count);
            v = Forward(v, TOps.LowHalves(v, 2), TOps.HighHalves(v, 2), ref table);
            table = ref Unsafe.Add(ref table, 2 * TOps.Count);
            TOps.Store(Canonical(v), ref p, j);
        }
    }

    [SkipLocalsInit]
    public static void InverseNtt(Span<short> polynomial)
    {
        ref var p = ref First(polynomial);
        ref var table = ref MemoryMarshal.GetArrayDataReference(_inverse);
        for (var j = 0; j < N; j += TOps.Count)
        {
            var v = TOps.Load(ref p, j);
            v = Inverse(TOps.LowHalves(v, 2), TOps.HighHalves(v, 2), ref table);
            table = ref Unsafe.Add(ref table, 3 * TOps.Count);
            v = Inverse(TOps.LowHalves(v, 4), TOps.HighHalves(v, 4), ref table);
            table = ref Unsafe.Add(ref table, 3 * TOps.Count);
            if (TOps.Count > 8)
            {
                v = Inverse(TOps.LowHalves(v, 8), TOps.HighHalves(v, 8), ref table);
                table = ref Unsafe.Add(ref table, 3 * TOps.Count);
            }

            if (TOps.Count > 16)
            {
                v = Inverse(TOps.LowHalves(v, 16), TOps.HighHalves(v, 16), ref table);
                table = ref Unsafe.Add(ref table, 3 * TOps.Count);
            }

            TOps.Store(v, ref p, j);
        }

        // A sum doubles the bound of |p|, which the products above left at 0.56q: after three layers and the last it is below 9q, which 16 bits hold. Where a fourth
        // layer comes, its sums are reduced on the way.
        ref var zetas = ref MemoryMarshal.GetArrayDataReference(_zetas);
        ref var zetasInverse = ref MemoryMarshal.GetArrayDataReference(_zetasInverse);
        for (var length = TOps.Count; length < N / 2; length <<= 1)
        {
            var i = (N / length) - 1;
            for (var start = 0; start < N; start += 2 * length)
            {
                var zeta = TOps.Broadcast(Unsafe.Add(ref zetas, i));
                var zetaInverse = TOps.Broadcast(Unsafe.Add(ref zetasInverse, i));
                i--;
                for (var j = start; j < start + length; j += TOps.Count)
                {
                    var a = TOps.Load(ref p, j);
                    var b = TOps.Load(ref p, j + length);
                    var sum = TOps.Add(a, b);
                    TOps.Store(TOps.Count == 8 && length == 32 ? Reduce(sum) : sum, ref p, j);
                    TOps.Store(Multiply(TOps.Subtract(b, a), zeta, zetaInverse), ref p, j + length);
                }
            }
        }

        // The last layer takes the scale with it.
        var scale = TOps.Broadcast(KyberConstants.InverseNttScale);
        var scaleInverse = TOps.Broadcast(VectorRingTables.TimesInverse(KyberConstants.InverseNttScale));
        var last = TOps.Broadcast(VectorRingTables.ScaledZeta);
        var lastInverse = TOps.Broadcast(VectorRingTables.TimesInverse(VectorRingTables.ScaledZeta));
        for (var j = 0; j < N / 2; j += TOps.Count)
        {
            var a = TOps.Load(ref p, j);
            var b = TOps.Load(ref p, j + (N / 2));
            TOps.Store(Multiply(TOps.Add(a, b), scale, scaleInverse), ref p, j);
            TOps.Store(Multiply(TOps.Subtract(b, a), last, lastInverse), ref p, j + (N / 2));
        }
    }

    public static void Dot(ReadOnlySpan<short> a, ReadOnlySpan<short> b, Span<short> result)
    {
        ref var r = ref First(result);
        ref var left = ref First(a, KyberConstants.Rank * N);
        ref var right = ref First(b, KyberConstants.Rank * N);
        ref var gammas = ref MemoryMarshal.GetArrayDataReference(_gammas);
        ref var gammasInverse = ref MemoryMarshal.GetArrayDataReference(_gammasInverse);
        var q = TOps.Broadcast(KyberConstants.Modulus);
        var inverse = TOps.Broadcast(KyberConstants.ModulusInverse);
        for (var j = 0; j < N; j += TOps.Count)
        {
            var gamma = TOps.Load(ref gammas, j);
            var gammaInverse = TOps.Load(ref gammasInverse, j);
            var even = default(TVector);
            var odd = default(TVector);
            for (var k = j; k < KyberConstants.Rank * N; k += N)
            {
                // Even places times 1, odd ones times gamma, which is X^2 there.
                var x = TOps.Load(ref left, k);
                var y = TOps.Load(ref right, k);
                even = TOps.Add32(even, TOps.PairProducts(x, Multiply(y, gamma, gammaInverse)));
                odd = TOps.Add32(odd, TOps.PairProducts(x, TOps.SwapPairs(y)));
            }

            var low = TOps.MultiplyLow(TOps.LowWords(even, odd), inverse);
            TOps.Store(TOps.Subtract(TOps.HighWords(even, odd), TOps.MultiplyHigh(low, q)), ref r, j);
        }
    }

    public static void ToMontgomery(Span<short> polynomial)
    {
        ref var p = ref First(polynomial);
        var factor = TOps.Broadcast(KyberConstants.MontgomerySquare);
        var factorInverse = TOps.Broadcast(VectorRingTables.TimesInverse(KyberConstants.MontgomerySquare));
        for (var j = 0; j < N; j += TOps.Count)
        {
            TOps.Store(Multiply(TOps.Load(ref p, j), factor, factorInverse), ref p, j);
        }
    }

    public static void Add(Span<short> polynomial, ReadOnlySpan<short> other)
    {
        ref var p = ref First(polynomial);
        ref var o = ref First(other, N);
        for (var j = 0; j < N; j += TOps.Count)
        {
            TOps.Store(Canonical(TOps.Add(TOps.Load(ref p, j), TOps.Load(ref o, j))), ref p, j);
        }
    }

    public static void SubtractFrom(ReadOnlySpan<short> minuend, Span<short> polynomial)
    {
        ref var p = ref First(polynomial);
        ref var m = ref First(minuend, N);
        for (var j = 0; j < N; j += TOps.Count)
        {
            TOps.Store(Canonical(TOps.Subtract(TOps.Load(ref m, j), TOps.Load(ref p, j))), ref p, j);
        }
    }

    public static void Encode12(ReadOnlySpan<short> polynomial, Span<byte> bytes) => VectorCoding.Encode12(polynomial, bytes);

    public static void Decode12(ReadOnlySpan<byte> bytes, Span<short> polynomial) => VectorCoding.Decode12(bytes, polynomial);

    public static void Compress10(ReadOnlySpan<short> polynomial, Span<byte> bytes) => VectorCoding.Compress10(polynomial, bytes);

    public static void Decompress10(ReadOnlySpan<byte> bytes, Span<short> polynomial) => VectorCoding.Decompress10(bytes, polynomial);

    public static void Compress4(ReadOnlySpan<short> polynomial, Span<byte> bytes) => VectorCoding.Compress4(polynomial, bytes);

    public static void Decompress4(ReadOnlySpan<byte> bytes, Span<short> polynomial) => VectorCoding.Decompress4(bytes, polynomial);

    public static void Compress1(ReadOnlySpan<short> polynomial, Span<byte> bytes) => VectorCoding.Compress1(polynomial, bytes);

    public static void Decompress1(ReadOnlySpan<byte> bytes, Span<short> polynomial) => VectorCoding.Decompress1(bytes, polynomial);

    public static void SampleNoise(ReadOnlySpan<byte> bytes, Span<short> polynomial) => VectorCoding.SampleNoise(bytes, polynomial);

    public static int SampleUniform(ReadOnlySpan<byte> block, Span<short> polynomial, int count) => TOps.SampleUniform(block, polynomial, count);

    public static bool IsBelowModulus(ReadOnlySpan<byte> bytes384) => VectorCoding.IsBelowModulus(bytes384);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Forward(TVector v, TVector low, TVector high, ref short table) =>
        TOps.Add(low, Multiply(high, TOps.Load(ref table, 0), TOps.Load(ref table, TOps.Count)));

    /// <summary>(high + low) times 1 below, (high - low) times zeta above.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Inverse(TVector low, TVector high, ref short table)
    {
        var mask = TOps.Load(ref table, 2 * TOps.Count);
        var signed = TOps.Subtract(TOps.Xor(low, mask), mask);
        return Multiply(TOps.Add(high, signed), TOps.Load(ref table, 0), TOps.Load(ref table, TOps.Count));
    }

    /// <summary>a b / 2^16 mod q, at most q in absolute value; <paramref name="bInverse"/> is b / q mod 2^16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Multiply(TVector a, TVector b, TVector bInverse) => TOps.Subtract(
        TOps.MultiplyHigh(a, b), TOps.MultiplyHigh(TOps.MultiplyLow(a, bInverse), TOps.Broadcast(KyberConstants.Modulus)));

    /// <summary>a mod q, between -q/2 and q/2 (Barrett).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Reduce(TVector a)
    {
        var quotient = TOps.Add(TOps.MultiplyHigh(a, TOps.Broadcast(KyberConstants.Barrett)), TOps.Broadcast(1 << 9));
        return TOps.Subtract(a, TOps.MultiplyLow(TOps.ShiftRightArithmetic(quotient, 10), TOps.Broadcast(KyberConstants.Modulus)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Canonical(TVector a)
    {
        var reduced = Reduce(a);
        return TOps.Add(reduced, TOps.And(TOps.ShiftRightArithmetic(reduced, 15), TOps.Broadcast(KyberConstants.Modulus)));
    }

    /// <summary>The first of at least <paramref name="count"/> numbers: what the loads and stores after it rely on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref short First(ReadOnlySpan<short> numbers, int count = N)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numbers.Length, count);
        return ref MemoryMarshal.GetReference(numbers);
    }
}
