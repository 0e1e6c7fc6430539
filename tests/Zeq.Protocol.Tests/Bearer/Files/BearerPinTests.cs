using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public sealed class BearerPinTests
{
    [Theory]
    [InlineData("", PinFault.TooShort)]
    [InlineData("abcdefg", PinFault.TooShort)]
    [InlineData("abcdefgh", PinFault.None)]
    [InlineData("12345678901", PinFault.TooFewDigits)]
    [InlineData("123456789012", PinFault.None)]
    [InlineData("1234567a", PinFault.None)]
    [InlineData("\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", PinFault.TooFewDigits)]
    [InlineData("1234567", PinFault.TooShort)]
    [InlineData("😀😀😀😀😀😀😀", PinFault.TooShort)]
    [InlineData("😀😀😀😀😀😀😀😀", PinFault.None)]
    [InlineData("abcd\nefgh", PinFault.BadCharacter)]
    [InlineData("abcd\u0085efgh", PinFault.BadCharacter)]
    [InlineData(" abcdefgh", PinFault.BadCharacter)]
    [InlineData("abcdefgh\u00a0", PinFault.BadCharacter)]
    [InlineData("abcd efgh", PinFault.None)]
    public void A_chosen_PIN_is_judged(string pin, PinFault fault) => Assert.Equal(fault, BearerPin.Check(pin));

    [Fact]
    public void Half_a_surrogate_pair_is_no_character()
    {
        Assert.Equal(PinFault.BadCharacter, BearerPin.Check("abcdefgh\ud83d"));
        Assert.Equal(PinFault.BadCharacter, BearerPin.Check("abcd\ude00efgh"));
    }

    [Fact]
    public void It_has_at_most_128_characters_whatever_their_size()
    {
        Assert.Equal(PinFault.None, BearerPin.Check(new string('x', 128)));
        Assert.Equal(PinFault.TooLong, BearerPin.Check(new string('x', 129)));
        string faces = string.Concat(Enumerable.Repeat("😀", 128));
        Assert.Equal(PinFault.None, BearerPin.Check(faces));
        Assert.Equal(PinFault.TooLong, BearerPin.Check(faces + "x"));
        Assert.Equal(PinFault.TooLong, BearerPin.Check(new string('x', 1_000_000)));
        Assert.Equal(BearerPin.MaxSizeBytes, System.Text.Encoding.UTF8.GetByteCount(faces));
    }

    [Fact]
    public void Whatever_passes_fits_the_buffer() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
        ArbMap.Default.ArbFor<string>(),
        text => text is null || BearerPin.Check(text) != PinFault.None || System.Text.Encoding.UTF8.GetByteCount(text) <= BearerPin.MaxSizeBytes));

    [Fact]
    public void Every_fault_has_its_sentence() =>
        Assert.Equal(Enum.GetValues<PinFault>().Length, Enum.GetValues<PinFault>().Select(BearerPin.Describe).Distinct().Count());
}
