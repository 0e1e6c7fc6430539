using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// The functions of FIPS 202 over one state, for messages in one or two parts. Constant time in the message: only lengths decide what runs.
/// The state is zeroed after use. <typeparamref name="TOps"/> holds exactly one state.
/// </summary>
internal static class Keccak<TOps, TLane>
    where TOps : struct, IKeccakOps<TLane>
    where TLane : struct
{
    internal static void Sha3_256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash32) =>
        Hash(KeccakParameters.Sha3_256RateBytes, KeccakParameters.Sha3Suffix, first, second, hash32);

    internal static void Sha3_512(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash64) =>
        Hash(KeccakParameters.Sha3_512RateBytes, KeccakParameters.Sha3Suffix, first, second, hash64);

    internal static void Shake128(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output) =>
        Hash(KeccakParameters.Shake128RateBytes, KeccakParameters.ShakeSuffix, first, second, output);

    internal static void Shake256(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output) =>
        Hash(KeccakParameters.Shake256RateBytes, KeccakParameters.ShakeSuffix, first, second, output);

    private static void Hash(int rateBytes, byte suffix, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        Span<ulong> state = stackalloc ulong[KeccakParameters.StateWords];
        state.Clear();
        var position = Absorb(state, rateBytes, 0, first);
        position = Absorb(state, rateBytes, position, second);
        XorByte(state, position, suffix);
        XorByte(state, rateBytes - 1, 0x80);
        while (true)
        {
            KeccakPermutation<TOps, TLane>.Permute(ref MemoryMarshal.GetReference(state));
            var count = Math.Min(rateBytes, output.Length);
            Squeeze(state, output[..count]);
            output = output[count..];
            if (output.IsEmpty)
            {
                break;
            }
        }

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(state));
    }

    /// <summary>Takes a part of a message in, from <paramref name="position"/> in the block on; tells the position after it, below the rate.</summary>
    private static int Absorb(Span<ulong> state, int rateBytes, int position, ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            if ((position & 7) == 0 && message.Length >= 8)
            {
                state[position >> 3] ^= BinaryPrimitives.ReadUInt64LittleEndian(message);
                position += 8;
                message = message[8..];
            }
            else
            {
                XorByte(state, position++, message[0]);
                message = message[1..];
            }

            if (position == rateBytes)
            {
                KeccakPermutation<TOps, TLane>.Permute(ref MemoryMarshal.GetReference(state));
                position = 0;
            }
        }

        return position;
    }

    private static void Squeeze(ReadOnlySpan<ulong> state, Span<byte> output)
    {
        var words = output.Length >> 3;
        for (var i = 0; i < words; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(output[(i * 8)..], state[i]);
        }

        for (var i = words * 8; i < output.Length; i++)
        {
            output[i] = (byte)(state[i >> 3] >> (8 * (i & 7)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorByte(Span<ulong> state, int position, byte value) => state[position >> 3] ^= (ulong)value << (8 * (position & 7));
}

/// <summary>Rates and domain suffixes of FIPS 202 §6.</summary>
internal static class KeccakParameters
{
    internal const int StateWords = 25;
    internal const int Shake128RateBytes = 168;
    internal const int Shake256RateBytes = 136;
    internal const int Sha3_256RateBytes = 136;
    internal const int Sha3_512RateBytes = 72;
    internal const byte Sha3Suffix = 0x06;
    internal const byte ShakeSuffix = 0x1F;
}
