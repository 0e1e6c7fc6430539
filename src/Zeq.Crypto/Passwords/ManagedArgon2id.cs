using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Argon2id of this library (RFC 9106, version 0x13). The memory is outside of the garbage collector's heap and zeroed on every way out. The password's hash and
/// the compression are constant time; the addresses of the second half of the first pass and of all later passes are not, by the design of Argon2id.
/// </summary>
internal sealed unsafe class ManagedArgon2id : IArgon2idProvider
{
    private const int Version = 0x13;
    private const int TypeArgon2id = 2;
    private const int SeedSizeBytes = Blake2b.MaxHashSizeBytes;
    private readonly Action<Argon2Memory>? _freeing;

    /// <param name="freeing">Sees each computation's memory after it was zeroed and before it is freed.</param>
    internal ManagedArgon2id(Action<Argon2Memory>? freeing = null) => _freeing = freeing;

    internal enum Vectors
    {
        None,
        Of128Bits,
        Of256Bits,
    }

    public string Name => CryptoProvider.ManagedName;

    /// <summary>The widest vectors that the processor has and the compression is written for.</summary>
    internal static Vectors Best =>
        Argon2Vector256.IsSupported ? Vectors.Of256Bits : Argon2Vector128.IsSupported ? Vectors.Of128Bits : Vectors.None;

    public void DeriveKey(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int memoryKib, int passes, int lanes, Span<byte> key, CancellationToken cancellationToken) =>
        DeriveKey(Best, password, salt, [], [], memoryKib, passes, lanes, key, cancellationToken);

    /// <summary>With a choice of vectors, and with the two inputs that the RFC's vectors have.</summary>
    internal void DeriveKey(
        Vectors vectors,
        ReadOnlySpan<byte> password,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> associatedData,
        int memoryKib,
        int passes,
        int lanes,
        Span<byte> key,
        CancellationToken cancellationToken)
    {
        Span<byte> seed = stackalloc byte[SeedSizeBytes];
        try
        {
            Seed(password, salt, secret, associatedData, memoryKib, passes, lanes, key.Length, seed);
            using var memory = new Argon2Memory(memoryKib, lanes, _freeing);
            FirstBlocks(memory, seed);
            switch (vectors)
            {
                case Vectors.Of256Bits:
                    Argon2Fill.Run<Argon2Vector256>(memory, passes, cancellationToken);
                    break;
                case Vectors.Of128Bits:
                    Argon2Fill.Run<Argon2Vector128>(memory, passes, cancellationToken);
                    break;
                default:
                    Argon2Fill.Run<Argon2Scalar>(memory, passes, cancellationToken);
                    break;
            }

            Finish(memory, key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>H' of RFC 9106 §3.3: a hash of any length from BLAKE2b.</summary>
    internal static void LongHash(ReadOnlySpan<byte> input, Span<byte> output)
    {
        const int Half = Blake2b.MaxHashSizeBytes / 2;
        var blake = new Blake2b(Math.Min(output.Length, Blake2b.MaxHashSizeBytes));
        blake.Append(output.Length);
        blake.Append(input);
        if (output.Length <= Blake2b.MaxHashSizeBytes)
        {
            blake.Finish(output);
            return;
        }

        // Of each digest the first half goes out and the whole goes into the next; of the last one all goes out.
        Span<byte> digest = stackalloc byte[Blake2b.MaxHashSizeBytes];
        blake.Finish(digest);
        while (true)
        {
            digest[..Half].CopyTo(output);
            output = output[Half..];
            if (output.Length <= Blake2b.MaxHashSizeBytes)
            {
                break;
            }

            Blake2b.Hash(digest, digest);
        }

        Blake2b.Hash(digest, output);
        CryptographicOperations.ZeroMemory(digest);
    }

    /// <summary>H0 of RFC 9106 §3.2: every input and parameter in one digest.</summary>
    internal static void Seed(
        ReadOnlySpan<byte> password,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> associatedData,
        int memoryKib,
        int passes,
        int lanes,
        int keySizeBytes,
        Span<byte> seed)
    {
        var blake = new Blake2b(SeedSizeBytes);
        blake.Append(lanes);
        blake.Append(keySizeBytes);
        blake.Append(memoryKib);
        blake.Append(passes);
        blake.Append(Version);
        blake.Append(TypeArgon2id);
        blake.Append(password.Length);
        blake.Append(password);
        blake.Append(salt.Length);
        blake.Append(salt);
        blake.Append(secret.Length);
        blake.Append(secret);
        blake.Append(associatedData.Length);
        blake.Append(associatedData);
        blake.Finish(seed);
    }

    private static void FirstBlocks(Argon2Memory memory, ReadOnlySpan<byte> seed)
    {
        Span<byte> input = stackalloc byte[SeedSizeBytes + (2 * sizeof(int))];
        Span<byte> block = stackalloc byte[Argon2Memory.BlockSizeBytes];
        seed.CopyTo(input);
        for (var lane = 0; lane < memory.Lanes; lane++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(input[(SeedSizeBytes + sizeof(int))..], lane);
            for (var index = 0; index < 2; index++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(input[SeedSizeBytes..], index);
                LongHash(input, block);
                var words = memory.Block(lane, index);
                for (var i = 0; i < Argon2Memory.BlockWords; i++)
                {
                    words[i] = BinaryPrimitives.ReadUInt64LittleEndian(block[(sizeof(ulong) * i)..]);
                }
            }
        }

        CryptographicOperations.ZeroMemory(input);
        CryptographicOperations.ZeroMemory(block);
    }

    /// <summary>The key is the hash of the last blocks of all lanes, xored.</summary>
    private static void Finish(Argon2Memory memory, Span<byte> key)
    {
        Span<byte> block = stackalloc byte[Argon2Memory.BlockSizeBytes];
        for (var i = 0; i < Argon2Memory.BlockWords; i++)
        {
            ulong word = 0;
            for (var lane = 0; lane < memory.Lanes; lane++)
            {
                word ^= memory.Block(lane, memory.LaneBlocks - 1)[i];
            }

            BinaryPrimitives.WriteUInt64LittleEndian(block[(sizeof(ulong) * i)..], word);
        }

        LongHash(block, key);
        CryptographicOperations.ZeroMemory(block);
    }
}
