using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>32 numbers: AVX-512 with its BW, VBMI and VBMI2 parts.</summary>
internal readonly struct ShortOps512 : IShortOps<Vector512<short>>
{
    public static int Count => Vector512<short>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Load(ref short numbers, int index) => Vector512.LoadUnsafe(ref numbers, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<short> vector, ref short numbers, int index) => vector.StoreUnsafe(ref numbers, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Broadcast(short number) => Vector512.Create(number);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add(Vector512<short> a, Vector512<short> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Subtract(Vector512<short> a, Vector512<short> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> And(Vector512<short> a, Vector512<short> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Or(Vector512<short> a, Vector512<short> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Xor(Vector512<short> a, Vector512<short> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> MultiplyLow(Vector512<short> a, Vector512<short> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> MultiplyHigh(Vector512<short> a, Vector512<short> b) => Avx512BW.MultiplyHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> ShiftLeft(Vector512<short> vector, [ConstantExpected] byte count) => Vector512.ShiftLeft(vector, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> ShiftRightArithmetic(Vector512<short> vector, [ConstantExpected] byte count) => Vector512.ShiftRightArithmetic(vector, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> GreaterThan(Vector512<short> a, Vector512<short> b) => Vector512.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> LowHalves(Vector512<short> vector, [ConstantExpected] int length) => length switch
    {
        16 => Avx512F.Shuffle4x128(vector.AsInt64(), vector.AsInt64(), 0b01_00_01_00).AsInt16(),
        8 => Avx512F.Shuffle4x128(vector.AsInt64(), vector.AsInt64(), 0b10_10_00_00).AsInt16(),
        4 => Avx512F.Shuffle(vector.AsInt32(), 0b01_00_01_00).AsInt16(),
        _ => Avx512F.Shuffle(vector.AsInt32(), 0b10_10_00_00).AsInt16(),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> HighHalves(Vector512<short> vector, [ConstantExpected] int length) => length switch
    {
        16 => Avx512F.Shuffle4x128(vector.AsInt64(), vector.AsInt64(), 0b11_10_11_10).AsInt16(),
        8 => Avx512F.Shuffle4x128(vector.AsInt64(), vector.AsInt64(), 0b11_11_01_01).AsInt16(),
        4 => Avx512F.Shuffle(vector.AsInt32(), 0b11_10_11_10).AsInt16(),
        _ => Avx512F.Shuffle(vector.AsInt32(), 0b11_11_01_01).AsInt16(),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> SwapPairs(Vector512<short> vector) => Avx512F.RotateLeft(vector.AsUInt32(), 16).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> PairProducts(Vector512<short> a, Vector512<short> b) => Avx512BW.MultiplyAddAdjacent(a, b).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> Add32(Vector512<short> a, Vector512<short> b) => (a.AsInt32() + b.AsInt32()).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> LowWords(Vector512<short> even, Vector512<short> odd) => ((even.AsInt32() & Vector512.Create(0xFFFF)) | Vector512.ShiftLeft(odd.AsInt32(), 16)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> HighWords(Vector512<short> even, Vector512<short> odd) => (Vector512.ShiftRightLogical(even.AsInt32(), 16) | (odd.AsInt32() & Vector512.Create(unchecked((int)0xFFFF_0000)))).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SampleUniform(ReadOnlySpan<byte> block, Span<short> polynomial, int count) => UniformSampling.ByCompress(block, polynomial, count);
}
