using System.Numerics;

namespace Zeq.Crypto.Tests;

public class ScalarTests
{
    [Fact]
    public void ReduceIsTheRemainderOf512Bits()
    {
        var random = SeededRandom.Create();
        var top = (BigInteger.One << 512) - 1;
        List<BigInteger> values = [0, 1, Numbers.L - 1, Numbers.L, Numbers.L + 1, 2 * Numbers.L, (BigInteger.One << 256) - 1, BigInteger.One << 256, top, top - (top % Numbers.L), top - (top % Numbers.L) - 1];
        for (var i = 0; i < 2000; i++)
        {
            values.Add(Numbers.Read(random.Bytes(64)));
        }

        foreach (var value in values)
        {
            var reduced = new byte[32];
            Scalar.Reduce(Numbers.ToBytes(value, 64), reduced);
            Assert.Equal(value % Numbers.L, Numbers.Read(reduced));
        }
    }

    [Fact]
    public void MultiplyAddIsThatOfIntegersModL()
    {
        var random = SeededRandom.Create();
        List<BigInteger> below = [0, 1, 2, Numbers.L - 1, Numbers.L - 2, BigInteger.One << 252, (BigInteger.One << 128) - 1];
        for (var i = 0; i < 12; i++)
        {
            below.Add(Numbers.Read(random.Bytes(32)) % Numbers.L);
        }

        List<BigInteger> any = [.. below, Numbers.L, (BigInteger.One << 255) - 8, BigInteger.One << 254, (BigInteger.One << 256) - 1];
        foreach (var k in below)
        {
            foreach (var a in any)
            {
                foreach (var r in below)
                {
                    var result = new byte[32];
                    Scalar.MultiplyAdd(Numbers.ToBytes(k), Numbers.ToBytes(a), Numbers.ToBytes(r), result);
                    Assert.Equal(((k * a) + r) % Numbers.L, Numbers.Read(result));
                }
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    public void NonAdjacentFormAddsUp(int windowBits)
    {
        var random = SeededRandom.Create();
        List<BigInteger> values = [0, 1, Numbers.L - 1, (BigInteger.One << 255) - 1, (BigInteger.One << 254) - 1, 127, 128, 129];
        for (var i = 0; i < 500; i++)
        {
            values.Add(Numbers.Read(random.Bytes(32)) >> 1);
        }

        foreach (var value in values)
        {
            var digits = new sbyte[256];
            DoubleScalar.ToNonAdjacentForm(Numbers.ToBytes(value), windowBits, digits);
            var sum = BigInteger.Zero;
            var last = -windowBits;
            for (var i = 0; i < 256; i++)
            {
                sum += (BigInteger)digits[i] << i;
                if (digits[i] != 0)
                {
                    Assert.True(digits[i] % 2 != 0 && Math.Abs((int)digits[i]) < 1 << (windowBits - 1));
                    Assert.True(i - last >= windowBits);
                    last = i;
                }
            }

            Assert.Equal(value, sum);
        }
    }
}
