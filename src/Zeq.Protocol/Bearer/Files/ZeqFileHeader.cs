using System.Buffers.Binary;

namespace Zeq.Protocol;

/// <summary>
/// What a <c>.ZEQ</c> file shows without its PIN (spec 10 §6): <c>"ZEQC"</c>, version, kdf, u32 big-endian cost, 16-byte salt, 12-byte nonce. The 38 bytes are
/// authenticated with the coin, so a changed one makes the file unreadable; before it is opened they prove nothing.
/// </summary>
/// <param name="Kdf">How the key is made of the PIN.</param>
/// <param name="Cost">Iterations, or memory in KiB.</param>
/// <param name="CoinSizeBytes">Size of the sealed coin, without header and tag.</param>
public readonly record struct ZeqFileHeader(ZeqFileKdf Kdf, int Cost, int CoinSizeBytes)
{
    /// <summary>Size of the header: 38 bytes.</summary>
    public const int SizeBytes = NonceAt + NonceSizeBytes;

    internal const byte Version = 2;
    internal const int SaltSizeBytes = 16;
    internal const int NonceSizeBytes = 12;
    internal const int VersionAt = 4;
    internal const int KdfAt = 5;
    internal const int CostAt = 6;
    internal const int SaltAt = 10;
    internal const int NonceAt = SaltAt + SaltSizeBytes;

    internal static ReadOnlySpan<byte> Magic => "ZEQC"u8;

    internal static void Write(Span<byte> file, ZeqFileKdf kdf, int cost, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> nonce)
    {
        Magic.CopyTo(file);
        file[VersionAt] = Version;
        file[KdfAt] = (byte)kdf;
        BinaryPrimitives.WriteInt32BigEndian(file[CostAt..], cost);
        salt.CopyTo(file.Slice(SaltAt, SaltSizeBytes));
        nonce.CopyTo(file.Slice(NonceAt, NonceSizeBytes));
    }

    /// <summary>Reads and checks everything that can be without the PIN, in the order in which a reader of any version can.</summary>
    internal static ZeqFileStatus Read(ReadOnlySpan<byte> file, out ZeqFileHeader header)
    {
        header = default;
        if (!Magic.StartsWith(file[..Math.Min(file.Length, Magic.Length)]))
        {
            return ZeqFileStatus.NotAZeqFile;
        }

        if (file.Length > VersionAt && file[VersionAt] != Version)
        {
            return ZeqFileStatus.UnsupportedVersion;
        }

        if (file.Length < ZeqFile.MinSizeBytes)
        {
            return ZeqFileStatus.Truncated;
        }

        if (file.Length > ZeqFile.MaxSizeBytes)
        {
            return ZeqFileStatus.TooLarge;
        }

        ZeqFileKdf kdf = (ZeqFileKdf)file[KdfAt];
        if (kdf is not (ZeqFileKdf.Pbkdf2 or ZeqFileKdf.Argon2id))
        {
            return ZeqFileStatus.UnsupportedKdf;
        }

        uint cost = BinaryPrimitives.ReadUInt32BigEndian(file[CostAt..]);
        if (!ZeqFileCost.IsAccepted(kdf, cost))
        {
            return ZeqFileStatus.CostOutOfRange;
        }

        header = new ZeqFileHeader(kdf, (int)cost, file.Length - ZeqFile.MinSizeBytes + CoinCbor.MinSizeBytes);
        return ZeqFileStatus.Ok;
    }
}
