using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zeq.Crypto;

/// <summary>
/// What Keccak needs of a lane: one 64-bit word of one state, or the same word of several states beside each other.
/// The word <c>i</c> of state <c>s</c> stands at <c>state[(i * StateCount) + s]</c>.
/// </summary>
internal interface IKeccakOps<TLane>
    where TLane : struct
{
    /// <summary>How many states one lane holds.</summary>
    static abstract int StateCount { get; }

    static abstract TLane Load(ref ulong state, int index);

    static abstract void Store(TLane lane, ref ulong state, int index);

    static abstract TLane Broadcast(ulong word);

    static abstract TLane Xor(TLane a, TLane b);

    static abstract TLane Xor3(TLane a, TLane b, TLane c);

    /// <summary><c>a ^ (~b &amp; c)</c>.</summary>
    static abstract TLane Chi(TLane a, TLane b, TLane c);

    static abstract TLane RotateLeft(TLane lane, [ConstantExpected(Min = (byte)1, Max = (byte)63)] byte count);
}

/// <summary>
/// The permutation Keccak-f[1600] (FIPS 202 §3.3), written once for every width of lane. Constant time: 24 rounds of exclusive-or, and-not and
/// rotation by fixed amounts, without branch or index by data.
/// </summary>
internal static class KeccakPermutation<TOps, TLane>
    where TOps : struct, IKeccakOps<TLane>
    where TLane : struct
{
    private const int RoundCount = 24;

    /// <summary>Permutes every state that <paramref name="state"/>, the first of 25 lanes, holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    internal static void Permute(ref ulong state)
    {
        ref var constants = ref MemoryMarshal.GetReference(KeccakConstants.Rounds);
        TLane b0, b1, b2, b3, b4;
        TLane c0, c1, c2, c3, c4;
        TLane d0, d1, d2, d3, d4;
        TLane e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12, e13, e14, e15, e16, e17, e18, e19, e20, e21, e22, e23, e24;
        var a0 = TOps.Load(ref state, 0);
        var a1 = TOps.Load(ref state, 1);
        var a2 = TOps.Load(ref state, 2);
        var a3 = TOps.Load(ref state, 3);
        var a4 = TOps.Load(ref state, 4);
        var a5 = TOps.Load(ref state, 5);
        var a6 = TOps.Load(ref state, 6);
        var a7 = TOps.Load(ref state, 7);
        var a8 = TOps.Load(ref state, 8);
        var a9 = TOps.Load(ref state, 9);
        var a10 = TOps.Load(ref state, 10);
        var a11 = TOps.Load(ref state, 11);
        var a12 = TOps.Load(ref state, 12);
        var a13 = TOps.Load(ref state, 13);
        var a14 = TOps.Load(ref state, 14);
        var a15 = TOps.Load(ref state, 15);
        var a16 = TOps.Load(ref state, 16);
        var a17 = TOps.Load(ref state, 17);
        var a18 = TOps.Load(ref state, 18);
        var a19 = TOps.Load(ref state, 19);
        var a20 = TOps.Load(ref state, 20);
        var a21 = TOps.Load(ref state, 21);
        var a22 = TOps.Load(ref state, 22);
        var a23 = TOps.Load(ref state, 23);
        var a24 = TOps.Load(ref state, 24);
        for (var round = 0; round < RoundCount; round += 2)
        {
            // From a to e, then from e to a.
            c0 = TOps.Xor3(TOps.Xor3(a0, a5, a10), a15, a20);
            c1 = TOps.Xor3(TOps.Xor3(a1, a6, a11), a16, a21);
            c2 = TOps.Xor3(TOps.Xor3(a2, a7, a12), a17, a22);
            c3 = TOps.Xor3(TOps.Xor3(a3, a8, a13), a18, a23);
            c4 = TOps.Xor3(TOps.Xor3(a4, a9, a14), a19, a24);
            d0 = TOps.Xor(c4, TOps.RotateLeft(c1, 1));
            d1 = TOps.Xor(c0, TOps.RotateLeft(c2, 1));
            d2 = TOps.Xor(c1, TOps.RotateLeft(c3, 1));
            d3 = TOps.Xor(c2, TOps.RotateLeft(c4, 1));
            d4 = TOps.Xor(c3, TOps.RotateLeft(c0, 1));
            b0 = TOps.Xor(a0, d0);
            b1 = TOps.RotateLeft(TOps.Xor(a6, d1), 44);
            b2 = TOps.RotateLeft(TOps.Xor(a12, d2), 43);
            b3 = TOps.RotateLeft(TOps.Xor(a18, d3), 21);
            b4 = TOps.RotateLeft(TOps.Xor(a24, d4), 14);
            e0 = TOps.Xor(TOps.Chi(b0, b1, b2), TOps.Broadcast(Unsafe.Add(ref constants, round)));
            e1 = TOps.Chi(b1, b2, b3);
            e2 = TOps.Chi(b2, b3, b4);
            e3 = TOps.Chi(b3, b4, b0);
            e4 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(a3, d3), 28);
            b1 = TOps.RotateLeft(TOps.Xor(a9, d4), 20);
            b2 = TOps.RotateLeft(TOps.Xor(a10, d0), 3);
            b3 = TOps.RotateLeft(TOps.Xor(a16, d1), 45);
            b4 = TOps.RotateLeft(TOps.Xor(a22, d2), 61);
            e5 = TOps.Chi(b0, b1, b2);
            e6 = TOps.Chi(b1, b2, b3);
            e7 = TOps.Chi(b2, b3, b4);
            e8 = TOps.Chi(b3, b4, b0);
            e9 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(a1, d1), 1);
            b1 = TOps.RotateLeft(TOps.Xor(a7, d2), 6);
            b2 = TOps.RotateLeft(TOps.Xor(a13, d3), 25);
            b3 = TOps.RotateLeft(TOps.Xor(a19, d4), 8);
            b4 = TOps.RotateLeft(TOps.Xor(a20, d0), 18);
            e10 = TOps.Chi(b0, b1, b2);
            e11 = TOps.Chi(b1, b2, b3);
            e12 = TOps.Chi(b2, b3, b4);
            e13 = TOps.Chi(b3, b4, b0);
            e14 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(a4, d4), 27);
            b1 = TOps.RotateLeft(TOps.Xor(a5, d0), 36);
            b2 = TOps.RotateLeft(TOps.Xor(a11, d1), 10);
            b3 = TOps.RotateLeft(TOps.Xor(a17, d2), 15);
            b4 = TOps.RotateLeft(TOps.Xor(a23, d3), 56);
            e15 = TOps.Chi(b0, b1, b2);
            e16 = TOps.Chi(b1, b2, b3);
            e17 = TOps.Chi(b2, b3, b4);
            e18 = TOps.Chi(b3, b4, b0);
            e19 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(a2, d2), 62);
            b1 = TOps.RotateLeft(TOps.Xor(a8, d3), 55);
            b2 = TOps.RotateLeft(TOps.Xor(a14, d4), 39);
            b3 = TOps.RotateLeft(TOps.Xor(a15, d0), 41);
            b4 = TOps.RotateLeft(TOps.Xor(a21, d1), 2);
            e20 = TOps.Chi(b0, b1, b2);
            e21 = TOps.Chi(b1, b2, b3);
            e22 = TOps.Chi(b2, b3, b4);
            e23 = TOps.Chi(b3, b4, b0);
            e24 = TOps.Chi(b4, b0, b1);

            c0 = TOps.Xor3(TOps.Xor3(e0, e5, e10), e15, e20);
            c1 = TOps.Xor3(TOps.Xor3(e1, e6, e11), e16, e21);
            c2 = TOps.Xor3(TOps.Xor3(e2, e7, e12), e17, e22);
            c3 = TOps.Xor3(TOps.Xor3(e3, e8, e13), e18, e23);
            c4 = TOps.Xor3(TOps.Xor3(e4, e9, e14), e19, e24);
            d0 = TOps.Xor(c4, TOps.RotateLeft(c1, 1));
            d1 = TOps.Xor(c0, TOps.RotateLeft(c2, 1));
            d2 = TOps.Xor(c1, TOps.RotateLeft(c3, 1));
            d3 = TOps.Xor(c2, TOps.RotateLeft(c4, 1));
            d4 = TOps.Xor(c3, TOps.RotateLeft(c0, 1));
            b0 = TOps.Xor(e0, d0);
            b1 = TOps.RotateLeft(TOps.Xor(e6, d1), 44);
            b2 = TOps.RotateLeft(TOps.Xor(e12, d2), 43);
            b3 = TOps.RotateLeft(TOps.Xor(e18, d3), 21);
            b4 = TOps.RotateLeft(TOps.Xor(e24, d4), 14);
            a0 = TOps.Xor(TOps.Chi(b0, b1, b2), TOps.Broadcast(Unsafe.Add(ref constants, round + 1)));
            a1 = TOps.Chi(b1, b2, b3);
            a2 = TOps.Chi(b2, b3, b4);
            a3 = TOps.Chi(b3, b4, b0);
            a4 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(e3, d3), 28);
            b1 = TOps.RotateLeft(TOps.Xor(e9, d4), 20);
            b2 = TOps.RotateLeft(TOps.Xor(e10, d0), 3);
            b3 = TOps.RotateLeft(TOps.Xor(e16, d1), 45);
            b4 = TOps.RotateLeft(TOps.Xor(e22, d2), 61);
            a5 = TOps.Chi(b0, b1, b2);
            a6 = TOps.Chi(b1, b2, b3);
            a7 = TOps.Chi(b2, b3, b4);
            a8 = TOps.Chi(b3, b4, b0);
            a9 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(e1, d1), 1);
            b1 = TOps.RotateLeft(TOps.Xor(e7, d2), 6);
            b2 = TOps.RotateLeft(TOps.Xor(e13, d3), 25);
            b3 = TOps.RotateLeft(TOps.Xor(e19, d4), 8);
            b4 = TOps.RotateLeft(TOps.Xor(e20, d0), 18);
            a10 = TOps.Chi(b0, b1, b2);
            a11 = TOps.Chi(b1, b2, b3);
            a12 = TOps.Chi(b2, b3, b4);
            a13 = TOps.Chi(b3, b4, b0);
            a14 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(e4, d4), 27);
            b1 = TOps.RotateLeft(TOps.Xor(e5, d0), 36);
            b2 = TOps.RotateLeft(TOps.Xor(e11, d1), 10);
            b3 = TOps.RotateLeft(TOps.Xor(e17, d2), 15);
            b4 = TOps.RotateLeft(TOps.Xor(e23, d3), 56);
            a15 = TOps.Chi(b0, b1, b2);
            a16 = TOps.Chi(b1, b2, b3);
            a17 = TOps.Chi(b2, b3, b4);
            a18 = TOps.Chi(b3, b4, b0);
            a19 = TOps.Chi(b4, b0, b1);
            b0 = TOps.RotateLeft(TOps.Xor(e2, d2), 62);
            b1 = TOps.RotateLeft(TOps.Xor(e8, d3), 55);
            b2 = TOps.RotateLeft(TOps.Xor(e14, d4), 39);
            b3 = TOps.RotateLeft(TOps.Xor(e15, d0), 41);
            b4 = TOps.RotateLeft(TOps.Xor(e21, d1), 2);
            a20 = TOps.Chi(b0, b1, b2);
            a21 = TOps.Chi(b1, b2, b3);
            a22 = TOps.Chi(b2, b3, b4);
            a23 = TOps.Chi(b3, b4, b0);
            a24 = TOps.Chi(b4, b0, b1);
        }

        TOps.Store(a0, ref state, 0);
        TOps.Store(a1, ref state, 1);
        TOps.Store(a2, ref state, 2);
        TOps.Store(a3, ref state, 3);
        TOps.Store(a4, ref state, 4);
        TOps.Store(a5, ref state, 5);
        TOps.Store(a6, ref state, 6);
        TOps.Store(a7, ref state, 7);
        TOps.Store(a8, ref state, 8);
        TOps.Store(a9, ref state, 9);
        TOps.Store(a10, ref state, 10);
        TOps.Store(a11, ref state, 11);
        TOps.Store(a12, ref state, 12);
        TOps.Store(a13, ref state, 13);
        TOps.Store(a14, ref state, 14);
        TOps.Store(a15, ref state, 15);
        TOps.Store(a16, ref state, 16);
        TOps.Store(a17, ref state, 17);
        TOps.Store(a18, ref state, 18);
        TOps.Store(a19, ref state, 19);
        TOps.Store(a20, ref state, 20);
        TOps.Store(a21, ref state, 21);
        TOps.Store(a22, ref state, 22);
        TOps.Store(a23, ref state, 23);
        TOps.Store(a24, ref state, 24);
    }
}

/// <summary>The constants of the 24 rounds (FIPS 202 §3.2.5).</summary>
internal static class KeccakConstants
{
    internal static ReadOnlySpan<ulong> Rounds =>
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
        0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
        0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
        0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];
}
