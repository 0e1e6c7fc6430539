using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Zeq.Client;

/// <summary>
/// The 24 words with which a person gets an account back (spec 00, "Who calls"; BIP-39, English): 256 bits of entropy and
/// 8 bits of checksum. Whoever has them owns the recovery key: show them once, keep them nowhere.
/// Not thread-safe. <see cref="Dispose"/> zeroes what it holds; the words come from one shared list, so showing them one by
/// one leaves no copy of the whole in memory.
/// </summary>
public sealed class RecoveryWords : IDisposable
{
    /// <summary>How many words there are.</summary>
    public const int Count = 24;

    /// <summary>Length of the Ed25519 seed that <see cref="DeriveEd25519Seed"/> writes.</summary>
    public const int Ed25519SeedSizeBytes = 32;

    internal const int EntropySizeBytes = 32;
    internal const int Bip39SeedSizeBytes = 64;

    private const int BitsPerWord = 11;
    private const int Iterations = 2048;
    private const int LongestText = (Count * (Bip39WordList.LongestWord + 1)) - 1;

    private readonly byte[] _entropy;
    private readonly ushort[] _numbers = GC.AllocateArray<ushort>(Count, pinned: true);
    private bool _disposed;

    private RecoveryWords(ReadOnlySpan<byte> entropy)
    {
        // Pinned, so that the collector leaves no second copy behind when it compacts.
        _entropy = GC.AllocateArray<byte>(EntropySizeBytes, pinned: true);
        entropy.CopyTo(_entropy);
        Encode(_entropy, _numbers);
    }

