using System.Numerics;

namespace Zeq.Crypto.Tests;

public class FieldElementTests
{
    /// <summary>The ends of the range, limb boundaries, and values of p or more, which only bytes can hold.</summary>
    private static List<BigInteger> Values()
    {
        var random = SeededRandom.Create();
        List<BigInteger> values = [0, 1, 2, 18, 19, 20, Numbers.P - 1, Numbers.P - 2, Numbers.P - 19, Numbers.P, Numbers.P + 1, Numbers.P + 18];
        foreach (var bit in (int[])[51, 102, 153, 204, 254])
        {
            values.Add((BigInteger.One << bit) - 1);
            values.Add(BigInteger.One << bit);
        }

        for (var i = 0; i < 40; i++)
        {
            values.Add(Numbers.Read(random.Bytes(32)) & ((BigInteger.One << 255) - 1));
        }

        return values;
    }

    [Fact]
    public void ArithmeticIsThatOfIntegersModP()
    {
        var values = Values();
        foreach (var x in values)
        {
            var a = Field(x);
            Same(x, a);
            Same(-x, FieldElement.Negate(a));
            Same(x * x, FieldElement.Square(a));
            foreach (var y in values)
            {
                var b = Field(y);
                Same(x + y, FieldElement.Add(a, b));
                Same(x - y, FieldElement.Sub(a, b));
                Same(x * y, FieldElement.Mul(a, b));

                // The largest inputs that the bounds allow: two additions before a product or a subtraction.
                var sum = FieldElement.Add(FieldElement.Add(a, b), FieldElement.Add(b, a));
                var bigSum = (x + y) * 2;
                Same(bigSum * bigSum, FieldElement.Square(sum));
                Same(bigSum * bigSum, FieldElement.Mul(sum, sum));
                Same(x - bigSum, FieldElement.Sub(a, sum));
            }
        }
    }

    [Fact]
    public void InversesAndPowers()
    {
        foreach (var x in Values())
        {
            Same(BigInteger.ModPow(x, Numbers.P - 2, Numbers.P), FieldElement.Invert(Field(x)));
            Same(BigInteger.ModPow(x, (Numbers.P - 5) / 8, Numbers.P), FieldElement.PowerP58(Field(x)));
            Assert.Equal(Numbers.Mod(x, Numbers.P).IsZero, Field(x).IsZero());
            Assert.Equal(!Numbers.Mod(x, Numbers.P).IsEven, Field(x).IsNegative());
        }
    }

    [Fact]
    public void SelectTakesAllOfOneOrTheOther()
    {
        foreach (var x in Values())
        {
            Same(x, FieldElement.Select(Field(x), Field(Numbers.P - 5), 0));
            Same(x, FieldElement.Select(Field(Numbers.P - 5), Field(x), ulong.MaxValue));
        }
    }

    [Fact]
    public void ConstantsAreTheStandards()
    {
        // RFC 8032 §5.1.
        Same(BigInteger.Parse("37095705934669439343138083508754565189542113879843219016388785533085940283555"), CurveConstants.D);
        Same(BigInteger.Parse("15112221349535400772501151409588531511454012693041857206046113283949847762202"), EdwardsPoint.Base.X);
        Same(BigInteger.Parse("46316835694926478169428394003475163141307993866256225615783033603165251855960"), EdwardsPoint.Base.Y);
        Same(-1, FieldElement.Square(CurveConstants.SqrtMinusOne));
    }

    private static FieldElement Field(BigInteger value) => FieldElement.FromBytes(Numbers.ToBytes(value));

    private static void Same(BigInteger expected, FieldElement actual)
    {
        var bytes = new byte[32];
        actual.ToBytes(bytes);
        Assert.Equal(Numbers.Mod(expected, Numbers.P), Numbers.Read(bytes));
    }
}
