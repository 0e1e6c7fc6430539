using System.Globalization;

namespace Zeq.Crypto.Tests;

/// <summary>Random test input that can be had again: the seed is printed, and <c>ZEQ_TEST_SEED</c> sets it.</summary>
internal static class SeededRandom
{
    internal static Random Create()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("ZEQ_TEST_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"ZEQ_TEST_SEED={seed}");
        return new Random(seed);
    }

    internal static byte[] Bytes(this Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
