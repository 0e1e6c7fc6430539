using System.Diagnostics;
using System.Security.Cryptography;

namespace Zeq.Crypto.Tests;

/// <summary>
/// dudect's statistic: Welch's t between the decapsulation times of valid and of invalid ciphertexts, which come in random order and from the same
/// buffer. Above 4.5 in absolute value the times differ. Minutes long and for a quiet machine, so outside the default run:
/// <c>dotnet exec tests/Zeq.Crypto.Tests/bin/Release/net10.0/Zeq.Crypto.Tests.dll -explicit only -class Zeq.Crypto.Tests.DecapsulationTimeTests</c>
/// </summary>
public class DecapsulationTimeTests(ITestOutputHelper output)
{
    private const int Runs = 1_000_000;
    private const double MostT = 4.5;
    private const int CipherTexts = 64;

    public static TheoryData<string> Providers => [.. CryptoProvider.MLKem768Providers.Select(provider => provider.Name)];

    [Theory(Explicit = true), MemberData(nameof(Providers))]
    public void ValidAndInvalidCiphertextsTakeTheSameTime(string name)
    {
        IMLKem768Provider provider = CryptoProvider.MLKem768Providers.Single(p => p.Name == name);
        byte[] encapsulationKey = new byte[MLKem768.EncapsulationKeySizeBytes];
        byte[] decapsulationKey = new byte[MLKem768.DecapsulationKeySizeBytes];
        MLKem768.GenerateKey(provider, RandomNumberGenerator.GetBytes(MLKem768.SeedSizeBytes), encapsulationKey, decapsulationKey);
        byte[][] cipherTexts = MakeCipherTexts(provider, encapsulationKey);
        byte[] classes = RandomNumberGenerator.GetBytes(Runs);
        byte[] cipherText = new byte[MLKem768.CipherTextSizeBytes];
        byte[] sharedSecret = new byte[MLKem768.SharedSecretSizeBytes];
        long[] ticks = new long[Runs];
        for (int i = -Runs / 50; i < Runs; i++)
        {
            // The lowest bit is the class; the first runs only warm up.
            int choice = classes[Math.Abs(i)] % (2 * CipherTexts);
            cipherTexts[choice].CopyTo(cipherText, 0);
            long began = Stopwatch.GetTimestamp();
            MLKem768.TryDecapsulate(provider, decapsulationKey, cipherText, sharedSecret);
            ticks[Math.Max(i, 0)] = Stopwatch.GetTimestamp() - began;
        }

        // What interrupts stretch hides a leak: the fastest nine tenths are judged too, and see far smaller ones.
        long slow = ticks.Order().ElementAt((int)(Runs * 0.9));
        double raw = WelchT(ticks, classes, long.MaxValue), fastest = WelchT(ticks, classes, slow);
        output.WriteLine($"{name}: t = {raw:0.00}, of the fastest nine tenths {fastest:0.00}");
        Assert.InRange(raw, -MostT, MostT);
        Assert.InRange(fastest, -MostT, MostT);
    }

    /// <summary>Even ones are valid; odd ones are valid but for one bit, in every part of the ciphertext.</summary>
    private static byte[][] MakeCipherTexts(IMLKem768Provider provider, byte[] encapsulationKey)
    {
        byte[][] cipherTexts = new byte[2 * CipherTexts][];
        for (int i = 0; i < cipherTexts.Length; i++)
        {
            cipherTexts[i] = new byte[MLKem768.CipherTextSizeBytes];
            MLKem768.Encapsulate(provider, encapsulationKey, cipherTexts[i], new byte[MLKem768.SharedSecretSizeBytes]);
            cipherTexts[i][i * 17 % MLKem768.CipherTextSizeBytes] ^= (byte)((i & 1) << (i / 2 % 8));
        }

        return cipherTexts;
    }

    private static double WelchT(long[] ticks, byte[] classes, long limit)
    {
        Span<double> count = stackalloc double[2];
        Span<double> mean = stackalloc double[2];
        Span<double> squares = stackalloc double[2];
        for (int i = 0; i < ticks.Length; i++)
        {
            if (ticks[i] <= limit)
            {
                int c = classes[i] & 1;
                double difference = ticks[i] - mean[c];
                mean[c] += difference / ++count[c];
                squares[c] += difference * (ticks[i] - mean[c]);
            }
        }

        return (mean[0] - mean[1]) / Math.Sqrt((squares[0] / (count[0] - 1) / count[0]) + (squares[1] / (count[1] - 1) / count[1]));
    }
}
