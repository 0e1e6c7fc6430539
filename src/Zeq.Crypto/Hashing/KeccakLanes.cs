using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>One state in 64-bit registers: runs everywhere.</summary>
internal readonly struct KeccakScalar : IKeccakOps<ulong>
{
    public static int StateCount => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Load(ref ulong state, int index) => Unsafe.Add(ref state, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(ulong lane, ref ulong state, int index) => Unsafe.Add(ref state, index) = lane;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Broadcast(ulong word) => word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Xor(ulong a, ulong b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Xor3(ulong a, ulong b, ulong c) => a ^ b ^ c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Chi(ulong a, ulong b, ulong c) => a ^ (~b & c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong RotateLeft(ulong lane, [ConstantExpected(Min = (byte)1, Max = (byte)63)] byte count) => BitOperations.RotateLeft(lane, count);
}
