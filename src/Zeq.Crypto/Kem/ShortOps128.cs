using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Zeq.Crypto;

/// <summary>8 numbers: NEON, and x86 without AVX2.</summary>
internal readonly struct ShortOps128 : IShortOps<Vector128<short>>
{
    public static int Count => Vector128<short>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Load(ref short numbers, int index) => Vector128.LoadUnsafe(ref numbers, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<short> vector, ref short numbers, int index) => vector.StoreUnsafe(ref numbers, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Broadcast(short number) => Vector128.Create(number);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Add(Vector128<short> a, Vector128<short> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Subtract(Vector128<short> a, Vector128<short> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> And(Vector128<short> a, Vector128<short> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Or(Vector128<short> a, Vector128<short> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Xor(Vector128<short> a, Vector128<short> b) => a ^ b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyLow(Vector128<short> a, Vector128<short> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyHigh(Vector128<short> a, Vector128<short> b) => AdvSimd.IsSupported
        ? AdvSimd.ShiftRightArithmetic(AdvSimd.MultiplyDoublingSaturateHigh(a, b), 1)
        : Sse2.MultiplyHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> ShiftLeft(Vector128<short> vector, [ConstantExpected] byte count) => Vector128.ShiftLeft(vector, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> ShiftRightArithmetic(Vector128<short> vector, [ConstantExpected] byte count) => Vector128.ShiftRightArithmetic(vector, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> GreaterThan(Vector128<short> a, Vector128<short> b) => Vector128.GreaterThan(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> LowHalves(Vector128<short> vector, [ConstantExpected] int length) => length switch
    {
        4 => Vector128.Shuffle(vector.AsInt32(), Vector128.Create(0, 1, 0, 1)).AsInt16(),
        _ => Vector128.Shuffle(vector.AsInt32(), Vector128.Create(0, 0, 2, 2)).AsInt16(),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> HighHalves(Vector128<short> vector, [ConstantExpected] int length) => length switch
    {
        4 => Vector128.Shuffle(vector.AsInt32(), Vector128.Create(2, 3, 2, 3)).AsInt16(),
        _ => Vector128.Shuffle(vector.AsInt32(), Vector128.Create(1, 1, 3, 3)).AsInt16(),
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> SwapPairs(Vector128<short> vector) => (Vector128.ShiftLeft(vector.AsUInt32(), 16) | Vector128.ShiftRightLogical(vector.AsUInt32(), 16)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> PairProducts(Vector128<short> a, Vector128<short> b) => (AdvSimd.Arm64.IsSupported ? PairProductsOfArm(a, b) : Sse2.MultiplyAddAdjacent(a, b)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> Add32(Vector128<short> a, Vector128<short> b) => (a.AsInt32() + b.AsInt32()).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> LowWords(Vector128<short> even, Vector128<short> odd) => ((even.AsInt32() & Vector128.Create(0xFFFF)) | Vector128.ShiftLeft(odd.AsInt32(), 16)).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> HighWords(Vector128<short> even, Vector128<short> odd) => (Vector128.ShiftRightLogical(even.AsInt32(), 16) | (odd.AsInt32() & Vector128.Create(unchecked((int)0xFFFF_0000)))).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SampleUniform(ReadOnlySpan<byte> block, Span<short> polynomial, int count) => UniformSampling.ByShuffle(block, polynomial, count);

    private static Vector128<int> PairProductsOfArm(Vector128<short> a, Vector128<short> b) => AdvSimd.Arm64.AddPairwise(
        AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower()), AdvSimd.MultiplyWideningUpper(a, b));
}
