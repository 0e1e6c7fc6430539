using System.Numerics;

namespace Zeq.Crypto.Tests;

public class PointMultiplicationTests
{
    private static List<byte[]> Scalars()
    {
        var random = SeededRandom.Create();
        List<BigInteger> values = [0, 1, 2, 7, 8, 9, 15, 16, 17, 128, Numbers.L - 1, Numbers.L, Numbers.L + 1, (BigInteger.One << 255) - 1, BigInteger.One << 254];

        // Runs of the digit 8, where the signed form carries all the way.
        values.Add(Numbers.Read([.. Enumerable.Repeat((byte)0x88, 31), 0x08]));
        values.Add(Numbers.Read([.. Enumerable.Repeat((byte)0x77, 32)]));
        for (var i = 0; i < 40; i++)
        {
            values.Add(Numbers.Read(random.Bytes(32)) >> 1);
        }

        return [.. values.Select(v => Numbers.ToBytes(v))];
    }

    [Fact]
    public void BothWaysAreRepeatedDoublingAndAdding()
    {
        foreach (var scalar in Scalars())
        {
            var expected = Encode(DoubleAndAdd(scalar, EdwardsPoint.Base));
            Assert.Equal(expected, Encode(BasePointTable.Multiply(scalar)));
            Assert.Equal(expected, Encode(DoubleScalar.Multiply(new byte[32], EdwardsPoint.Base, scalar)));
            Assert.Equal(expected, Encode(DoubleScalar.Multiply(scalar, EdwardsPoint.Base, new byte[32])));
        }
    }

    [Fact]
    public void TwoScalarsAtOnceAreTheSum()
    {
        var scalars = Scalars();
        var point = DoubleAndAdd(scalars[^1], EdwardsPoint.Base);
        for (var i = 0; i < scalars.Count; i++)
        {
            var a = scalars[i];
            var b = scalars[^(i + 1)];
            var expected = EdwardsPoint.Add(DoubleAndAdd(a, point), new CachedPoint(DoubleAndAdd(b, EdwardsPoint.Base)));
            Assert.Equal(Encode(expected), Encode(DoubleScalar.Multiply(a, point, b)));
        }
    }

    [Fact]
    public void AdditionIsCompleteAndDecodingInvertsEncoding()
    {
        Assert.True(DoubleAndAdd(Numbers.ToBytes(Numbers.L), EdwardsPoint.Base).IsIdentity());
        Assert.False(DoubleAndAdd(Numbers.ToBytes(Numbers.L - 1), EdwardsPoint.Base).IsIdentity());
        var point = EdwardsPoint.Base;
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(Encode(EdwardsPoint.Double(point)), Encode(EdwardsPoint.Add(point, new CachedPoint(point))));
            Assert.Equal(Encode(EdwardsPoint.Double(point)), Encode(EdwardsPoint.Add(point, AffinePoint.From(point))));
            Assert.True(EdwardsPoint.Add(point, new CachedPoint(point.Negate())).IsIdentity());
            Assert.Equal(Encode(point), Encode(EdwardsPoint.Add(point, AffinePoint.Identity)));
            Assert.True(EdwardsPoint.TryDecode(Convert.FromHexString(Encode(point)), out var decoded));
            Assert.Equal(Encode(point), Encode(decoded));
            Assert.True(EdwardsPoint.Add(decoded, new CachedPoint(point.Negate())).IsIdentity());
            point = EdwardsPoint.Add(EdwardsPoint.Double(point), new CachedPoint(EdwardsPoint.Base));
        }
    }

    private static EdwardsPoint DoubleAndAdd(byte[] scalar, EdwardsPoint point)
    {
        var cached = new CachedPoint(point);
        var sum = EdwardsPoint.Identity;
        for (var bit = 255; bit >= 0; bit--)
        {
            sum = EdwardsPoint.Double(sum);
            if ((scalar[bit / 8] >> (bit % 8) & 1) != 0)
            {
                sum = EdwardsPoint.Add(sum, cached);
            }
        }

        return sum;
    }

    private static string Encode(EdwardsPoint point)
    {
        var bytes = new byte[32];
        point.Encode(bytes);
        return Hex.Encode(bytes);
    }
}
