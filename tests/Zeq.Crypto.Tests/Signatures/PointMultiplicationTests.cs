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
    public void EveryWayIsRepeatedDoublingAndAdding()
    {
        foreach (var scalar in Scalars())
        {
            var expected = Encode(DoubleAndAdd(scalar, EdwardsPoint.Base));
            Assert.Equal(expected, Encode(BasePointTable.Multiply(scalar)));
            Assert.Equal(expected, Encode(DoubleScalar.Multiply(new byte[32], EdwardsPoint.Base, scalar)));
            Assert.Equal(expected, Encode(DoubleScalar.Multiply(scalar, EdwardsPoint.Base, new byte[32])));

            // Those of processors without vectors.
            Assert.Equal(expected, Encode(BasePointTable.MultiplyScalar(scalar)));
            Assert.Equal(expected, Encode(DoubleScalar.MultiplyScalar(new byte[32], EdwardsPoint.Base, scalar)));
            Assert.Equal(expected, Encode(DoubleScalar.MultiplyScalar(scalar, EdwardsPoint.Base, new byte[32])));
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
            Assert.Equal(Encode(expected), Encode(DoubleScalar.MultiplyScalar(a, point, b)));
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

    [Fact]
    public void EveryDigitOfEveryPositionSelectsItsMultiple()
    {
        // One digit d at position i, from 1 to 8 and, through the carry, from -1 to -8: a scalar of d * 16^i or 16^(i+1) - d * 16^i.
        for (var i = 0; i < 63; i++)
        {
            for (var d = 1; d <= 8; d++)
            {
                foreach (var value in (BigInteger[])[d * (BigInteger.One << (4 * i)), (16 - d) * (BigInteger.One << (4 * i))])
                {
                    var scalar = Numbers.ToBytes(value);
                    var expected = Encode(DoubleAndAdd(scalar, EdwardsPoint.Base));
                    Assert.Equal(expected, Encode(BasePointTable.Multiply(scalar)));
                    Assert.Equal(expected, Encode(BasePointTable.MultiplyScalar(scalar)));
                }
            }
        }
    }

    [Fact]
    public void PointsInLanesAddUpLikeOthers()
    {
        Assert.SkipUnless(FieldQuad.IsSupported, "no AVX2 on this machine");
        var point = EdwardsPoint.Base;
        for (var i = 0; i < 50; i++)
        {
            var quad = QuadPoint.From(point);
            QuadPoint.Double(quad, out var twice);
            Assert.Equal(Encode(EdwardsPoint.Double(point)), Encode(QuadPoint.ToPoint(twice)));
            QuadPoint.Prepare(quad, out var prepared);
            QuadPoint.Add(quad, prepared, out var sum);
            Assert.Equal(Encode(EdwardsPoint.Double(point)), Encode(QuadPoint.ToPoint(sum)));
            QuadPoint.Add(sum, prepared, out sum);
            Assert.Equal(Encode(EdwardsPoint.Add(EdwardsPoint.Double(point), new CachedPoint(point))), Encode(QuadPoint.ToPoint(sum)));
            QuadPoint.NegatePrepared(prepared, out var negated);
            QuadPoint.Add(quad, negated, out sum);
            Assert.True(QuadPoint.ToPoint(sum).IsIdentity());
            QuadPoint.Add(QuadPoint.From(EdwardsPoint.Identity), negated, out sum);
            Assert.Equal(Encode(point.Negate()), Encode(QuadPoint.ToPoint(sum)));
            point = EdwardsPoint.Add(EdwardsPoint.Double(point), new CachedPoint(EdwardsPoint.Base));
        }
    }

    [Fact]
    public void TwoPointsAreEncodedAsEachAlone()
    {
        var p = DoubleAndAdd(Numbers.ToBytes(12345), EdwardsPoint.Base);
        foreach (var q in (EdwardsPoint[])[EdwardsPoint.Identity, EdwardsPoint.Base, EdwardsPoint.Double(p).Negate()])
        {
            byte[] first = new byte[32], second = new byte[32];
            EdwardsPoint.EncodeTwo(p, first, q, second);
            Assert.Equal(Encode(p), Hex.Encode(first));
            Assert.Equal(Encode(q), Hex.Encode(second));
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
