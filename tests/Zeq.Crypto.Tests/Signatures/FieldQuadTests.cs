using System.Numerics;
using System.Runtime.Intrinsics;

namespace Zeq.Crypto.Tests;

public class FieldQuadTests
{
    private static readonly Vector256<ulong> All = Vector256<ulong>.AllBitsSet;

    /// <summary>The ends of the range, limb boundaries of both kinds, values of p or more, and random ones.</summary>
    private static List<BigInteger> Values()
    {
        var random = SeededRandom.Create();
        List<BigInteger> values = [0, 1, 18, 19, 20, Numbers.P - 1, Numbers.P - 19, Numbers.P, Numbers.P + 18];
        foreach (var bit in (int[])[26, 51, 77, 102, 128, 153, 179, 204, 230, 254])
        {
            values.Add((BigInteger.One << bit) - 1);
            values.Add(BigInteger.One << bit);
        }

        for (var i = 0; i < 20; i++)
        {
            values.Add(Numbers.Read(random.Bytes(32)) & ((BigInteger.One << 255) - 1));
        }

        return values;
    }

    [Fact]
    public void EveryLaneIsAnElementOfTheField()
    {
        Assert.SkipUnless(FieldQuad.IsSupported, "no AVX2 on this machine");
        var values = Values();
        for (var i = 0; i < values.Count; i++)
        {
            for (var j = 0; j < values.Count; j++)
            {
                BigInteger[] x = [values[i], values[j], values[(i + 1) % values.Count], values[^(j + 1)]];
                BigInteger[] y = [values[j], values[i], values[(j + 2) % values.Count], values[^(i + 1)]];
                FieldQuad a = Quad(x), b = Quad(y);
                Same(x, a);
                FieldQuad.Mul(a, b, out var result);
                Same([.. x.Zip(y, (p, q) => p * q)], result);
                FieldQuad.Square(a, out result);
                Same([.. x.Select(p => p * p)], result);
                FieldQuad.Add(a, b, out result);
                Same([.. x.Zip(y, (p, q) => p + q)], result);
                FieldQuad.Sub(a, b, out result);
                Same([.. x.Zip(y, (p, q) => p - q)], result);
                FieldQuad.Flip(a, All, out result);
                Same([.. x.Select(p => -p)], result);
                FieldQuad.Flip(a, Vector256.Create(0, ulong.MaxValue, 0, ulong.MaxValue), out result);
                Same([x[0], -x[1], x[2], -x[3]], result);
            }
        }
    }

    [Fact]
    public void ProductsHoldAtTheBounds()
    {
        Assert.SkipUnless(FieldQuad.IsSupported, "no AVX2 on this machine");
        var values = Values();
        for (var i = 0; i < values.Count; i++)
        {
            BigInteger[] x = [values[i], (BigInteger.One << 255) - 1, Numbers.P - 1, 0];
            BigInteger[] y = [values[^(i + 1)], (BigInteger.One << 255) - 1, 0, values[i]];
            FieldQuad a = Quad(x), b = Quad(y);

            // The right side: a reduced value and 2p taken from another; the left side: that and two more.
            FieldQuad.Sub(a, b, out var right);
            FieldQuad.Add(right, b, out var left);
            FieldQuad.Add(left, b, out left);
            FieldQuad.Mul(left, right, out var product);
            Same([.. x.Zip(y, (p, q) => (p + q) * (p - q))], product);
            FieldQuad.Square(right, out product);
            Same([.. x.Zip(y, (p, q) => (p - q) * (p - q))], product);
            FieldQuad.Reduce(left, out var reduced);
            Same([.. x.Zip(y, (p, q) => p + q)], reduced);
            FieldQuad.Mul(reduced, product, out product);
            Same([.. x.Zip(y, (p, q) => (p + q) * (p - q) * (p - q))], product);
        }
    }

    [Fact]
    public void LanesMoveAndAreChosen()
    {
        Assert.SkipUnless(FieldQuad.IsSupported, "no AVX2 on this machine");
        FieldQuad a = Quad([1, 2, 3, 4]), b = Quad([5, 6, 7, 8]);
        FieldQuad.Shuffle(a, 0b00_01_10_11, out var result);
        Same([4, 3, 2, 1], result);
        var lanes = Vector256.Create(ulong.MaxValue, 0, 0, ulong.MaxValue);
        FieldQuad.Select(a, b, lanes, out result);
        Same([5, 2, 3, 8], result);
        FieldQuad.Combine(a, All, b, lanes, out result);
        Same([6, 2, 3, 12], result);
        var packed = new Vector256<uint>[FieldQuad.PackedCount];
        var values = Values();
        for (var i = 0; i + 4 <= values.Count; i++)
        {
            Quad([.. values[i..(i + 4)]]).Pack(packed);
            FieldQuad.Unpack(packed, out result);
            Same([.. values[i..(i + 4)]], result);
        }
    }

    private static FieldQuad Quad(BigInteger[] values)
    {
        var elements = values.Select(v => FieldElement.FromBytes(Numbers.ToBytes(v))).ToArray();
        return new FieldQuad(elements[0], elements[1], elements[2], elements[3]);
    }

    private static void Same(BigInteger[] expected, in FieldQuad actual)
    {
        var bytes = new byte[32];
        for (var lane = 0; lane < FieldQuad.LaneCount; lane++)
        {
            actual[lane].ToBytes(bytes);
            Assert.Equal(Numbers.Mod(expected[lane], Numbers.P), Numbers.Read(bytes));
        }
    }
}
