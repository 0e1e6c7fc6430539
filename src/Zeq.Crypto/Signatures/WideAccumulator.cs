using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// A 128-bit sum of 64-bit products. Constant time: a carry is a comparison read as a bit (<c>setb</c>), never a jump; the multiplication is one instruction.
/// </summary>
internal struct WideAccumulator
{
    internal ulong Low;
    internal ulong High;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void AddProduct(ulong a, ulong b)
    {
        High += Math.BigMul(a, b, out var low);
        Add(low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Add(ulong value)
    {
        Low += value;
        High += Unsafe.BitCast<bool, byte>(Low < value);
    }

    /// <summary>The sum without its lowest 51 bits; the sum is below 2^115.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly ulong ShiftRight51() => (High << 13) | (Low >> 51);
}
