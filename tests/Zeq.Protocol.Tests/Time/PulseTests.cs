using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class PulseTests
{
    [Theory]
    [InlineData(0, "1.000000")]
    [InlineData(777, "1.000000")]
    [InlineData(194, "1.001290")]
    [InlineData(583, "0.998710")]
    [InlineData(100, "1.000933")]
    public void Known_values(long unixMs, string text) => Assert.Equal(text, Pulse.TextAt(unixMs));

    [Fact]
    public void It_is_rounded_half_up_to_six_decimals_and_stays_in_its_band() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        ArbMap.Default.ArbFor<int>(), n =>
        {
            long unixMs = Math.Abs((long)n) * 797;
            double exact = Pulse.At(unixMs);
            decimal rounded = Pulse.RoundedAt(unixMs);
            string text = Pulse.TextAt(unixMs);
            return exact is >= 1 - KernelConstants.Alpha and <= 1 + KernelConstants.Alpha
                && rounded - (decimal)exact is > -0.0000005m and <= 0.0000005m
                && text.Length == 8 && text[1] == '.' && decimal.Parse(text, CultureInfo.InvariantCulture) == rounded;
        }));

    [Fact]
    public void Below_one_it_rounds_up_too()
    {
        // Half up means towards the greater value: never towards 1, never away from zero by chance of sign.
        foreach (long unixMs in Enumerable.Range(390, 380))
        {
            decimal exact = (decimal)Pulse.At(unixMs);
            Assert.Equal(Math.Floor((exact * 1_000_000m) + 0.5m) / 1_000_000m, Pulse.RoundedAt(unixMs));
        }
    }
}
