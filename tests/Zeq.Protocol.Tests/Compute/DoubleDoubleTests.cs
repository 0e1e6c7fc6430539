namespace Zeq.Protocol.Tests;

public class DoubleDoubleTests
{
    // 31 digits and more of known numbers, split as value = whole / 10^15 parts, so that nothing here parses with the code under test.
    private static DoubleDouble Digits(string text)
    {
        DoubleDouble sum = DoubleDouble.Zero;
        int point = text.IndexOf('.');
        string digits = text.Replace(".", "", StringComparison.Ordinal);
        foreach (char c in digits)
        {
            sum = (sum * 10) + (c - '0');
        }

        return sum / DoubleDouble.Power(10, digits.Length - point);
    }

    private static void Near(string expected, DoubleDouble actual, double tolerance = 1e-30)
    {
        DoubleDouble right = Digits(expected);
        double error = DoubleDouble.Abs((actual - right) / right).High;
        Assert.True(error < tolerance, $"relative error {error}");
    }

    [Fact]
    public void Pi_has_31_digits() => Near("3.14159265358979323846264338327950288", DoubleDoubleMath.Pi);

    [Fact]
    public void Roots() => Near("1.41421356237309504880168872420969808", DoubleDoubleMath.Sqrt(2));

    [Fact]
    public void Exponentials()
    {
        Near("2.71828182845904523536028747135266250", DoubleDoubleMath.Exp(1));
        Near("22026.4657948067165169579006452842443663535", DoubleDoubleMath.Exp(10));
        Near("0.0000453999297624848515355915155605506102", DoubleDoubleMath.Exp(-10), 1e-29);
    }

    [Fact]
    public void Logarithms()
    {
        Near("0.69314718055994530941723212145817656808", DoubleDoubleMath.Log(2));
        Near("2.30258509299404568401799145468436420760", DoubleDoubleMath.Log(10));
    }

    [Fact]
    public void Sines_and_cosines()
    {
        Near("0.84147098480789650665250232163029900", DoubleDoubleMath.SinCos(1).Sin);
        Near("0.54030230586813971740093660744297660", DoubleDoubleMath.SinCos(1).Cos);
    }

    [Fact]
    public void Sine_and_cosine_agree_with_their_quadrant()
    {
        for (double x = -20; x <= 20; x += 0.37)
        {
            (DoubleDouble sin, DoubleDouble cos) = DoubleDoubleMath.SinCos(x);
            Assert.Equal(Math.Sin(x), sin.High, 1e-15);
            Assert.Equal(Math.Cos(x), cos.High, 1e-15);
            Assert.True(Math.Abs(((sin * sin) + (cos * cos) - 1).High) < 1e-30);
        }
    }

    [Fact]
    public void A_third_times_three_is_one_to_31_digits()
    {
        DoubleDouble third = DoubleDouble.One / 3;
        Assert.True(Math.Abs(((third * 3) - 1).High) < 1e-31);
        Assert.NotEqual(0, third.Low);
    }

    [Fact]
    public void Integers_are_exact()
    {
        foreach (long value in (long[])[long.MaxValue, long.MinValue, (1L << 53) + 1, -((1L << 60) + 1), 0, -1])
        {
            DoubleDouble number = DoubleDouble.FromInteger(value);
            Assert.Equal(value, (System.Int128)number.High + (System.Int128)number.Low);
        }
    }

    [Fact]
    public void Decimals_keep_what_a_double_loses()
    {
        DoubleDouble tenth = DoubleDouble.FromDecimal(1, -1);
        Assert.Equal(0.1, tenth.High);
        Assert.True(Math.Abs(((tenth * 10) - 1).High) < 1e-31);
    }
}
