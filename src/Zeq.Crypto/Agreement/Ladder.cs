using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// The ladder of RFC 7748 §5 on two points whose difference is the peer's, as (X : Z), where <see cref="QuadLadder"/> cannot run.
/// Constant time: points are swapped by a mask, and each of the 255 bits takes the same operations. The points are zeroed after use.
/// </summary>
internal struct Ladder
{
    /// <summary>(A - 2) / 4 of curve25519, A = 486662.</summary>
    private const ulong A24 = 121665;

    private FieldElement _x2;
    private FieldElement _z2;
    private FieldElement _x3;
    private FieldElement _z3;

    /// <summary>scalar * (u : 1) as (X : Z).</summary>
    /// <param name="scalar">32 secret bytes, clamped.</param>
    /// <param name="u">The peer's coordinate.</param>
    /// <param name="x">X.</param>
    /// <param name="z">Z.</param>
    internal static void Run(ReadOnlySpan<byte> scalar, in FieldElement u, out FieldElement x, out FieldElement z)
    {
        var points = new Ladder { _x2 = FieldElement.One, _z2 = FieldElement.Zero, _x3 = u, _z3 = FieldElement.One };
        ulong swap = 0;
        for (var i = 254; i >= 0; i--)
        {
            var bit = (ulong)(scalar[i / 8] >> (i % 8)) & 1;
            points.Swap(0 - (swap ^ bit));
            swap = bit;
            points.Step(u);
        }

        points.Swap(0 - swap);
        x = points._x2;
        z = points._z2;
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(new Span<Ladder>(ref points)));
    }

    private void Step(in FieldElement u)
    {
        var a = FieldElement.Add(_x2, _z2);
        var b = FieldElement.Sub(_x2, _z2);
        var da = FieldElement.Mul(FieldElement.Sub(_x3, _z3), a);
        var cb = FieldElement.Mul(FieldElement.Add(_x3, _z3), b);
        var aa = FieldElement.Square(a);
        var bb = FieldElement.Square(b);
        var e = FieldElement.Sub(aa, bb);
        _x3 = FieldElement.Square(FieldElement.Add(da, cb));
        _z3 = FieldElement.Mul(u, FieldElement.Square(FieldElement.Sub(da, cb)));
        _x2 = FieldElement.Mul(aa, bb);
        _z2 = FieldElement.Mul(e, FieldElement.Add(aa, FieldElement.MulSmall(e, A24)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Swap(ulong mask)
    {
        FieldElement.Swap(ref _x2, ref _x3, mask);
        FieldElement.Swap(ref _z2, ref _z3, mask);
    }
}
