using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// BLAKE2b (RFC 7693), what Argon2 hashes with: one message in any number of pieces, a digest of 1 to 64 bytes, an optional key. Not thread-safe.
/// Constant time in message and key: additions, xors and rotations only; lengths alone steer it. <see cref="Clear"/> zeroes what it holds.
/// </summary>
internal ref struct Blake2b
{
    internal const int MaxHashSizeBytes = 64;
    internal const int MaxKeySizeBytes = 64;
    private const int BlockSizeBytes = 128;
    private const int RoundCount = 12;

    private readonly int _hashSizeBytes;
    private State _state;
    private Block _block;
    private int _blockFilledBytes;
    private ulong _countBytes;

    /// <summary>Starts a message.</summary>
    /// <param name="hashSizeBytes">1 to 64.</param>
    /// <param name="key">0 to 64 bytes.</param>
    internal Blake2b(int hashSizeBytes, scoped ReadOnlySpan<byte> key = default)
    {
        Debug.Assert(hashSizeBytes is >= 1 and <= MaxHashSizeBytes && key.Length <= MaxKeySizeBytes);
        _hashSizeBytes = hashSizeBytes;
        Initial.CopyTo(_state);
        _state[0] ^= 0x01010000u ^ ((uint)key.Length << 8) ^ (uint)hashSizeBytes;
        if (!key.IsEmpty)
        {
            // The key is a first block of its own, also where it is the whole message.
            key.CopyTo(_block);
            _blockFilledBytes = BlockSizeBytes;
        }
    }

    private static ReadOnlySpan<ulong> Initial =>
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ];

    /// <summary>The order of the message's words in each round; rounds 10 and 11 repeat 0 and 1.</summary>
    private static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
    ];

    /// <summary>The digest of <paramref name="message"/>, as long as <paramref name="hash"/>.</summary>
    internal static void Hash(ReadOnlySpan<byte> message, Span<byte> hash)
    {
        var blake = new Blake2b(hash.Length);
        blake.Append(message);
        blake.Finish(hash);
    }

    internal void Append(scoped ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            // A full block waits until more comes: the last one is compressed with its own flag.
            if (_blockFilledBytes == BlockSizeBytes)
            {
                _countBytes += BlockSizeBytes;
                Compress(isLast: false);
                _blockFilledBytes = 0;
            }

            var take = Math.Min(data.Length, BlockSizeBytes - _blockFilledBytes);
            data[..take].CopyTo(((Span<byte>)_block)[_blockFilledBytes..]);
            _blockFilledBytes += take;
            data = data[take..];
        }
    }

    /// <summary>A number of four bytes, little-endian, as Argon2 has them.</summary>
    internal void Append(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        Append(bytes);
    }

    /// <summary>Ends the message, and zeroes what is held.</summary>
    /// <param name="hash">As long as the constructor was told.</param>
    internal void Finish(scoped Span<byte> hash)
    {
        Debug.Assert(hash.Length == _hashSizeBytes);
        _countBytes += (ulong)_blockFilledBytes;
        ((Span<byte>)_block)[_blockFilledBytes..].Clear();
        Compress(isLast: true);
        Span<byte> all = stackalloc byte[MaxHashSizeBytes];
        for (var i = 0; i < 8; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(all[(8 * i)..], _state[i]);
        }

        all[..hash.Length].CopyTo(hash);
        CryptographicOperations.ZeroMemory(all);
        Clear();
    }

    internal void Clear()
    {
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes((Span<ulong>)_state));
        CryptographicOperations.ZeroMemory(_block);
    }

    private void Compress(bool isLast)
    {
        Span<ulong> message = stackalloc ulong[16];
        Span<ulong> v = stackalloc ulong[16];
        for (var i = 0; i < 16; i++)
        {
            message[i] = BinaryPrimitives.ReadUInt64LittleEndian(((ReadOnlySpan<byte>)_block)[(8 * i)..]);
        }

        ((ReadOnlySpan<ulong>)_state).CopyTo(v);
        Initial.CopyTo(v[8..]);

        // The high half of the 128-bit counter stays 0: nothing here hashes 2^64 bytes.
        v[12] ^= _countBytes;
        v[14] ^= isLast ? ulong.MaxValue : 0;
        for (var round = 0; round < RoundCount; round++)
        {
            var order = Sigma.Slice(16 * round, 16);
            Mix(ref v[0], ref v[4], ref v[8], ref v[12], message[order[0]], message[order[1]]);
            Mix(ref v[1], ref v[5], ref v[9], ref v[13], message[order[2]], message[order[3]]);
            Mix(ref v[2], ref v[6], ref v[10], ref v[14], message[order[4]], message[order[5]]);
            Mix(ref v[3], ref v[7], ref v[11], ref v[15], message[order[6]], message[order[7]]);
            Mix(ref v[0], ref v[5], ref v[10], ref v[15], message[order[8]], message[order[9]]);
            Mix(ref v[1], ref v[6], ref v[11], ref v[12], message[order[10]], message[order[11]]);
            Mix(ref v[2], ref v[7], ref v[8], ref v[13], message[order[12]], message[order[13]]);
            Mix(ref v[3], ref v[4], ref v[9], ref v[14], message[order[14]], message[order[15]]);
        }

        for (var i = 0; i < 8; i++)
        {
            _state[i] ^= v[i] ^ v[i + 8];
        }

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(message));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(v));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(ref ulong a, ref ulong b, ref ulong c, ref ulong d, ulong x, ulong y)
    {
        a = a + b + x;
        d = BitOperations.RotateRight(d ^ a, 32);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 24);
        a = a + b + y;
        d = BitOperations.RotateRight(d ^ a, 16);
        c += d;
        b = BitOperations.RotateRight(b ^ c, 63);
    }

    [InlineArray(8)]
    private struct State
    {
        private ulong _first;
    }

    [InlineArray(BlockSizeBytes)]
    private struct Block
    {
        private byte _first;
    }
}
