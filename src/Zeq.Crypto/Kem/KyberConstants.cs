using System.Numerics;

namespace Zeq.Crypto;

/// <summary>Parameters of ML-KEM-768 (FIPS 203 §8) and the constants of its arithmetic.</summary>
internal static class KyberConstants
{
    /// <summary>Coefficients of a polynomial (n).</summary>
    internal const int Degree = 256;

    /// <summary>Polynomials of a vector (k).</summary>
    internal const int Rank = 3;

    /// <summary>The modulus q.</summary>
    internal const int Modulus = 3329;

    /// <summary>q^-1 mod 2^16, as a signed number.</summary>
    internal const short ModulusInverse = -3327;

    /// <summary>2^16 mod q.</summary>
    internal const short Montgomery = 2285;

    /// <summary>2^32 mod q: a Montgomery product with it is a product with 2^16.</summary>
    internal const short MontgomerySquare = 1353;

    /// <summary>2^32 / 128 mod q: what ends the inverse NTT.</summary>
    internal const short InverseNttScale = 1441;

    /// <summary>round(2^26 / q), the factor of Barrett's reduction.</summary>
    internal const short Barrett = 20159;

    internal const int PolynomialSizeBytes = 384;
    internal const int VectorSizeBytes = Rank * PolynomialSizeBytes;
    internal const int Compressed10SizeBytes = 320;
    internal const int Compressed4SizeBytes = 128;
    internal const int NoiseSizeBytes = 128;

    private const int Root = 17;

    /// <summary>17^BitRev7(i) times 2^16 mod q, between -q/2 and q/2, for i from 0 to 127: the factors of the NTT (FIPS 203 appendix A).</summary>
    internal static short[] Zetas { get; } = [.. Enumerable.Range(0, 128).Select(i => Centred(PowerOfRoot(BitReverse7(i)) * Montgomery))];

    /// <summary>17^(2 BitRev7(i) + 1) times 2^16 mod q, between -q/2 and q/2: X^2 is this for the i-th pair of coefficients.</summary>
    internal static short[] Gammas { get; } = [.. Enumerable.Range(0, 128).Select(i => Centred(PowerOfRoot((2 * BitReverse7(i)) + 1) * Montgomery))];

    private static int BitReverse7(int value)
    {
        var reversed = 0;
        for (var bit = 0; bit < 7; bit++)
        {
            reversed |= ((value >> bit) & 1) << (6 - bit);
        }

        return reversed;
    }

    private static int PowerOfRoot(int exponent) => (int)BigInteger.ModPow(Root, exponent, Modulus);

    private static short Centred(int value)
    {
        var remainder = value % Modulus;
        return (short)(remainder > Modulus / 2 ? remainder - Modulus : remainder);
    }
}
