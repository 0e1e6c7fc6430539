using Zeq.Protocol;

namespace Zeq.Client.Tests;

public sealed class PassphraseTests
{
    [Fact]
    public void It_is_of_at_least_60_bits_and_a_PIN()
    {
        using Passphrase phrase = Passphrase.Generate();
        Assert.Equal((6, 66), (phrase.Words, phrase.Bits));
        Assert.Equal(PinFault.None, BearerPin.Check(phrase.Text));
        string[] words = phrase.Text.ToString().Split('-');
        Assert.Equal(6, words.Length);
        Assert.All(words, word => Assert.InRange(Bip39WordList.NumberOf(word), 0, 2047));
        using Passphrase longest = Passphrase.Generate(12);
        Assert.Equal(132, longest.Bits);
        Assert.Equal(PinFault.None, BearerPin.Check(longest.Text));
        Assert.Throws<ArgumentOutOfRangeException>(() => Passphrase.Generate(5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Passphrase.Generate(13));
    }

    [Fact]
    public void Every_word_can_come_and_the_places_do_not_follow_one_another()
    {
        // 60,000 draws of 2,048: that a given word never comes has a chance below 2^-42.
        var seen = new HashSet<string>();
        var pairs = new HashSet<string>();
        for (int i = 0; i < 10_000; i++)
        {
            using Passphrase phrase = Passphrase.Generate();
            string[] words = phrase.Text.ToString().Split('-');
            seen.UnionWith(words);
            pairs.Add(words[0] + words[1]);
        }

        Assert.Equal(2048, seen.Count);
        Assert.InRange(pairs.Count, 9_900, 10_000);
    }

    [Fact]
    public void It_is_zeroed_and_in_no_text()
    {
        Passphrase phrase = Passphrase.Generate();
        Assert.Equal("Passphrase of 66 bits", phrase.ToString());
        phrase.Dispose();
        phrase.Dispose();
        Assert.True(phrase.HoldsOnlyZeroes);
        Assert.Throws<ObjectDisposedException>(() => phrase.Text.Length);
    }
}
