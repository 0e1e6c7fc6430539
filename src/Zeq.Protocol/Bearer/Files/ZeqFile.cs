using System.Security.Cryptography;
using System.Text;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>
/// The <c>.ZEQ</c> file: a coin locked with a PIN (spec 10 §6), made and opened without any network. <c>"ZEQC"</c>, version 2, kdf, u32 big-endian cost, 16-byte salt,
/// 12-byte nonce, then AES-256-GCM of the coin in deterministic CBOR and its tag; the 38 bytes before the ciphertext are additional data.
/// A copy of a file is a second copy of the same coin: the first to be redeemed counts. Every member is thread-safe; at most two keys are derived at a time in one
/// process, further callers wait.
/// </summary>
public static class ZeqFile
{
    /// <summary>The usual extension, with its point.</summary>
    public const string Extension = ".ZEQ";

    /// <summary>Size of the shortest file.</summary>
    public const int MinSizeBytes = ZeqFileHeader.SizeBytes + CoinCbor.MinSizeBytes + AeadCipher.TagSizeBytes;

    /// <summary>Size of the longest file that is read.</summary>
    public const int MaxSizeBytes = ZeqFileHeader.SizeBytes + CoinCbor.MaxSizeBytes + AeadCipher.TagSizeBytes;

    /// <summary>How many keys are derived at a time in one process.</summary>
    public const int MaxConcurrentKdfs = 2;

    /// <summary>Locks a coin, with a fresh salt and nonce.</summary>
    /// <param name="coin">The coin.</param>
    /// <param name="pin">A PIN that <see cref="BearerPin.Check"/> takes; the caller's copy is the caller's to zero. <see cref="BearerPin.Limit"/> is to be told where it is chosen.</param>
    /// <param name="kdf">How the key is made.</param>
    /// <param name="cost">Iterations or KiB within <see cref="ZeqFileCost"/>; null means the usual.</param>
    /// <param name="ct">Gives up waiting, and Argon2id.</param>
    /// <exception cref="ArgumentException">The PIN is too weak, or the kdf or its cost is out of range. No message holds any part of PIN or coin.</exception>
    /// <exception cref="ObjectDisposedException">The coin was disposed of.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="OutOfMemoryException">The system has not the memory that the cost names.</exception>
    public static byte[] Seal(BearerCoin coin, ReadOnlySpan<char> pin, ZeqFileKdf kdf = ZeqFileKdf.Argon2id, int? cost = null, CancellationToken ct = default)
    {
        Span<byte> salt = stackalloc byte[ZeqFileHeader.SaltSizeBytes];
        Span<byte> nonce = stackalloc byte[ZeqFileHeader.NonceSizeBytes];
        RandomNumberGenerator.Fill(salt);
        RandomNumberGenerator.Fill(nonce);
        using var scratch = new ZeqFileScratch();
        return Seal(coin, pin, kdf, cost, salt, nonce, PinKdf.Real, scratch, ct);
    }

    /// <summary>Reads what a file shows without its PIN, and refuses what no PIN could open.</summary>
    /// <param name="file">A file from outside, of any length.</param>
    /// <param name="header">The header where the answer is <see cref="ZeqFileStatus.Ok"/>, else <c>default</c>.</param>
    public static ZeqFileStatus ReadHeader(ReadOnlySpan<byte> file, out ZeqFileHeader header) => ZeqFileHeader.Read(file, out header);

    /// <summary>Opens a file. The header, its costs too, is checked before any work; then one key is derived.</summary>
    /// <param name="file">A file from outside, of any length.</param>
    /// <param name="pin">The PIN; one that cannot be a PIN at all opens nothing and costs nothing. The caller's copy is the caller's to zero.</param>
    /// <param name="coin">The coin where the answer is <see cref="ZeqFileStatus.Ok"/>, to be disposed of by the caller, else null.</param>
    /// <param name="ct">Gives up waiting, and Argon2id.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="OutOfMemoryException">The system has not the memory that the file's cost names.</exception>
    public static ZeqFileStatus Open(ReadOnlySpan<byte> file, ReadOnlySpan<char> pin, out BearerCoin? coin, CancellationToken ct = default)
    {
        using var scratch = new ZeqFileScratch();
        return Open(file, pin, PinKdf.Real, scratch, out coin, ct);
    }

