using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>Questions to the person. They stand on stderr; answers come from the terminal, or line by line from stdin.</summary>
internal static class Prompts
{
    /// <summary>Asks for a key, which the terminal does not show.</summary>
    public static string Key(CommandContext context, string question)
    {
        string? key = Hidden(context, question);
        return !string.IsNullOrEmpty(key) && key.Length <= 512 && key.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0
            ? key : throw CliException.Misuse("That is no key: nothing came, or it holds a space.", "INVALID_KEY");
    }

    /// <summary>Asks for the 24 words and derives their key.</summary>
    public static RecoverySigner Words(CommandContext context, string question)
    {
        string? text = Hidden(context, question);
        if (!RecoveryWords.TryParse(text, out RecoveryWords? words, out RecoveryWordsError error))
        {
            throw CliException.Misuse(error.ToString(), "INVALID_WORDS");
        }

        using (words)
        {
            return new RecoverySigner(words);
        }
    }

    /// <summary>Asks a question that only "y" or "yes" answers; --yes answers it beforehand.</summary>
    public static void Confirm(CommandContext context, string question, bool yes)
    {
        if (yes)
        {
            return;
        }

        context.Host.Error.Write($"{SafeText.Of(question)} [y/N] ");
        context.Host.Error.Flush();
        string? answer = context.Host.In.ReadLine();
        if (answer is null)
        {
            context.Host.Error.WriteLine();
            throw CliException.Misuse("Nobody is there to confirm this; give --yes where that is meant.", "NOT_CONFIRMED");
        }

        if (!answer.Trim().Equals("y", StringComparison.OrdinalIgnoreCase) && !answer.Trim().Equals("yes", StringComparison.OrdinalIgnoreCase))
        {
            throw CliException.Failed("Not confirmed; nothing was done.", "NOT_CONFIRMED");
        }
    }

    /// <summary>Asks for a secret line, which the terminal does not show; null at the end of input.</summary>
    public static string? Hidden(CommandContext context, string question)
    {
        if (context.Host.IsInputTerminal)
        {
            context.Host.Error.Write(question + " ");
            context.Host.Error.Flush();
        }

        return context.Host.ReadHidden(context.Host)?.Trim();
    }
}
