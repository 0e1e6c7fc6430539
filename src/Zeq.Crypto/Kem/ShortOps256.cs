using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>16 numbers: AVX2.</summary>
internal readonly struct ShortOps256 : IShortOps<Vector256<short>>
{
    public static int Count => Vector256<short>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Load(ref short numbers, int index) => Vector256.LoadUnsafe(ref numbers, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<short> vector, ref short numbers, int index) => vector.StoreUnsafe(ref numbers, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Broadcast(short number) => Vector256.Create(number);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Add(Vector256<short> a, Vector256<short> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Subtract(Vector256<short> a, Vector256<short> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> And(Vector256<short> a, Vector256<short> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Or(Vector256<short> a, Vector256<short> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Xor(Vector256<short> a, Vector256<short> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> MultiplyLow(Vector256<short> a, Vector256<short> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> MultiplyHigh(Vector256<short> a, Vector256<short> b) => Avx2.MultiplyHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> ShiftLeft(Vector256<short> vector, [ConstantExpected] byte count) => Vector256.ShiftLeft(vector, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> ShiftRightArithmetic(Vector256<short> vector, [ConstantExpected] byte count) => Vector256.ShiftRightArithmetic(vector, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> GreaterThan(Vector256<short> a, Vector256<short> b) => Vector256.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> LowHalves(Vector256<short> vector, [ConstantExpected] int length) => length switch
    {
        8 => Avx2.Permute4x64(vector.AsInt64(), 0b01_00_01_00).AsInt16(),
        4 => Avx2.Shuffle(vector.AsInt32(), 0b01_00_01_00).AsInt16(),
        _ => Avx2.Shuffle(vector.AsInt32(), 0b10_10_00_00).AsInt16(),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> HighHalves(Vector256<short> vector, [ConstantExpected] int length) => length switch
    {
        8 => Avx2.Permute4x64(vector.AsInt64(), 0b11_10_11_10).AsInt16(),
        4 => Avx2.Shuffle(vector.AsInt32(), 0b11_10_11_10).AsInt16(),
        _ => Avx2.Shuffle(vector.AsInt32(), 0b11_11_01_01).AsInt16(),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> SwapPairs(Vector256<short> vector) => (Vector256.ShiftLeft(vector.AsUInt32(), 16) | Vector256.ShiftRightLogical(vector.AsUInt32(), 16)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> PairProducts(Vector256<short> a, Vector256<short> b) => Avx2.MultiplyAddAdjacent(a, b).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> Add32(Vector256<short> a, Vector256<short> b) => (a.AsInt32() + b.AsInt32()).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> LowWords(Vector256<short> even, Vector256<short> odd) => Avx2.Blend(even, Vector256.ShiftLeft(odd.AsInt32(), 16).AsInt16(), 0b1010_1010);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> HighWords(Vector256<short> even, Vector256<short> odd) => Avx2.Blend(Vector256.ShiftRightLogical(even.AsInt32(), 16).AsInt16(), odd, 0b1010_1010);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SampleUniform(ReadOnlySpan<byte> block, Span<short> polynomial, int count) => UniformSampling.ByShuffle(block, polynomial, count);
}
