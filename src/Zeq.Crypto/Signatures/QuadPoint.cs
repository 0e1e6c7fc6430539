using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Zeq.Crypto;

/// <summary>
/// A point of edwards25519 with its coordinates (X, Y, Z, T) in the lanes of one <see cref="FieldQuad"/>, reduced, and the point made ready to be added:
/// (Y - X, Y + X, 2Z, 2dT). The formulas are those of <see cref="EdwardsPoint"/>, complete and without branches, two vector multiplications each.
/// </summary>
[SkipLocalsInit]
internal static class QuadPoint
{
    // Orders of lanes, two bits each, lane 0 lowest.
    private const byte ExchangePairs = 0b10_11_00_01;
    private const byte ExchangeFirstPair = 0b11_10_00_01;

    // 1, 1, 2, 2d.
    private static readonly FieldQuad Factors = new(FieldElement.One, FieldElement.One, FieldElement.FromSmall(2), CurveConstants.TwoD);

    internal static FieldQuad From(in EdwardsPoint p) => new(p.X, p.Y, p.Z, p.T);

    internal static EdwardsPoint ToPoint(in FieldQuad p) => new(p[0], p[1], p[2], p[3]);

    internal static void Double(in FieldQuad p, out FieldQuad result)
    {
        var lane0 = Vector256.Create(ulong.MaxValue, 0, 0, 0);
        var lane3 = Vector256.Create(0, 0, 0, ulong.MaxValue);
        var even = Vector256.Create(ulong.MaxValue, 0, ulong.MaxValue, 0);
        var all = Vector256<ulong>.AllBitsSet;

        // X, Y, Z, X + Y, squared: A, B, C, D.
        FieldQuad.Shuffle(p, 0b00_10_01_00, out var coordinates);
        FieldQuad.Shuffle(p, 0b01_00_00_00, out var y);
        FieldQuad.Combine(coordinates, all, y, lane3, out var squares);
        FieldQuad.Square(squares, out squares);

        // F = A - B + 2C, H = A + B, G = A - B, E = A + B - D.
        FieldQuad.Shuffle(squares, 0b00_00_00_00, out var a);
        FieldQuad.Shuffle(squares, 0b01_01_01_01, out var b);
        FieldQuad.Flip(b, even, out b);
        FieldQuad.Add(a, b, out var sums);
        FieldQuad.Shuffle(squares, 0b11_00_00_10, out var cd);
        FieldQuad.Combine(sums, all, cd, lane0, out sums);
        FieldQuad.Flip(cd, lane3, out cd);
        FieldQuad.Combine(sums, all, cd, lane0 | lane3, out sums);
        FieldQuad.Reduce(sums, out sums);

        // X = F E, Y = H G, Z = F G, T = H E.
        FieldQuad.Shuffle(sums, 0b01_00_01_00, out var left);
        FieldQuad.Shuffle(sums, 0b11_10_10_11, out var right);
        FieldQuad.Mul(left, right, out result);
    }

    /// <param name="p">A point.</param>
    /// <param name="q">A point made ready by <see cref="Prepare"/>.</param>
    /// <param name="result">The sum; it may be <paramref name="p"/>.</param>
    internal static void Add(in FieldQuad p, in FieldQuad q, out FieldQuad result)
    {
        // A = (Y - X) (Y' - X'), B = (Y + X) (Y' + X'), D = Z 2Z', C = T 2dT'.
        DifferencesAndSums(p, Vector256.Create(ulong.MaxValue, 0, 0, 0), Vector256.Create(ulong.MaxValue, ulong.MaxValue, 0, 0), out var sums);
        FieldQuad.Mul(sums, q, out var products);

        // E = B - A, H = B + A, G = D + C, F = D - C.
        DifferencesAndSums(products, Vector256.Create(ulong.MaxValue, 0, 0, ulong.MaxValue), Vector256<ulong>.AllBitsSet, out sums);

        // X = E F, Y = G H, Z = F G, T = E H.
        FieldQuad.Shuffle(sums, 0b00_11_10_00, out var left);
        FieldQuad.Shuffle(sums, 0b01_10_01_11, out var right);
        FieldQuad.Mul(left, right, out result);
    }

    internal static void Prepare(in FieldQuad p, out FieldQuad prepared)
    {
        DifferencesAndSums(p, Vector256.Create(ulong.MaxValue, 0, 0, 0), Vector256.Create(ulong.MaxValue, ulong.MaxValue, 0, 0), out var sums);
        FieldQuad.Mul(sums, Factors, out prepared);
    }

    /// <summary>The prepared form of -Q.</summary>
    internal static void NegatePrepared(in FieldQuad q, out FieldQuad result)
    {
        FieldQuad.Shuffle(q, ExchangeFirstPair, out result);
        FieldQuad.Flip(result, Vector256.Create(0, 0, 0, ulong.MaxValue), out result);
    }

    /// <summary>Each lane, negated where the first mask is set, plus its neighbour (0 and 1, 2 and 3) where the second one is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DifferencesAndSums(in FieldQuad values, Vector256<ulong> negated, Vector256<ulong> paired, out FieldQuad result)
    {
        FieldQuad.Shuffle(values, ExchangePairs, out var exchanged);
        FieldQuad.Flip(values, negated, out var flipped);
        FieldQuad.Combine(flipped, Vector256<ulong>.AllBitsSet, exchanged, paired, out result);
    }
}
