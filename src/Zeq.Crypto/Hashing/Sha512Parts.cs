using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>SHA-512 of three parts in a row, as Ed25519 hashes, without an allocation: short input is put together on the stack, long input goes
/// through a hash object that each thread keeps. Parts may be secret: the copy is zeroed, and the object is reset by taking its digest.</summary>
[System.Runtime.CompilerServices.SkipLocalsInit]
internal static class Sha512Parts
{
    internal const int DigestSizeBytes = 64;
    private const int MaxStackBytes = 1024;

    [ThreadStatic]
    private static IncrementalHash? _ofThread;

    /// <param name="first">Any number of bytes; so are the others.</param>
    /// <param name="second">After the first.</param>
    /// <param name="third">After the second.</param>
    /// <param name="digest">64 bytes.</param>
    internal static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, Span<byte> digest)
    {
        var size = (long)first.Length + second.Length + third.Length;
        if (size <= MaxStackBytes)
        {
            Span<byte> all = stackalloc byte[MaxStackBytes];
            all = all[..(int)size];
            first.CopyTo(all);
            second.CopyTo(all[first.Length..]);
            third.CopyTo(all[(first.Length + second.Length)..]);
            SHA512.HashData(all, digest);
            CryptographicOperations.ZeroMemory(all);
            return;
        }

        var hash = _ofThread ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(first);
        hash.AppendData(second);
        hash.AppendData(third);
        hash.GetHashAndReset(digest);
    }
}
