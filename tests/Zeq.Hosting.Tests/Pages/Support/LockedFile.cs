using System.Buffers.Binary;
using System.Security.Cryptography;
using Zeq.Protocol;

namespace Zeq.Hosting.Tests.Pages;

/// <summary>A derivation that gives one known key at once, and counts its runs.</summary>
internal sealed class KnownKey(byte[] key) : PinKdf
{
    public int Runs { get; private set; }

    protected override void Run(ZeqFileKdf kdf, int cost, ReadOnlySpan<byte> pin, ReadOnlySpan<byte> salt, Span<byte> key32, CancellationToken ct)
    {
        Runs++;
        key.CopyTo(key32);
    }
}

/// <summary>Files under one known key.</summary>
internal static class LockedFile
{
    public const string Pin = "correct horse battery";

    public static byte[] Key { get; } = SHA256.HashData("the key of these tests"u8);

    /// <summary>A file around any plaintext, sealed by .NET's own AES-GCM.</summary>
    public static byte[] Around(ReadOnlySpan<byte> plaintext)
    {
        byte[] header = new byte[38], sealedCoin = new byte[plaintext.Length], tag = new byte[16];
        "ZEQC"u8.CopyTo(header);
        (header[4], header[5]) = (2, (byte)ZeqFileKdf.Argon2id);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(6), ZeqFileCost.DefaultMemoryKib);
        RandomNumberGenerator.Fill(header.AsSpan(10));
        using var aes = new AesGcm(Key, tag.Length);
        aes.Encrypt(header.AsSpan(26, 12), plaintext, sealedCoin, tag, header);
        return [.. header, .. sealedCoin, .. tag];
    }

    /// <summary>What the library says of a file, with the key given.</summary>
    public static (ZeqFileStatus Status, int Runs, string? Coin) Open(byte[] file, string pin)
    {
        var kdf = new KnownKey(Key);
        using var scratch = new ZeqFileScratch();
        ZeqFileStatus status = ZeqFile.Open(file, pin, kdf, scratch, out BearerCoin? coin, CancellationToken.None);
        using (coin)
        {
            return (status, kdf.Runs, coin is null ? null : System.Text.Encoding.UTF8.GetString(coin.ToPayload().ToUtf8()));
        }
    }
}
