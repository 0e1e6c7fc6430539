using System.Globalization;
using Zeq.Client;

namespace Zeq.Cli;

/// <summary>Shows the 24 words, once.</summary>
internal static class RecoveryWordsPage
{
    private const int Columns = 4;

    /// <summary>Writes the words for a person, and asks whether they were written down.</summary>
    public static void Show(CommandContext context, RecoveryWords words, bool yes)
    {
        TextWriter output = context.Host.Out;
        output.WriteLine("These 24 words are the only way back into the account. Write them down on paper, in this order;");
        output.WriteLine("they are shown this once, and whoever has them owns the account.");
        output.WriteLine();
        for (int row = 0; row < RecoveryWords.Count / Columns; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                int index = (column * (RecoveryWords.Count / Columns)) + row;
                output.Write(string.Create(CultureInfo.InvariantCulture, $"{index + 1,4}. {words[index],-9}"));
            }

            output.WriteLine();
        }

        output.WriteLine();
        output.Flush();
        Prompts.Confirm(context, "Have you written them down?", yes);
    }

    /// <summary>The words in a row, for the document of --json.</summary>
    public static string Join(RecoveryWords words) => string.Join(' ', Enumerable.Range(0, RecoveryWords.Count).Select(i => words[i]));
}
