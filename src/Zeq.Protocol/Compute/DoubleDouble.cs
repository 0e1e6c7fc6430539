namespace Zeq.Protocol;

/// <summary>
/// A number as the unevaluated sum of two doubles: about 106 bits, 31 decimal digits. The reference that the kernel's doubles are
/// measured against. Its exponent range is a double's: below about 1e-270 the low part loses bits to underflow.
/// Error-free sums after Knuth, products by fused multiply-add; results are normalized, |Low| &lt;= ulp(High)/2.
/// </summary>
internal readonly record struct DoubleDouble
{
    private DoubleDouble(double high, double low)
    {
        High = high;
        Low = low;
    }

    public double High { get; }

    public double Low { get; }

    public static DoubleDouble Zero => default;

    public static DoubleDouble One => new(1, 0);

    public bool IsFinite => double.IsFinite(High) && double.IsFinite(Low);

    public bool IsZero => High == 0 && Low == 0;

    public static implicit operator DoubleDouble(double value) => new(value, 0);

    /// <summary>An integer, exactly: both halves of its bits are doubles.</summary>
    public static DoubleDouble FromInteger(long value)
    {
        long high = value >> 32 << 32;
        return TwoSum(high, value - high);
    }

    /// <summary><c>digits * 10^exponent</c>, as decimals are written.</summary>
    public static DoubleDouble FromDecimal(long digits, int exponent)
    {
        DoubleDouble power = PowerOfTen(Math.Abs(exponent));
        return exponent < 0 ? FromInteger(digits) / power : FromInteger(digits) * power;
    }

    /// <summary>A constant whose two parts are known.</summary>
    public static DoubleDouble FromParts(double high, double low) => TwoSum(high, low);

    public static DoubleDouble operator -(DoubleDouble value) => new(-value.High, -value.Low);

    public static DoubleDouble operator +(DoubleDouble left, DoubleDouble right)
    {
        DoubleDouble high = TwoSum(left.High, right.High);
        DoubleDouble low = TwoSum(left.Low, right.Low);
        DoubleDouble sum = QuickTwoSum(high.High, high.Low + low.High);
        return QuickTwoSum(sum.High, sum.Low + low.Low);
    }

    public static DoubleDouble operator -(DoubleDouble left, DoubleDouble right) => left + -right;

    public static DoubleDouble operator *(DoubleDouble left, DoubleDouble right)
    {
        double product = left.High * right.High;
        double error = Math.FusedMultiplyAdd(left.High, right.High, -product);
        return QuickTwoSum(product, error + ((left.High * right.Low) + (left.Low * right.High)));
    }

    public static DoubleDouble operator /(DoubleDouble left, DoubleDouble right)
    {
        // Long division, two quotient digits of 53 bits each.
        double first = left.High / right.High;
        DoubleDouble rest = left - (right * first);
        return QuickTwoSum(first, rest.High / right.High);
    }

    public static DoubleDouble Abs(DoubleDouble value) => value.High < 0 ? -value : value;

    /// <summary>The number times a power of two, exactly (as long as nothing underflows).</summary>
    public static DoubleDouble Scale(DoubleDouble value, int exponent) =>
        new(Math.ScaleB(value.High, exponent), Math.ScaleB(value.Low, exponent));

    /// <summary>An integer power by repeated squaring; the exponent is at least 0.</summary>
    public static DoubleDouble Power(DoubleDouble value, int exponent)
    {
        DoubleDouble result = One;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                result *= value;
            }

            value *= value;
        }

        return result;
    }

    private static DoubleDouble PowerOfTen(int exponent) => Power(10, exponent);

    private static DoubleDouble TwoSum(double left, double right)
    {
        double sum = left + right;
        double part = sum - left;
        return new(sum, (left - (sum - part)) + (right - part));
    }

    private static DoubleDouble QuickTwoSum(double larger, double smaller)
    {
        double sum = larger + smaller;
        return new(sum, smaller - (sum - larger));
    }
}
