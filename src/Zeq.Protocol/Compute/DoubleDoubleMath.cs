namespace Zeq.Protocol;

/// <summary>The functions of <see cref="DoubleDouble"/> that the references need, each good to about 30 digits.</summary>
internal static class DoubleDoubleMath
{
    private const int MaxTerms = 40;
    private const double Negligible = 1e-34;
    private const int ExpHalvings = 9;

    public static readonly DoubleDouble Pi = DoubleDouble.FromParts(3.141592653589793116, 1.224646799147353207e-16);

    private static readonly DoubleDouble LogTwo = DoubleDouble.FromParts(6.931471805599452862e-1, 2.319046813846299558e-17);

    /// <summary>The root of a number of at least 0; of a negative one, NaN.</summary>
    public static DoubleDouble Sqrt(DoubleDouble value)
    {
        if (value.IsZero)
        {
            return DoubleDouble.Zero;
        }

        // Two Newton steps from the double: 53 -> 106 bits, and one to be sure.
        DoubleDouble root = Math.Sqrt(value.High);
        root = DoubleDouble.Scale(root + (value / root), -1);
        return DoubleDouble.Scale(root + (value / root), -1);
    }

    /// <summary>e to the power of a number between about -700 and 700.</summary>
    public static DoubleDouble Exp(DoubleDouble value)
    {
        int twos = (int)Math.Round(value.High / LogTwo.High);
        DoubleDouble rest = DoubleDouble.Scale(value - (LogTwo * twos), -ExpHalvings);

        // The series of e^x - 1, doubled back: (1 + s)^2 - 1 = 2s + s^2 keeps the small part exact.
        DoubleDouble term = rest;
        DoubleDouble sum = rest;
        for (int n = 2; n < MaxTerms && Math.Abs(term.High) > Negligible * Math.Abs(sum.High); n++)
        {
            term = term * rest / n;
            sum += term;
        }

        for (int i = 0; i < ExpHalvings; i++)
        {
            sum = DoubleDouble.Scale(sum, 1) + (sum * sum);
        }

        return DoubleDouble.Scale(sum + DoubleDouble.One, twos);
    }

    /// <summary>The natural logarithm of a number above 0.</summary>
    public static DoubleDouble Log(DoubleDouble value)
    {
        // One Newton step on e^y = x doubles the digits of the double's logarithm; the second removes its last error.
        DoubleDouble log = Math.Log(value.High);
        log += (value * Exp(-log)) - DoubleDouble.One;
        return log + (value * Exp(-log)) - DoubleDouble.One;
    }

    /// <summary>Sine and cosine of an angle in radians, at most a few thousand turns from 0.</summary>
    public static (DoubleDouble Sin, DoubleDouble Cos) SinCos(DoubleDouble angle)
    {
        DoubleDouble quarter = DoubleDouble.Scale(Pi, -1);
        double quarters = Math.Round(angle.High / quarter.High);
        DoubleDouble rest = angle - (quarter * quarters);
        DoubleDouble sin = Series(rest, rest, 1);
        DoubleDouble cos = Series(rest, DoubleDouble.One, 0);
        return ((long)quarters & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }

    private static DoubleDouble Series(DoubleDouble angle, DoubleDouble first, int order)
    {
        DoubleDouble minusSquare = -(angle * angle);
        DoubleDouble term = first;
        DoubleDouble sum = first;
        for (int n = order + 1; n < MaxTerms && Math.Abs(term.High) > Negligible * Math.Abs(sum.High); n += 2)
        {
            term = term * minusSquare / ((double)n * (n + 1));
            sum += term;
        }

        return sum;
    }
}
