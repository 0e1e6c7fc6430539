using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Zeq.Cli;

/// <summary>Makes text from outside fit for a terminal and a log.</summary>
internal static partial class SafeText
{
    /// <summary>Without control and format characters, which could move the cursor or turn the line around.</summary>
    public static string Of(string? text)
    {
        if (text is null)
        {
            return "";
        }

        var safe = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            safe.Append(char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? ' ' : c);
        }

        return safe.ToString();
    }

    /// <summary>A sentence for stderr: safe, on one line, and without a key that someone typed in the wrong place.</summary>
    public static string Sentence(string text) => Keys().Replace(Of(text), "$1…");

    /// <summary>Whether the text holds something that has the form of a key.</summary>
    public static bool HoldsKey(string text) => Keys().IsMatch(text);

    // The first 12 characters name a key and are no secret: zsm_ and eight more.
    [GeneratedRegex("(zeq_ak_|zsm_)[A-Za-z0-9_-]{9,}", RegexOptions.CultureInvariant)]
    private static partial Regex Keys();
}
