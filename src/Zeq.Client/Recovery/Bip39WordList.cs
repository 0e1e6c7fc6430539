using System.Text;

namespace Zeq.Client;

/// <summary>The English word list of BIP-39, read once from the assembly. 2,048 lower-case ASCII words in order.</summary>
internal static class Bip39WordList
{
    public const int Count = 2048;

    /// <summary>No word of the list is longer; anything longer is no word.</summary>
    public const int LongestWord = 8;

    private const string ResourceName = "Zeq.Client.bip39-english.txt";
    private static readonly string[] Words = Load();

    /// <summary>The word of a number in [0, 2047].</summary>
    public static string WordAt(int number) => Words[number];

    /// <summary>The number of a word in lower case, or -1.</summary>
    public static int NumberOf(ReadOnlySpan<char> lowerCaseWord)
    {
        int low = 0, high = Words.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            var order = lowerCaseWord.SequenceCompareTo(Words[middle]);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                high = middle - 1;
            }
            else
            {
                low = middle + 1;
            }
        }

        return -1;
    }

    private static string[] Load()
    {
        using var stream = typeof(Bip39WordList).Assembly.GetManifestResourceStream(ResourceName)
            ?? throw new InvalidOperationException("The BIP-39 word list is missing from the assembly.");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var words = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words.Length == Count ? words : throw new InvalidOperationException("The BIP-39 word list is damaged.");
    }
}
