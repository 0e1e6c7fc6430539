using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// The ladder of RFC 7748 §5 with the four coordinates of its two points side by side in a <see cref="FieldQuad"/>: three multiplications a bit.
/// Constant time like that: points are swapped by a mask, and each of the 255 bits takes the same operations. The points are zeroed after use.
/// </summary>
[SkipLocalsInit]
internal static class QuadLadder
{
    /// <summary>(A + 2) / 4 of curve25519, A = 486662.</summary>
    private const ulong A24 = 121666;

    // Orders of lanes, two bits each, lane 0 lowest.
    private const byte OtherPoint = 0b01_00_11_10;
    private const byte OtherCoordinate = 0b10_11_00_01;
    private const byte FirstSecondSecondFirst = 0b00_01_01_00;

    /// <summary>scalar * (u : 1) as (X : Z).</summary>
    /// <param name="scalar">32 secret bytes, clamped.</param>
    /// <param name="u">The peer's coordinate.</param>
    /// <param name="x">X.</param>
    /// <param name="z">Z.</param>
    internal static void Run(ReadOnlySpan<byte> scalar, in FieldElement u, out FieldElement x, out FieldElement z)
    {
        // (X2, Z2, X3, Z3).
        var points = new FieldQuad(FieldElement.One, FieldElement.Zero, u, FieldElement.One);
        var constants = new FieldQuad(FieldElement.Zero, FieldElement.FromSmall(A24), FieldElement.One, u);
        ulong swap = 0;
        for (var i = 254; i >= 0; i--)
        {
            var bit = (ulong)(scalar[i / 8] >> (i % 8)) & 1;
            Swap(ref points, 0 - (swap ^ bit));
            swap = bit;
            Step(ref points, constants);
        }

        Swap(ref points, 0 - swap);
        x = points[0];
        z = points[1];
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(new Span<FieldQuad>(ref points)));
    }

    private static void Swap(ref FieldQuad points, ulong mask)
    {
        FieldQuad.Shuffle(points, OtherPoint, out var swapped);
        FieldQuad.Select(points, swapped, Vector256.Create(mask), out points);
    }

    private static void Step(ref FieldQuad points, in FieldQuad constants)
    {
        var lane0 = Vector256.Create(ulong.MaxValue, 0, 0, 0);
        var lane1 = Vector256.Create(0, ulong.MaxValue, 0, 0);
        var odd = Vector256.Create(0, ulong.MaxValue, 0, ulong.MaxValue);

        // A = X2 + Z2, B = X2 - Z2, C = X3 + Z3, D = X3 - Z3; then AA, BB, CB, DA.
        SumsAndDifferences(points, odd, out _, out var sums);
        FieldQuad.Shuffle(sums, FirstSecondSecondFirst, out var right);
        FieldQuad.Mul(sums, right, out var products);

        // AA + BB (unused), E = AA - BB, S = CB + DA, D = CB - DA; then a24 E, S^2, D^2.
        SumsAndDifferences(products, odd, out var exchanged, out sums);
        FieldQuad.Select(sums, constants, lane1, out right);
        FieldQuad.Mul(sums, right, out var squares);

        // X2 = AA BB, Z2 = (BB + a24 E) E, X3 = S^2 * 1, Z3 = D^2 u.
        FieldQuad.Combine(products, lane0 | lane1, squares, ~lane0, out var left);
        FieldQuad.Select(constants, sums, lane1, out right);
        FieldQuad.Select(right, exchanged, lane0, out right);
        FieldQuad.Mul(left, right, out points);
    }

    /// <summary>(a, b, c, d) to (a + b, a - b, c + d, c - d), and to (b, a, d, c).</summary>
    private static void SumsAndDifferences(in FieldQuad values, Vector256<ulong> odd, out FieldQuad exchanged, out FieldQuad sums)
    {
        FieldQuad.Shuffle(values, OtherCoordinate, out exchanged);
        FieldQuad.Flip(values, odd, out sums);
        FieldQuad.Add(sums, exchanged, out sums);
    }
}
