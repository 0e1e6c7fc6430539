using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Arithmetic of scalars mod L = 2^252 + 27742317777372353535851937790883648493, on 32 or 64 little-endian bytes, by Montgomery multiplication with R = 2^256.
/// Constant time: fixed sequences of multiplications, additions and masks; the last subtraction of L is done always and its result chosen by a mask.
/// Intermediate limbs are zeroed; what the run-time keeps in registers and spills cannot be.
/// </summary>
internal static class Scalar
{
    internal const int SizeBytes = 32;
    private const int LimbCount = 4;

    private static ReadOnlySpan<ulong> L => [0x5812631A5CF5D3ED, 0x14DEF9DEA2F79CD6, 0, 0x1000000000000000];

    // Public constants, computed from L: -1/L mod 2^64, R mod L and R^2 mod L.
    private static readonly ulong NegativeInverse = MakeNegativeInverse();
    private static readonly ulong[] MontgomeryOne = PowerOfTwoModL(256);
    private static readonly ulong[] MontgomeryR2 = PowerOfTwoModL(512);

    /// <summary>The 64 bytes of a SHA-512 digest mod L.</summary>
    internal static void Reduce(ReadOnlySpan<byte> wide64, Span<byte> reduced)
    {
        // low + high * R, both brought below L.
        Span<ulong> limbs = stackalloc ulong[2 * LimbCount];
        var low = limbs[..LimbCount];
        var high = limbs[LimbCount..];
        Read(wide64[..SizeBytes], low);
        Read(wide64[SizeBytes..], high);
        Multiply(low, MontgomeryOne, low);
        Multiply(high, MontgomeryR2, high);
        AddModL(low, high, low);
        Write(low, reduced);
        Zero(limbs);
    }

    /// <summary>(<paramref name="k"/> * <paramref name="a"/> + <paramref name="r"/>) mod L.</summary>
    /// <param name="k">Below L.</param>
    /// <param name="a">Any 32 bytes: a clamped secret scalar is not below L.</param>
    /// <param name="r">Below L.</param>
    /// <param name="result">32 bytes.</param>
    internal static void MultiplyAdd(ReadOnlySpan<byte> k, ReadOnlySpan<byte> a, ReadOnlySpan<byte> r, Span<byte> result)
    {
        Span<ulong> limbs = stackalloc ulong[3 * LimbCount];
        var x = limbs[..LimbCount];
        var y = limbs.Slice(LimbCount, LimbCount);
        var z = limbs[(2 * LimbCount)..];
        Read(k, x);
        Read(a, y);
        Read(r, z);
        Multiply(y, x, x);
        Multiply(x, MontgomeryR2, x);
        AddModL(x, z, x);
        Write(x, result);
        Zero(limbs);
    }

    /// <summary>a * b / R mod L; b is below L, a is any 256-bit number, so the sum before the last subtraction is below 2L.</summary>
    private static void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0;
        for (var i = 0; i < LimbCount; i++)
        {
            var digit = a[i];
            ulong carry = 0;
            t0 = MultiplyAddCarry(digit, b[0], t0, ref carry);
            t1 = MultiplyAddCarry(digit, b[1], t1, ref carry);
            t2 = MultiplyAddCarry(digit, b[2], t2, ref carry);
            t3 = MultiplyAddCarry(digit, b[3], t3, ref carry);
            var top = AddCarry(t4, carry, out var t5);

            // A multiple of L that makes the lowest limb zero, which then falls away.
            var m = t0 * NegativeInverse;
            carry = 0;
            MultiplyAddCarry(m, L[0], t0, ref carry);
            t0 = MultiplyAddCarry(m, L[1], t1, ref carry);
            t1 = MultiplyAddCarry(m, L[2], t2, ref carry);
            t2 = MultiplyAddCarry(m, L[3], t3, ref carry);
            t3 = AddCarry(top, carry, out var last);
            t4 = t5 + last;
        }

        result[0] = t0;
        result[1] = t1;
        result[2] = t2;
        result[3] = t3;
        SubtractLOnce(result);
    }

    /// <summary>a + b mod L for two scalars below L.</summary>
    private static void AddModL(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        ulong carry = 0;
        for (var i = 0; i < LimbCount; i++)
        {
            var sum = AddCarry(a[i], carry, out var first);
            result[i] = AddCarry(sum, b[i], out var second);
            carry = first + second;
        }

        SubtractLOnce(result);
    }

    /// <summary>Brings a number below 2L below L.</summary>
    private static void SubtractLOnce(Span<ulong> value)
    {
        Span<ulong> difference = stackalloc ulong[LimbCount];
        ulong borrow = 0;
        for (var i = 0; i < LimbCount; i++)
        {
            var x = value[i] - L[i];
            var first = Bit(value[i] < L[i]);
            difference[i] = x - borrow;
            borrow = first + Bit(x < borrow);
        }

        // Borrowed: the number was below L already and is kept.
        var keep = 0 - borrow;
        for (var i = 0; i < LimbCount; i++)
        {
            value[i] = (value[i] & keep) | (difference[i] & ~keep);
        }

        Zero(difference);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MultiplyAddCarry(ulong a, ulong b, ulong c, ref ulong carry)
    {
        var high = Math.BigMul(a, b, out var low);
        low = AddCarry(low, c, out var first);
        low = AddCarry(low, carry, out var second);
        carry = high + first + second;
        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddCarry(ulong a, ulong b, out ulong carry)
    {
        var sum = a + b;
        carry = Bit(sum < a);
        return sum;
    }

    /// <summary>A comparison as a number, without a jump.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bit(bool condition) => Unsafe.BitCast<bool, byte>(condition);

    private static void Read(ReadOnlySpan<byte> bytes, Span<ulong> limbs)
    {
        for (var i = 0; i < LimbCount; i++)
        {
            limbs[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]);
        }
    }

    private static void Write(ReadOnlySpan<ulong> limbs, Span<byte> bytes)
    {
        for (var i = 0; i < LimbCount; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(8 * i)..], limbs[i]);
        }
    }

    private static void Zero(Span<ulong> limbs) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(limbs));

    private static ulong MakeNegativeInverse()
    {
        // Newton: each step doubles the number of right bits; an odd number is its own inverse mod 8.
        var inverse = L[0];
        for (var i = 0; i < 5; i++)
        {
            inverse *= 2 - (L[0] * inverse);
        }

        return 0 - inverse;
    }

    private static ulong[] PowerOfTwoModL(int exponent)
    {
        var modulus = new BigInteger(MemoryMarshal.AsBytes(L), isUnsigned: true);
        var remainder = BigInteger.Remainder(BigInteger.One << exponent, modulus);
        var limbs = new ulong[LimbCount];
        for (var i = 0; i < LimbCount; i++)
        {
            limbs[i] = (ulong)((remainder >> (64 * i)) & ulong.MaxValue);
        }

        return limbs;
    }
}
