using System.Numerics;
using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// The compression function G of Argon2 (RFC 9106 §3.5): R = previous xor reference, then the permutation P of BLAKE2b with multiplications over the eight rows and
/// the eight columns of R, then xor R. Constant time in what the blocks hold: no branch and no index depends on it. One implementation per kind of vector; every
/// one gives the same bytes. A block is 128 words of 64 bits.
/// </summary>
internal unsafe interface IArgon2Compression
{
    /// <summary>Writes G(previous, reference) to <paramref name="output"/>, or, after the first pass, its xor with what stands there.</summary>
    /// <param name="previous">A block, aligned to 64 bytes; not the output.</param>
    /// <param name="reference">A block, aligned to 64 bytes; not the output.</param>
    /// <param name="output">A block, aligned to 64 bytes.</param>
    /// <param name="scratch">A block of the caller's, aligned to 64 bytes, which the caller zeroes in the end.</param>
    /// <param name="isXored">Whether the output is xored with what stands there.</param>
    static abstract void Compress(ulong* previous, ulong* reference, ulong* output, ulong* scratch, bool isXored);
}

/// <summary>One word at a time: where there are no vectors, and what the others are checked against.</summary>
internal readonly unsafe struct Argon2Scalar : IArgon2Compression
{
    public static void Compress(ulong* previous, ulong* reference, ulong* output, ulong* scratch, bool isXored)
    {
        for (var i = 0; i < Argon2Memory.BlockWords; i++)
        {
            scratch[i] = previous[i] ^ reference[i];
        }

        for (var row = 0; row < 8; row++)
        {
            var v = scratch + (16 * row);
            Round(
                ref v[0], ref v[1], ref v[2], ref v[3], ref v[4], ref v[5], ref v[6], ref v[7],
                ref v[8], ref v[9], ref v[10], ref v[11], ref v[12], ref v[13], ref v[14], ref v[15]);
        }

        for (var column = 0; column < 8; column++)
        {
            var v = scratch + (2 * column);
            Round(
                ref v[0], ref v[1], ref v[16], ref v[17], ref v[32], ref v[33], ref v[48], ref v[49],
                ref v[64], ref v[65], ref v[80], ref v[81], ref v[96], ref v[97], ref v[112], ref v[113]);
        }

        for (var i = 0; i < Argon2Memory.BlockWords; i++)
        {
            var word = scratch[i] ^ previous[i] ^ reference[i];
            output[i] = isXored ? output[i] ^ word : word;
        }
    }

    private static void Round(
        ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ref ulong v4, ref ulong v5, ref ulong v6, ref ulong v7,
        ref ulong v8, ref ulong v9, ref ulong v10, ref ulong v11, ref ulong v12, ref ulong v13, ref ulong v14, ref ulong v15)
    {
        Mix(ref v0, ref v4, ref v8, ref v12);
        Mix(ref v1, ref v5, ref v9, ref v13);
        Mix(ref v2, ref v6, ref v10, ref v14);
        Mix(ref v3, ref v7, ref v11, ref v15);
        Mix(ref v0, ref v5, ref v10, ref v15);
        Mix(ref v1, ref v6, ref v11, ref v12);
        Mix(ref v2, ref v7, ref v8, ref v13);
        Mix(ref v3, ref v4, ref v9, ref v14);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong first, ref ulong second, ref ulong third, ref ulong fourth)
    {
        var (a, b, c, d) = (first, second, third, fourth);
        a = AddMultiply(a, b);
        d = BitOperations.RotateRight(d ^ a, 32);
        c = AddMultiply(c, d);
        b = BitOperations.RotateRight(b ^ c, 24);
        a = AddMultiply(a, b);
        d = BitOperations.RotateRight(d ^ a, 16);
        c = AddMultiply(c, d);
        b = BitOperations.RotateRight(b ^ c, 63);
        (first, second, third, fourth) = (a, b, c, d);
    }

    /// <summary>x + y + 2 * low half of x * low half of y.</summary>
    private static ulong AddMultiply(ulong x, ulong y) => x + y + (2 * ((ulong)(uint)x * (uint)y));
}
