namespace Zeq.Crypto;

/// <summary>The factors of <see cref="VectorRing{TOps, TVector}"/>, laid out in the order in which it reads them.</summary>
internal static class VectorRingTables
{
    private const int N = KyberConstants.Degree;

    /// <summary>The factor of the last layer of the inverse NTT, times <see cref="KyberConstants.InverseNttScale"/> / 2^16.</summary>
    internal static short ScaledZeta { get; } = Scale(KyberConstants.Zetas[1]);

    /// <summary>The number / q mod 2^16.</summary>
    internal static short TimesInverse(short number) => unchecked((short)(number * KyberConstants.ModulusInverse));

    internal static short[] TimesInverse(short[] numbers) => Array.ConvertAll(numbers, TimesInverse);

    /// <summary>For every vector and every layer within it: zeta for the lower and -zeta for the upper halves, then the same / q.</summary>
    internal static short[] Forward(int count)
    {
        var table = new List<short>();
        for (var first = 0; first < N; first += count)
        {
            for (var length = count / 2; length >= 2; length /= 2)
            {
                var layer = new short[count];
                for (var lane = 0; lane < count; lane++)
                {
                    var zeta = KyberConstants.Zetas[(N / 2 / length) + ((first + lane) / (2 * length))];
                    layer[lane] = IsUpper(lane, length) ? (short)-zeta : zeta;
                }

                table.AddRange(layer);
                table.AddRange(TimesInverse(layer));
            }
        }

        return [.. table];
    }

    /// <summary>For every vector and every layer within it: 2^16 mod q (a product with 1) for the lower halves and zeta for the upper, the same / q, and a mask of the upper halves.</summary>
    internal static short[] Inverse(int count)
    {
        var table = new List<short>();
        for (var first = 0; first < N; first += count)
        {
            for (var length = 2; length < count; length *= 2)
            {
                var layer = new short[count];
                var mask = new short[count];
                for (var lane = 0; lane < count; lane++)
                {
                    var zeta = KyberConstants.Zetas[(N / length) - 1 - ((first + lane) / (2 * length))];
                    layer[lane] = IsUpper(lane, length) ? zeta : KyberConstants.Montgomery;
                    mask[lane] = IsUpper(lane, length) ? (short)-1 : (short)0;
                }

                table.AddRange(layer);
                table.AddRange(TimesInverse(layer));
                table.AddRange(mask);
            }
        }

        return [.. table];
    }

    /// <summary>For every pair of coefficients 2^16 mod q (a product with 1) and gamma.</summary>
    internal static short[] Gammas() => [.. KyberConstants.Gammas.SelectMany(gamma => (short[])[KyberConstants.Montgomery, gamma])];

    private static bool IsUpper(int lane, int length) => lane % (2 * length) >= length;

    /// <summary>The Montgomery product with the scale, found as the number whose product with 2^16 it is.</summary>
    private static short Scale(short zeta)
    {
        var product = (((zeta * KyberConstants.InverseNttScale) % KyberConstants.Modulus) + KyberConstants.Modulus) % KyberConstants.Modulus;
        for (short candidate = 0; ; candidate++)
        {
            if (candidate * 65536L % KyberConstants.Modulus == product)
            {
                return candidate;
            }
        }
    }
}
