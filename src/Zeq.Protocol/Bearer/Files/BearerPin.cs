using System.Text;

namespace Zeq.Protocol;

/// <summary>What is wrong with a PIN that someone chose.</summary>
public enum PinFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It has fewer than 8 characters.</summary>
    TooShort,

    /// <summary>It has more than 128 characters.</summary>
    TooLong,

    /// <summary>It has digits only, and fewer than 12.</summary>
    TooFewDigits,

    /// <summary>It holds a control character or half a surrogate pair, or begins or ends with white space, which a prompt or a file would cut off.</summary>
    BadCharacter,
}

/// <summary>
/// The PIN of a <c>.ZEQ</c> file (spec 10 §6, spec 05 rule 28). Characters are Unicode scalar values; they are taken as they come, as UTF-8, without any
/// normalisation, so whoever takes letters outside ASCII from keyboards of different kinds should bring them to one form (NFC) first.
/// </summary>
public static class BearerPin
{
    /// <summary>The fewest characters.</summary>
    public const int MinLength = 8;

    /// <summary>The most characters.</summary>
    public const int MaxLength = 128;

    /// <summary>The fewest digits of a PIN that has nothing but digits.</summary>
    public const int MinDigits = 12;

    /// <summary>What must be told where a PIN is chosen.</summary>
    public const string Limit =
        "Whoever has the file can try PINs on a machine of their own, as fast as they can pay for and for as long as they like. A short PIN falls to that, a word or "
        + "a date falls at once; a generated passphrase of 60 bits or more does not.";

    internal const int MaxSizeBytes = MaxLength * 4;

    /// <summary>Looks at a PIN that someone chose.</summary>
    public static PinFault Check(ReadOnlySpan<char> pin)
    {
        PinFault fault = Form(pin, out bool isDigits, out int length);
        return fault == PinFault.None && isDigits && length < MinDigits ? PinFault.TooFewDigits : fault;
    }

    /// <summary>A sentence for the person who chose it.</summary>
    public static string Describe(PinFault fault) => fault switch
    {
        PinFault.None => "The PIN can be used.",
        PinFault.TooShort => "A PIN has at least 8 characters.",
        PinFault.TooLong => "A PIN has at most 128 characters.",
        PinFault.TooFewDigits => "A PIN of digits alone has at least 12.",
        _ => "A PIN holds no control characters, and no white space at its ends.",
    };

    /// <summary>Whether a PIN can be that of any file; it may be weaker than one that is chosen here.</summary>
    internal static bool CanBe(ReadOnlySpan<char> pin) => Form(pin, out _, out _) == PinFault.None;

    private static PinFault Form(ReadOnlySpan<char> pin, out bool isDigits, out int length)
    {
        (isDigits, length) = (true, 0);
        if (pin.Length > 2 * MaxLength)
        {
            return PinFault.TooLong;
        }

        bool isBad = !pin.IsEmpty && (char.IsWhiteSpace(pin[0]) || char.IsWhiteSpace(pin[^1]));
        for (ReadOnlySpan<char> rest = pin; !rest.IsEmpty; length++)
        {
            isBad |= Rune.DecodeFromUtf16(rest, out Rune rune, out int used) != System.Buffers.OperationStatus.Done || Rune.IsControl(rune);
            isDigits &= Rune.IsDigit(rune);
            rest = rest[used..];
        }

        return isBad ? PinFault.BadCharacter : length < MinLength ? PinFault.TooShort : length > MaxLength ? PinFault.TooLong : PinFault.None;
    }
}