    /// <summary>Makes 24 new words from 32 bytes of the system's random number generator.</summary>
    public static RecoveryWords Generate()
    {
        Span<byte> entropy = stackalloc byte[EntropySizeBytes];
        try
        {
            RandomNumberGenerator.Fill(entropy);
            return new RecoveryWords(entropy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(entropy);
        }
    }

    /// <summary>As <see cref="TryParse(string?, out RecoveryWords?, out RecoveryWordsError)"/>, without the reason.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RecoveryWords? words) => TryParse(text, out words, out _);

    /// <summary>
    /// Reads 24 words in any letter case, with any white space between and around them, and checks their checksum.
    /// </summary>
    /// <param name="text">What the person typed; null is no words.</param>
    /// <param name="words">The words, to be disposed by the caller.</param>
    /// <param name="error">What is wrong and where, without any part of the text.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RecoveryWords? words, out RecoveryWordsError error)
    {
        Span<ushort> numbers = stackalloc ushort[Count];
        Span<byte> entropy = stackalloc byte[EntropySizeBytes];
        try
        {
            words = null;
            error = ReadNumbers(text, numbers);
            if (error.Fault != RecoveryWordsFault.None)
            {
                return false;
            }

            if (!TryDecode(numbers, entropy))
            {
                error = new RecoveryWordsError(RecoveryWordsFault.Checksum, 0);
                return false;
            }

            words = new RecoveryWords(entropy);
            return true;
        }
        finally
        {
            numbers.Clear();
            CryptographicOperations.ZeroMemory(entropy);
        }
    }

    /// <summary>The word at a place, for showing it.</summary>
    /// <param name="index">0 to 23.</param>
    /// <exception cref="ArgumentOutOfRangeException">The place is outside 0 to 23.</exception>
    /// <exception cref="ObjectDisposedException">The words are gone.</exception>
    public string this[int index]
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            return Bip39WordList.WordAt(_numbers[index]);
        }
    }

    /// <summary>
    /// Writes the 32-byte seed of the Ed25519 recovery key: HKDF-SHA256(ikm = BIP-39 seed with an empty passphrase,
    /// salt = empty, info = "zeq/recovery/v1", 32 bytes).
    /// </summary>
    /// <param name="seed32">Exactly 32 bytes; the caller zeroes them after use.</param>
    /// <exception cref="ArgumentException">The buffer is not 32 bytes.</exception>
    /// <exception cref="ObjectDisposedException">The words are gone.</exception>
    public void DeriveEd25519Seed(Span<byte> seed32)
    {
        if (seed32.Length != Ed25519SeedSizeBytes)
        {
            throw new ArgumentException("The seed of an Ed25519 key is 32 bytes.", nameof(seed32));
        }

        Span<byte> bip39Seed = stackalloc byte[Bip39SeedSizeBytes];
        try
        {
            DeriveBip39Seed(default, bip39Seed);
            HKDF.DeriveKey(HashAlgorithmName.SHA256, bip39Seed, seed32, salt: default, info: "zeq/recovery/v1"u8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bip39Seed);
        }
    }

    /// <summary>Names the type and never the words, so that they reach no log by accident.</summary>
    public override string ToString() => nameof(RecoveryWords);

    /// <summary>Zeroes the words. May be called again.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_entropy);
        Array.Clear(_numbers);
        _disposed = true;
    }

    internal bool HoldsOnlyZeroes => !_entropy.AsSpan().ContainsAnyExcept((byte)0) && !_numbers.AsSpan().ContainsAnyExcept((ushort)0);

    /// <summary>The words that stand for 32 given bytes; the published vectors need it.</summary>
    internal static RecoveryWords FromEntropy(ReadOnlySpan<byte> entropy) => entropy.Length == EntropySizeBytes
        ? new RecoveryWords(entropy)
        : throw new ArgumentException("24 words stand for 32 bytes.", nameof(entropy));

    /// <summary>The seed of BIP-39: PBKDF2-HMAC-SHA512(words joined by a space, "mnemonic" + passphrase, 2048, 64 bytes).</summary>
    /// <remarks>The words are ASCII, so their NFKD form is their bytes; the passphrase must come in NFKD.</remarks>
    internal void DeriveBip39Seed(ReadOnlySpan<byte> passphrase, Span<byte> seed64)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Span<byte> sentence = stackalloc byte[LongestText];
        try
        {
            var length = WriteSentence(sentence);
            byte[] salt = [.. "mnemonic"u8, .. passphrase];
            Rfc2898DeriveBytes.Pbkdf2(sentence[..length], salt, seed64, Iterations, HashAlgorithmName.SHA512);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sentence);
        }
    }

    private int WriteSentence(Span<byte> sentence)
    {
        var length = 0;
        for (var i = 0; i < Count; i++)
        {
            if (i > 0)
            {
                sentence[length++] = (byte)' ';
            }

            length += Encoding.ASCII.GetBytes(Bip39WordList.WordAt(_numbers[i]), sentence[length..]);
        }

        return length;
    }

    private static RecoveryWordsError ReadNumbers(string? text, Span<ushort> numbers)
    {
        Span<char> lower = stackalloc char[Bip39WordList.LongestWord];
        var rest = text.AsSpan().Trim();
        int count = 0, unknown = 0;
        while (!rest.IsEmpty)
        {
            if (count == Count)
            {
                return new RecoveryWordsError(RecoveryWordsFault.WordCount, Count + 1);
            }

            var end = 0;
            while (end < rest.Length && !char.IsWhiteSpace(rest[end]))
            {
                end++;
            }

            var number = -1;
            if (end <= lower.Length)
            {
                _ = rest[..end].ToLowerInvariant(lower);
                number = Bip39WordList.NumberOf(lower[..end]);
            }

            numbers[count++] = (ushort)Math.Max(number, 0);
            unknown = unknown == 0 && number < 0 ? count : unknown;
            rest = rest[end..].TrimStart();
        }

        lower.Clear();
        return count != Count ? new RecoveryWordsError(RecoveryWordsFault.WordCount, count)
            : unknown != 0 ? new RecoveryWordsError(RecoveryWordsFault.UnknownWord, unknown)
            : default;
    }

    // 32 bytes of entropy and the first byte of their SHA-256 are 264 bits: 24 numbers of 11 bits, high bits first.
    private static void Encode(ReadOnlySpan<byte> entropy, Span<ushort> numbers)
    {
        Span<byte> bits = stackalloc byte[EntropySizeBytes + 1];
        entropy.CopyTo(bits);
        bits[EntropySizeBytes] = Checksum(entropy);
        int held = 0, heldBits = 0, next = 0;
        foreach (var octet in bits)
        {
            held = (held << 8) | octet;
            heldBits += 8;
            if (heldBits >= BitsPerWord)
            {
                heldBits -= BitsPerWord;
                numbers[next++] = (ushort)((held >> heldBits) & (Bip39WordList.Count - 1));
                held &= (1 << heldBits) - 1;
            }
        }

        CryptographicOperations.ZeroMemory(bits);
    }

    private static bool TryDecode(ReadOnlySpan<ushort> numbers, Span<byte> entropy)
    {
        Span<byte> bits = stackalloc byte[EntropySizeBytes + 1];
        int held = 0, heldBits = 0, next = 0;
        foreach (var number in numbers)
        {
            held = (held << BitsPerWord) | number;
            heldBits += BitsPerWord;
            while (heldBits >= 8)
            {
                heldBits -= 8;
                bits[next++] = (byte)(held >> heldBits);
                held &= (1 << heldBits) - 1;
            }
        }

        bits[..EntropySizeBytes].CopyTo(entropy);
        var good = Checksum(entropy) == bits[EntropySizeBytes];
        CryptographicOperations.ZeroMemory(bits);
        return good;
    }

    private static byte Checksum(ReadOnlySpan<byte> entropy)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entropy, hash);
        return hash[0];
    }
}
