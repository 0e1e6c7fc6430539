using System.Security.Cryptography;

namespace Zeq.Client.Tests;

public sealed class RecoveryWordsTests
{
    private const string Abandon = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
        + "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art";

    // Published with BIP-39 for the passphrase TREZOR; the last column, the key seed, was computed with another implementation.
    public static readonly TheoryData<string, string, string, string> Vectors = new()
    {
        {
            "00", Abandon,
            "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd3097170af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8",
            "efd34ce151731614cca428bb1b044c9b1e2d2cec7250a0d2a2110b9f3606e129"
        },
        {
            "7f", "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful "
                + "legal winner thank year wave sausage worth title",
            "bc09fca1804f7e69da93c2f2028eb238c227f2e9dda30cd63699232578480a4021b146ad717fbb7e451ce9eb835f43620bf5c514db0f8add49f5d121449d3e87",
            "92c40b42333171f61435b5e5738888beb5cfe66eb30a20700ddd78040b3c349c"
        },
        {
            "80", "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid "
                + "letter advice cage absurd amount doctor acoustic bless",
            "c0c519bd0e91a2ed54357d9d1ebef6f5af218a153624cf4f2da911a0ed8f7a09e2ef61af0aca007096df430022f7a2b6fb91661a9589097069720d015e4e982f",
            "3b4578633581a71fa8df194e28922d5099ae5c272482e1d417d2cdcfe6349594"
        },
        {
            "ff", "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo vote",
            "dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e1613912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad",
            "369e0ab095bf6c71c090e9950dccdb7ff25cc89b7eb096a479f7856b4020114c"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Published_vectors_hold(string octet, string text, string bip39Seed, string keySeed)
    {
        var entropy = new byte[32];
        entropy.AsSpan().Fill(Convert.FromHexString(octet)[0]);
        using var words = RecoveryWords.FromEntropy(entropy);
        Assert.Equal(text, Sentence(words));

        Assert.True(RecoveryWords.TryParse(text, out var parsed));
        using (parsed)
        {
            Span<byte> seed64 = stackalloc byte[64];
            parsed.DeriveBip39Seed("TREZOR"u8, seed64);
            Assert.Equal(bip39Seed, Convert.ToHexStringLower(seed64));
            Span<byte> seed32 = stackalloc byte[32];
            parsed.DeriveEd25519Seed(seed32);
            Assert.Equal(keySeed, Convert.ToHexStringLower(seed32));
        }
    }

    [Fact]
    public void The_list_is_that_of_the_standard()
    {
        var words = Enumerable.Range(0, Bip39WordList.Count).Select(Bip39WordList.WordAt).ToArray();
        Assert.Equal("abandon", words[0]);
        Assert.Equal("zoo", words[^1]);
        Assert.Equal(words.Order(StringComparer.Ordinal), words);
        Assert.Equal(2048, words.Select(w => w[..Math.Min(4, w.Length)]).Distinct().Count());
        Assert.All(words, w => Assert.InRange(w.Length, 3, Bip39WordList.LongestWord));
        var file = System.Text.Encoding.ASCII.GetBytes(string.Join('\n', words) + "\n");
        Assert.Equal("2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda", Convert.ToHexStringLower(SHA256.HashData(file)));
        for (var i = 0; i < words.Length; i++)
        {
            Assert.Equal(i, Bip39WordList.NumberOf(words[i]));
        }
    }

    [Fact]
    public void Generated_words_read_back_and_differ()
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < 50; i++)
        {
            using var words = RecoveryWords.Generate();
            var text = Sentence(words);
            Assert.True(seen.Add(text));
            Assert.True(RecoveryWords.TryParse(text, out var again, out var error), error.ToString());
            Assert.Equal(RecoveryWordsFault.None, error.Fault);
            Assert.Equal(text, Sentence(again));
            again.Dispose();
        }
    }

    [Fact]
    public void Case_and_white_space_do_not_matter()
    {
        var odd = "\t " + Abandon.ToUpperInvariant().Replace(" ", " \u00a0\r\n\u3000", StringComparison.Ordinal) + " \n";
        Assert.True(RecoveryWords.TryParse(odd, out var words));
        Assert.Equal(Abandon, Sentence(words));
    }

    [Fact]
    public void The_first_unknown_word_is_named_by_its_place()
    {
        var typed = Abandon.Split(' ');
        typed[6] = "abandonn";
        typed[9] = "zzz";
        Assert.False(RecoveryWords.TryParse(string.Join(' ', typed), out var words, out var error));
        Assert.Null(words);
        Assert.Equal(new RecoveryWordsError(RecoveryWordsFault.UnknownWord, 7), error);
        Assert.Contains("Word 7", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("abandonn", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData("", 0)]
    [InlineData("   \n", 0)]
    [InlineData("abandon", 1)]
    [InlineData("abandon art", 2)]
    [InlineData(Abandon + " art", 25)]
    [InlineData(Abandon + " art art art", 25)]
    public void Another_number_of_words_is_counted(string? text, int count)
    {
        Assert.False(RecoveryWords.TryParse(text, out _, out var error));
        Assert.Equal(new RecoveryWordsError(RecoveryWordsFault.WordCount, count), error);
    }

    [Fact]
    public void A_long_text_is_refused()
    {
        Assert.False(RecoveryWords.TryParse(new string('a', 1 << 20), out _, out var error));
        Assert.Equal(RecoveryWordsFault.WordCount, error.Fault);
    }

    [Fact]
    public void Only_eight_last_words_in_2048_pass_the_checksum()
    {
        // 253 bits are fixed by the first 23 words; 3 bits of entropy remain free, so exactly 8 endings are good.
        var good = 0;
        for (var i = 0; i < Bip39WordList.Count; i++)
        {
            var text = Abandon[..^"art".Length] + Bip39WordList.WordAt(i);
            if (RecoveryWords.TryParse(text, out var words, out var error))
            {
                good++;
                words.Dispose();
            }
            else
            {
                Assert.Equal(RecoveryWordsFault.Checksum, error.Fault);
            }
        }

        Assert.Equal(8, good);
    }

    [Fact]
    public void Disposed_words_answer_nothing_and_no_text_leaks()
    {
        var words = RecoveryWords.Generate();
        Assert.Equal("RecoveryWords", words.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => words[24]);
        Assert.Throws<ArgumentOutOfRangeException>(() => words[-1]);
        Assert.Throws<ArgumentException>(() => words.DeriveEd25519Seed(new byte[31]));
        words.Dispose();
        words.Dispose();
        Assert.Throws<ObjectDisposedException>(() => words[0]);
        Assert.Throws<ObjectDisposedException>(() => words.DeriveEd25519Seed(new byte[32]));
        Assert.True(words.HoldsOnlyZeroes);
    }

    private static string Sentence(RecoveryWords words) => string.Join(' ', Enumerable.Range(0, RecoveryWords.Count).Select(i => words[i]));
}
