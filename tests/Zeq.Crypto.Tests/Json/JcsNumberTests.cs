using System.Globalization;
using System.Text;

namespace Zeq.Crypto.Tests;

public class JcsNumberTests
{
    /// <summary>RFC 8785, appendix B.</summary>
    [Theory]
    [InlineData("0000000000000000", "0")]
    [InlineData("8000000000000000", "0")]
    [InlineData("0000000000000001", "5e-324")]
    [InlineData("8000000000000001", "-5e-324")]
    [InlineData("7fefffffffffffff", "1.7976931348623157e+308")]
    [InlineData("ffefffffffffffff", "-1.7976931348623157e+308")]
    [InlineData("4340000000000000", "9007199254740992")]
    [InlineData("c340000000000000", "-9007199254740992")]
    [InlineData("4430000000000000", "295147905179352830000")]
    [InlineData("44b52d02c7e14af5", "9.999999999999997e+22")]
    [InlineData("44b52d02c7e14af6", "1e+23")]
    [InlineData("44b52d02c7e14af7", "1.0000000000000001e+23")]
    [InlineData("444b1ae4d6e2ef4e", "999999999999999700000")]
    [InlineData("444b1ae4d6e2ef4f", "999999999999999900000")]
    [InlineData("444b1ae4d6e2ef50", "1e+21")]
    [InlineData("3eb0c6f7a0b5ed8c", "9.999999999999997e-7")]
    [InlineData("3eb0c6f7a0b5ed8d", "0.000001")]
    [InlineData("41b3de4355555553", "333333333.3333332")]
    [InlineData("41b3de4355555554", "333333333.33333325")]
    [InlineData("41b3de4355555555", "333333333.3333333")]
    [InlineData("41b3de4355555556", "333333333.3333334")]
    [InlineData("41b3de4355555557", "333333333.33333343")]
    [InlineData("becbf647612f3696", "-0.0000033333333333333333")]
    [InlineData("43143ff3c1cb0959", "1424953923781206.2")]
    [InlineData("3e60000000000000", "2.9802322387695312e-8")] // 2^-25: a tie at 17 digits
    [InlineData("be60000000000000", "-2.9802322387695312e-8")]
    [InlineData("0410000000000000", "4.1045368012983762e-289")] // 2^-958
    [InlineData("8410000000000000", "-4.1045368012983762e-289")]
    public void AppendixBAndPowersOfTwo(string bits, string expected)
    {
        var value = BitConverter.UInt64BitsToDouble(ulong.Parse(bits, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.Equal(expected, Format(value));
    }

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("0e5", "0")]
    [InlineData("-0E-99999", "0")]
    [InlineData("1", "1")]
    [InlineData("1.0", "1")]
    [InlineData("1e2", "100")]
    [InlineData("1E+2", "100")]
    [InlineData("100e-2", "1")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("123456789012345680000", "123456789012345680000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("-1e21", "-1e+21")]
    [InlineData("1.5e300", "1.5e+300")]
    [InlineData("0.000001", "0.000001")]
    [InlineData("0.0000001", "1e-7")]
    [InlineData("1e-7", "1e-7")]
    [InlineData("1.5e-7", "1.5e-7")]
    [InlineData("5e-324", "5e-324")]
    [InlineData("1e-400", "0")]
    [InlineData("1e-99999999999999999999", "0")]
    [InlineData("2.2250738585072014e-308", "2.2250738585072014e-308")]
    [InlineData("1.7976931348623157e308", "1.7976931348623157e+308")]
    [InlineData("1.7976931348623158e308", "1.7976931348623157e+308")]
    [InlineData("333333333.33333329", "333333333.3333333")]
    [InlineData("9007199254740993", "9007199254740992")]
    [InlineData("0.1", "0.1")]
    [InlineData("0.30000000000000004", "0.30000000000000004")]
    [InlineData("4.50", "4.5")]
    [InlineData("2e-3", "0.002")]
    [InlineData("0.000000000000000000000000001", "1e-27")]
    [InlineData("5.684341886080802e-14", "5.684341886080802e-14")]
    [InlineData("-123.456", "-123.456")]
    public void KnownAnswers(string json, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(Jcs.Canonicalize(Encoding.ASCII.GetBytes(json))));

    [Theory]
    [InlineData("1e309")]
    [InlineData("-1e309")]
    [InlineData("1.7976931348623159e308")]
    [InlineData("1e99999999999999999999")]
    [InlineData("[1,1e400]")]
    public void BeyondDoubleIsRefused(string json) => Assert.Throws<FormatException>(() => Jcs.Canonicalize(Encoding.ASCII.GetBytes(json)));

    [Theory]
    [InlineData("01")]
    [InlineData("-01")]
    [InlineData("00")]
    [InlineData("+1")]
    [InlineData("-")]
    [InlineData(".5")]
    [InlineData("1.")]
    [InlineData("1.e5")]
    [InlineData("1e")]
    [InlineData("1e+")]
    [InlineData("1e5.5")]
    [InlineData("- 1")]
    [InlineData("0x10")]
    [InlineData("1_000")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("∞")]
    [InlineData("١")]
    public void TextThatIsNoNumberIsRefused(string json) => Assert.Throws<FormatException>(() => Jcs.Canonicalize(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void PowersOfTwoAndTheirNeighboursReadBackWithTheFewestDigits()
    {
        // Below a power of two numbers lie twice as dense as above it: there shortest digits are easily got wrong.
        for (var exponent = -1074; exponent < 1024; exponent++)
        {
            var power = Math.ScaleB(1, exponent);
            AssertShortest(power);
            AssertShortest(-power);
            AssertShortest(Math.BitIncrement(power));
            AssertShortest(exponent == -1074 ? power : Math.BitDecrement(power));
        }
    }

    [Fact]
    public void EveryTextReadsBackAsItsNumberWithTheFewestDigits()
    {
        var random = SeededRandom.Create();
        for (var i = 0; i < 20_000; i++)
        {
            var value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(value))
            {
                continue;
            }

            AssertShortest(value);
        }
    }

    private static void AssertShortest(double value)
    {
        var text = Format(value);
        Assert.Equal(value, double.Parse(text, CultureInfo.InvariantCulture));

        // With one digit fewer, neither the number below nor the one above reads back.
        var parts = text.Split('e');
        var digits = parts[0].Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal).Trim('0');
        if (digits.Length > 1)
        {
            var exact = value.ToString("E770", CultureInfo.InvariantCulture);
            var pointAt = exact.IndexOf('.', StringComparison.Ordinal);
            var exponent = exact[exact.IndexOf('E', StringComparison.Ordinal)..];
            var down = exact[..(pointAt + digits.Length - 1)];
            var isNegative = value < 0;
            var mantissa = long.Parse(down.Replace("-", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
            var scale = int.Parse(exponent.AsSpan(1), CultureInfo.InvariantCulture) - (digits.Length - 2);
            foreach (var candidate in (long[])[mantissa, mantissa + 1])
            {
                var shorter = double.Parse(FormattableString.Invariant($"{(isNegative ? "-" : "")}{candidate}E{scale}"), CultureInfo.InvariantCulture);
                Assert.True(value != shorter, $"{text}: {candidate}E{scale} is shorter");
            }
        }
    }

    private static string Format(double value)
    {
        Span<byte> text = stackalloc byte[JcsNumber.MaxTextSizeBytes];
        return Encoding.ASCII.GetString(text[..JcsNumber.Format(value, text)]);
    }
}