    /// <summary>A sentence for the person who has the file.</summary>
    public static string Describe(ZeqFileStatus status) => status switch
    {
        ZeqFileStatus.Ok => "The file is good.",
        ZeqFileStatus.NotAZeqFile => "This is no .ZEQ file.",
        ZeqFileStatus.UnsupportedVersion => "This .ZEQ file is of a version that this software does not know.",
        ZeqFileStatus.Truncated => "This .ZEQ file is cut short.",
        ZeqFileStatus.TooLarge => "This .ZEQ file is longer than a coin can be.",
        ZeqFileStatus.UnsupportedKdf => "This .ZEQ file makes its key in a way that this software does not know.",
        ZeqFileStatus.CostOutOfRange => "This .ZEQ file asks for more or less work than is accepted; nothing was tried.",
        ZeqFileStatus.WrongPinOrDamaged => "Wrong PIN or damaged file.",
        _ => "The file opens, but it holds no coin.",
    };

    internal static byte[] Seal(
        BearerCoin coin, ReadOnlySpan<char> pin, ZeqFileKdf kdf, int? cost, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> nonce, PinKdf keys, ZeqFileScratch scratch, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(coin);
        PinFault fault = BearerPin.Check(pin);
        if (fault != PinFault.None)
        {
            throw new ArgumentException(BearerPin.Describe(fault), nameof(pin));
        }

        int work = cost ?? ZeqFileCost.DefaultOf(kdf);
        if (!ZeqFileCost.IsAccepted(kdf, work))
        {
            throw new ArgumentOutOfRangeException(nameof(cost), work, "A file may not name this cost.");
        }

        int size = CoinCbor.Write(coin, scratch.Coin);
        byte[] file = new byte[ZeqFileHeader.SizeBytes + size + AeadCipher.TagSizeBytes];
        ZeqFileHeader.Write(file, kdf, work, salt, nonce);
        int pinSize = Encoding.UTF8.GetBytes(pin, scratch.Pin);
        keys.DeriveKey(kdf, work, scratch.Pin[..pinSize], salt, scratch.Key, ct);
        using var cipher = new AeadCipher(scratch.Key);
        cipher.Seal(nonce, scratch.Coin[..size], file.AsSpan(ZeqFileHeader.SizeBytes), file.AsSpan(0, ZeqFileHeader.SizeBytes));
        return file;
    }

    internal static ZeqFileStatus Open(ReadOnlySpan<byte> file, ReadOnlySpan<char> pin, PinKdf keys, ZeqFileScratch scratch, out BearerCoin? coin, CancellationToken ct)
    {
        coin = null;
        ZeqFileStatus status = ZeqFileHeader.Read(file, out ZeqFileHeader header);
        if (status != ZeqFileStatus.Ok)
        {
            return status;
        }

        if (!BearerPin.CanBe(pin))
        {
            return ZeqFileStatus.WrongPinOrDamaged;
        }

        int pinSize = Encoding.UTF8.GetBytes(pin, scratch.Pin);
        keys.DeriveKey(
            header.Kdf, header.Cost, scratch.Pin[..pinSize], file.Slice(ZeqFileHeader.SaltAt, ZeqFileHeader.SaltSizeBytes), scratch.Key, ct);
        using var cipher = new AeadCipher(scratch.Key);
        Span<byte> cbor = scratch.Coin[..header.CoinSizeBytes];
        if (!cipher.TryOpen(
            file.Slice(ZeqFileHeader.NonceAt, ZeqFileHeader.NonceSizeBytes), file[ZeqFileHeader.SizeBytes..], cbor, file[..ZeqFileHeader.SizeBytes]))
        {
            return ZeqFileStatus.WrongPinOrDamaged;
        }

        return CoinCbor.TryRead(cbor, out coin) ? ZeqFileStatus.Ok : ZeqFileStatus.NotACoin;
    }
}
