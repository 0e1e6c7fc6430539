namespace Zeq.Crypto.Tests;

public class ConstantTimeTests
{
    [Fact]
    public void EqualMeansEveryByteAndTheLength()
    {
        Assert.True(ConstantTime.AreEqual([], []));
        Assert.True(ConstantTime.AreEqual([1, 2, 3], [1, 2, 3]));
        Assert.False(ConstantTime.AreEqual([1, 2, 3], [1, 2]));
        Assert.False(ConstantTime.AreEqual([0], []));
        for (var i = 0; i < 32; i++)
        {
            var other = new byte[32];
            other[i] = 1;
            Assert.False(ConstantTime.AreEqual(new byte[32], other));
        }
    }
}
