using System.Globalization;
using System.Security.Cryptography;
using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>
/// A passphrase that the system's random number generator made: words of BIP-39's English list, joined by hyphens, each worth 11 bits. What to lock a
/// <c>.ZEQ</c> file with by default (spec 05 rule 28): guessing 66 bits offline is out of reach, where a PIN that a person thinks of is not.
/// Not thread-safe. <see cref="Dispose"/> zeroes it.
/// </summary>
public sealed class Passphrase : IDisposable
{
    /// <summary>The usual number of words: 66 bits.</summary>
    public const int DefaultWords = 6;

    /// <summary>The most words: 132 bits.</summary>
    public const int MaxWords = 12;

    /// <summary>What one word is worth, in bits.</summary>
    public const int BitsPerWord = 11;

    private readonly char[] _text;
    private readonly int _length;
    private bool _disposed;

    private Passphrase(int words)
    {
        Words = words;

        // Pinned, so that the collector leaves no second copy behind when it compacts.
        _text = GC.AllocateArray<char>(words * (Bip39WordList.LongestWord + 1), pinned: true);
        for (int i = 0; i < words; i++)
        {
            if (i > 0)
            {
                _text[_length++] = '-';
            }

            string word = Bip39WordList.WordAt(RandomNumberGenerator.GetInt32(Bip39WordList.Count));
            word.CopyTo(_text.AsSpan(_length));
            _length += word.Length;
        }
    }

    /// <summary>How many words there are.</summary>
    public int Words { get; }

    /// <summary>How many bits an attacker has to guess who knows the list and everything but the words.</summary>
    public int Bits => Words * BitsPerWord;

    /// <summary>The passphrase: a PIN that <see cref="BearerPin.Check"/> takes.</summary>
    /// <exception cref="ObjectDisposedException">It is gone.</exception>
    public ReadOnlySpan<char> Text
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _text.AsSpan(0, _length);
        }
    }

    /// <summary>Makes one.</summary>
    /// <param name="words">6 to 12.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 6 words or more than 12.</exception>
    public static Passphrase Generate(int words = DefaultWords)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(words, DefaultWords);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(words, MaxWords);
        return new Passphrase(words);
    }

    /// <summary>Says how strong it is and never what it is.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{nameof(Passphrase)} of {Bits} bits");

    /// <summary>Zeroes it. May be called again.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_text.AsSpan()));
        _disposed = true;
    }

    internal bool HoldsOnlyZeroes => !_text.AsSpan().ContainsAnyExcept('\0');
}
