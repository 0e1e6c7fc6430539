namespace Zeq.Client;

/// <summary>What is wrong with a text that should have been 24 recovery words.</summary>
public enum RecoveryWordsFault
{
    /// <summary>Nothing: the words are good.</summary>
    None,

    /// <summary>There are fewer or more than 24 words.</summary>
    WordCount,

    /// <summary>A word is not in the list of BIP-39; <see cref="RecoveryWordsError.Position"/> says which.</summary>
    UnknownWord,

    /// <summary>Every word is in the list, but the checksum fails: a word is wrong or two changed places.</summary>
    Checksum,
}

/// <summary>
/// Why a text is not 24 recovery words. Holds no part of the text, so that it may be shown and logged.
/// <c>default</c> means no fault.
/// </summary>
/// <param name="Fault">The kind of fault.</param>
/// <param name="Position">For <see cref="RecoveryWordsFault.UnknownWord"/> the first unknown word, counted from 1;
/// for <see cref="RecoveryWordsFault.WordCount"/> how many words there are (25 means 25 or more); else 0.</param>
public readonly record struct RecoveryWordsError(RecoveryWordsFault Fault, int Position)
{
    /// <summary>A sentence for the person who typed the words.</summary>
    public override string ToString() => Fault switch
    {
        RecoveryWordsFault.None => "The words are good.",
        RecoveryWordsFault.WordCount when Position > RecoveryWords.Count => "There are more than 24 words.",
        RecoveryWordsFault.WordCount => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"There are {Position} words; 24 are needed."),
        RecoveryWordsFault.UnknownWord => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Word {Position} is not in the list of recovery words."),
        _ => "Every word is known, but together they are not what was written down: a word is wrong or two changed places.",
    };
}
