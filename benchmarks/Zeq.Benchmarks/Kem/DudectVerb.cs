using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Benchmarks;

/// <summary>
/// <c>dudect</c>: Welch's t statistic between the decapsulation times of valid and of invalid ciphertexts, which come in random order and from the same
/// buffer. Above 4.5 in absolute value the times differ. Beside the raw figure stands that of the fastest 90 of 100 runs, which interrupts do not blur.
/// </summary>
internal static class DudectVerb
{
    private const int CipherTexts = 64;

    public static void Run(Arguments arguments)
    {
        int runs = arguments.Number("runs", 1_000_000);
        string name = arguments.Text("provider") ?? CryptoProvider.MLKem768.Name;
        IMLKem768Provider provider = CryptoProvider.MLKem768Providers.SingleOrDefault(p => p.Name == name)
            ?? throw new ArgumentException($"No provider {name}; there are: {string.Join(", ", CryptoProvider.MLKem768Providers.Select(p => p.Name))}.");
        byte[] encapsulationKey = new byte[MLKem768.EncapsulationKeySizeBytes];
        byte[] decapsulationKey = new byte[MLKem768.DecapsulationKeySizeBytes];
        MLKem768.GenerateKey(provider, RandomNumberGenerator.GetBytes(MLKem768.SeedSizeBytes), encapsulationKey, decapsulationKey);
        byte[][] cipherTexts = MakeCipherTexts(provider, encapsulationKey);
        byte[] classes = RandomNumberGenerator.GetBytes(runs);
        byte[] cipherText = new byte[MLKem768.CipherTextSizeBytes];
        byte[] sharedSecret = new byte[MLKem768.SharedSecretSizeBytes];
        long[] ticks = new long[runs];
        for (int i = -runs / 50; i < runs; i++)
        {
            // The lowest bit is the class; the first runs only warm up.
            int choice = classes[Math.Abs(i)] % (2 * CipherTexts);
            cipherTexts[choice].CopyTo(cipherText, 0);
            long began = Stopwatch.GetTimestamp();
            MLKem768.TryDecapsulate(provider, decapsulationKey, cipherText, sharedSecret);
            ticks[Math.Max(i, 0)] = Stopwatch.GetTimestamp() - began;
        }

        long[] sorted = [.. ticks.Order()];
        double raw = WelchT(ticks, classes, long.MaxValue);
        double fastest = WelchT(ticks, classes, sorted[(int)(runs * 0.9)]);
        double median = sorted[runs / 2] * 1e6 / Stopwatch.Frequency;
        Console.WriteLine(arguments.IsTable
            ? Output.Head("Decapsulation time of valid and invalid ciphertexts") + string.Create(
                CultureInfo.InvariantCulture, $"\n{name}: {runs} runs, median {median:0.00} us, t = {raw:0.00}, t of the fastest 90% = {fastest:0.00} (a leak: above 4.5)\n")
            : string.Create(
                CultureInfo.InvariantCulture, $"{{\"provider\":\"{name}\",\"runs\":{runs},\"median_us\":{median:0.00},\"t\":{raw:0.00},\"t_fastest_90\":{fastest:0.00}}}"));
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
