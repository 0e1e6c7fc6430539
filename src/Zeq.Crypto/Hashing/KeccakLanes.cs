using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

/// <summary>Two states beside each other: NEON, and x86 without AVX2.</summary>
internal readonly struct Keccak128 : IKeccakOps<Vector128<ulong>>
{
    public static int StateCount => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Load(ref ulong state, int index) => Vector128.LoadUnsafe(ref state, (nuint)(2 * index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<ulong> lane, ref ulong state, int index) => lane.StoreUnsafe(ref state, (nuint)(2 * index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Broadcast(ulong word) => Vector128.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Xor(Vector128<ulong> a, Vector128<ulong> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Xor3(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c) => a ^ b ^ c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Chi(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c) => a ^ Vector128.AndNot(c, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> RotateLeft(Vector128<ulong> lane, [ConstantExpected(Min = (byte)1, Max = (byte)63)] byte count) =>
        Vector128.ShiftLeft(lane, count) | Vector128.ShiftRightLogical(lane, 64 - count);
}

/// <summary>Four states beside each other: AVX2.</summary>
internal readonly struct Keccak256 : IKeccakOps<Vector256<ulong>>
{
    public static int StateCount => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Load(ref ulong state, int index) => Vector256.LoadUnsafe(ref state, (nuint)(4 * index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<ulong> lane, ref ulong state, int index) => lane.StoreUnsafe(ref state, (nuint)(4 * index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Broadcast(ulong word) => Vector256.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Xor(Vector256<ulong> a, Vector256<ulong> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Xor3(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c) => a ^ b ^ c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> Chi(Vector256<ulong> a, Vector256<ulong> b, Vector256<ulong> c) => a ^ Vector256.AndNot(c, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ulong> RotateLeft(Vector256<ulong> lane, [ConstantExpected(Min = (byte)1, Max = (byte)63)] byte count) =>
        Vector256.ShiftLeft(lane, count) | Vector256.ShiftRightLogical(lane, 64 - count);
}

/// <summary>Eight states beside each other: AVX-512, whose rotation and three-way logic make most of a round one instruction a step.</summary>
internal readonly struct Keccak512 : IKeccakOps<Vector512<ulong>>
{
    // Truth tables of a ^ b ^ c and of a ^ (~b & c), by the bits (a, b, c).
    internal const byte Xor3Table = 0x96;
    internal const byte ChiTable = 0xD2;

    public static int StateCount => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Load(ref ulong state, int index) => Vector512.LoadUnsafe(ref state, (nuint)(8 * index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<ulong> lane, ref ulong state, int index) => lane.StoreUnsafe(ref state, (nuint)(8 * index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Broadcast(ulong word) => Vector512.Create(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Xor(Vector512<ulong> a, Vector512<ulong> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Xor3(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => Avx512F.TernaryLogic(a, b, c, Xor3Table);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Chi(Vector512<ulong> a, Vector512<ulong> b, Vector512<ulong> c) => Avx512F.TernaryLogic(a, b, c, ChiTable);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> RotateLeft(Vector512<ulong> lane, [ConstantExpected(Min = (byte)1, Max = (byte)63)] byte count) =>
        Avx512F.RotateLeft(lane, count);
}

/// <summary>One state in vector registers, a word each: AVX-512 has 32 of them, so that the state never leaves them.</summary>
internal readonly struct KeccakSingle512 : IKeccakOps<Vector128<ulong>>
{
    public static int StateCount => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Load(ref ulong state, int index) => Vector128.CreateScalarUnsafe(Unsafe.Add(ref state, index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<ulong> lane, ref ulong state, int index) => Unsafe.Add(ref state, index) = lane.ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Broadcast(ulong word) => Vector128.CreateScalarUnsafe(word);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Xor(Vector128<ulong> a, Vector128<ulong> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Xor3(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c) => Avx512F.VL.TernaryLogic(a, b, c, Keccak512.Xor3Table);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> Chi(Vector128<ulong> a, Vector128<ulong> b, Vector128<ulong> c) => Avx512F.VL.TernaryLogic(a, b, c, Keccak512.ChiTable);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<ulong> RotateLeft(Vector128<ulong> lane, [ConstantExpected(Min = (byte)1, Max = (byte)63)] byte count) =>
        Avx512F.VL.RotateLeft(lane, count);
}
