using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Zeq.Client;
using Zeq.Protocol;

namespace Zeq.Cli;

/// <summary>Where a PIN comes from: a file, ZEQ_PIN, the terminal, a line of stdin; never the arguments.</summary>
internal static class PinPrompt
{
    private const int MaxFileSizeBytes = 1024;

    public static Option<string?> PinFile() => new("--pin-file") { Description = "Read the PIN from this file's first line; else ZEQ_PIN, else it is asked for.", HelpName = "file" };

    public static Option<bool> Generate() => new("--generate")
    {
        Description = string.Create(
            CultureInfo.InvariantCulture, $"Lock it with a new passphrase of {Passphrase.DefaultWords} words ({Passphrase.DefaultWords * Passphrase.BitsPerWord} bits), shown once."),
    };

    /// <summary>The PIN of a file that exists.</summary>
    public static PinText Ask(CommandContext context, string? pinFile) =>
        FromSource(context, pinFile) ?? Line(context, "PIN of the file:") ?? throw NoPin();

    /// <summary>A PIN for a new file: chosen, or made here. What a chosen one is worth is said before it is typed.</summary>
    public static PinText Choose(CommandContext context, string? pinFile, bool generate)
    {
        if (generate)
        {
            return pinFile is null ? Made() : throw CliException.Misuse("--generate and --pin-file cannot both be.");
        }

        // Before it is typed, where there is still a choice; a program finds it in the document.
        if (!context.IsJson)
        {
            context.Note(BearerPin.Limit);
        }

        if (FromSource(context, pinFile) is { } given)
        {
            return Checked(given);
        }

        PinText first = Line(context, "PIN for the file (nothing: a passphrase is made for you):") ?? throw NoPin();
        if (first.Text.IsEmpty)
        {
            return Made();
        }

        PinText pin = Checked(first);
        if (context.Host.IsInputTerminal)
        {
            using PinText? again = Line(context, "The same again:");
            if (again is null || !again.Text.SequenceEqual(pin.Text))
            {
                pin.Dispose();
                throw CliException.Misuse("These are two PINs.", "INVALID_PIN");
            }
        }

        return pin;
    }

    /// <summary>Shows a passphrase that was made here, and what a chosen PIN is worth.</summary>
    public static void Tell(CommandContext context, JsonObject document, PinText pin)
    {
        if (pin.GeneratedBits == 0)
        {
            document["pin_limit"] = BearerPin.Limit;
            context.Line("A short PIN falls to guessing by whoever has the file; --generate makes a passphrase that does not.");
            return;
        }

        string text = pin.Text.ToString();
        document["passphrase"] = text;
        document["passphrase_bits"] = pin.GeneratedBits;
        context.Facts(("passphrase", text));
        context.Line(string.Create(CultureInfo.InvariantCulture, $"It has {pin.GeneratedBits} bits and is shown this once. Give it to the recipient by another way than the file."));
    }

    private static PinText Made()
    {
        using Passphrase phrase = Passphrase.Generate();
        return new PinText(phrase.Text) { GeneratedBits = phrase.Bits };
    }

    private static PinText? FromSource(CommandContext context, string? pinFile)
    {
        if (pinFile is null)
        {
            return context.Host.Environment("ZEQ_PIN") is { Length: > 0 } pin ? new PinText(pin) : null;
        }

        byte[] bytes = SmallFile.Read(context, pinFile, MaxFileSizeBytes);
        char[] text = GC.AllocateArray<char>(bytes.Length, pinned: true);
        try
        {
            int length = new UTF8Encoding(false, throwOnInvalidBytes: true).GetChars(bytes, text);
            ReadOnlySpan<char> line = text.AsSpan(0, length);
            int end = line.IndexOfAny('\r', '\n');
            return new PinText(end < 0 ? line : line[..end]);
        }
        catch (DecoderFallbackException)
        {
            throw CliException.Misuse($"{pinFile} holds no text.", "INVALID_PIN");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
            CryptographicOperations.ZeroMemory(System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()));
        }
    }

    private static PinText? Line(CommandContext context, string question) => Prompts.Hidden(context, question) is { } line ? new PinText(line) : null;

    private static PinText Checked(PinText pin)
    {
        PinFault fault = BearerPin.Check(pin.Text);
        if (fault == PinFault.None)
        {
            return pin;
        }

        pin.Dispose();
        throw CliException.Misuse(BearerPin.Describe(fault), "INVALID_PIN");
    }

    private static CliException NoPin() => CliException.Misuse("A PIN is needed: type it, or give --pin-file or ZEQ_PIN.", "NO_PIN");
}
