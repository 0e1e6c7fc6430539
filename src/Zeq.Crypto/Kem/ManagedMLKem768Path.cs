using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// ML-KEM-768 (FIPS 203 §5 and §6) over one arithmetic and one set of hash functions. Constant time: every secret passes through <typeparamref name="TRing"/>
/// and <typeparamref name="THash"/>, which do not branch or index by it; the re-encryption is compared and the secret selected by masks. Everything is on the
/// stack, and what is secret there is zeroed.
/// </summary>
internal sealed class ManagedMLKem768<TRing, THash>(string name) : ManagedMLKem768
    where TRing : struct, IKyberRing
    where THash : struct, IKyberHash
{
    private const int N = KyberConstants.Degree;
    private const int K = KyberConstants.Rank;
    private const int SeedSize = 32;

    // A decapsulation key is the secret vector, the encapsulation key, its hash, and the secret of the rejection.
    private const int KeyOffset = KyberConstants.VectorSizeBytes;
    private const int HashOffset = KeyOffset + MLKem768.EncapsulationKeySizeBytes;
    private const int RejectionOffset = HashOffset + SeedSize;
    private const int VOffset = K * KyberConstants.Compressed10SizeBytes;

    public override string Name => name;

    [SkipLocalsInit]
    public override void GenerateKey(ReadOnlySpan<byte> seed64, Span<byte> encapsulationKey, Span<byte> decapsulationKey)
    {
        Span<byte> seeds = stackalloc byte[2 * SeedSize];
        Span<short> matrix = stackalloc short[K * K * N];
        Span<short> secrets = stackalloc short[2 * K * N];
        Span<short> row = stackalloc short[N];
        THash.G(seed64[..SeedSize], [K], seeds);
        var rho = seeds[..SeedSize];
        THash.SampleMatrix<TRing>(rho, isTransposed: false, matrix);
        THash.SampleNoise<TRing>(seeds[SeedSize..], nonce: 0, secrets);
        for (var i = 0; i < 2 * K; i++)
        {
            TRing.Ntt(secrets.Slice(i * N, N));
        }

        var s = secrets[..(K * N)];
        for (var i = 0; i < K; i++)
        {
            TRing.Dot(matrix.Slice(i * K * N, K * N), s, row);
            TRing.ToMontgomery(row);
            TRing.Add(row, secrets.Slice((K + i) * N, N));
            TRing.Encode12(row, encapsulationKey[(i * KyberConstants.PolynomialSizeBytes)..]);
            TRing.Encode12(s.Slice(i * N, N), decapsulationKey[(i * KyberConstants.PolynomialSizeBytes)..]);
        }

        rho.CopyTo(encapsulationKey[KyberConstants.VectorSizeBytes..]);
        encapsulationKey.CopyTo(decapsulationKey[KeyOffset..]);
        THash.H(encapsulationKey, decapsulationKey.Slice(HashOffset, SeedSize));
        seed64[SeedSize..].CopyTo(decapsulationKey[RejectionOffset..]);

        CryptographicOperations.ZeroMemory(seeds);
        Zero(secrets);
        Zero(row);
    }

    [SkipLocalsInit]
    public override void Decapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret)
    {
        var encapsulationKey = decapsulationKey.Slice(KeyOffset, MLKem768.EncapsulationKeySizeBytes);
        var hash = decapsulationKey.Slice(HashOffset, SeedSize);
        Span<byte> message = stackalloc byte[SeedSize];
        Span<byte> derived = stackalloc byte[2 * SeedSize];
        Span<byte> rejected = stackalloc byte[SeedSize];
        Span<byte> again = stackalloc byte[MLKem768.CipherTextSizeBytes];
        Decrypt(decapsulationKey, cipherText, message);
        THash.G(message, hash, derived);
        THash.J(decapsulationKey[RejectionOffset..], cipherText, rejected);
        Encrypt(encapsulationKey, message, derived[SeedSize..], again);
        Select(ConstantTimeDifference(cipherText, again), derived, rejected, sharedSecret);

        CryptographicOperations.ZeroMemory(message);
        CryptographicOperations.ZeroMemory(derived);
        CryptographicOperations.ZeroMemory(rejected);
        CryptographicOperations.ZeroMemory(again);
    }

    [SkipLocalsInit]
    internal override void EncapsulateInternal(ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> message32, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        Span<byte> hash = stackalloc byte[SeedSize];
        Span<byte> derived = stackalloc byte[2 * SeedSize];
        THash.H(encapsulationKey, hash);
        THash.G(message32, hash, derived);
        Encrypt(encapsulationKey, message32, derived[SeedSize..], cipherText);
        derived[..SeedSize].CopyTo(sharedSecret);
        CryptographicOperations.ZeroMemory(derived);
    }

    internal override bool IsBelowModulus(ReadOnlySpan<byte> encapsulationKey)
    {
        var isBelow = true;
        for (var i = 0; i < K; i++)
        {
            isBelow &= TRing.IsBelowModulus(encapsulationKey.Slice(i * KyberConstants.PolynomialSizeBytes, KyberConstants.PolynomialSizeBytes));
        }

        return isBelow;
    }

    internal override bool HasMatchingHash(ReadOnlySpan<byte> decapsulationKey)
    {
        Span<byte> hash = stackalloc byte[SeedSize];
        THash.H(decapsulationKey.Slice(KeyOffset, MLKem768.EncapsulationKeySizeBytes), hash);
        return ConstantTime.AreEqual(hash, decapsulationKey.Slice(HashOffset, SeedSize));
    }

    /// <summary>K-PKE.Encrypt (algorithm 14).</summary>
    [SkipLocalsInit]
    private static void Encrypt(ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> randomness, Span<byte> cipherText)
    {
        Span<short> matrix = stackalloc short[K * K * N];
        Span<short> noise = stackalloc short[((2 * K) + 1) * N];
        Span<short> key = stackalloc short[K * N];
        Span<short> row = stackalloc short[N];
        THash.SampleMatrix<TRing>(encapsulationKey[KyberConstants.VectorSizeBytes..], isTransposed: true, matrix);
        THash.SampleNoise<TRing>(randomness, nonce: 0, noise);
        var y = noise[..(K * N)];
        for (var i = 0; i < K; i++)
        {
            TRing.Ntt(y.Slice(i * N, N));
            TRing.Decode12(encapsulationKey[(i * KyberConstants.PolynomialSizeBytes)..], key.Slice(i * N, N));
        }

        for (var i = 0; i < K; i++)
        {
            TRing.Dot(matrix.Slice(i * K * N, K * N), y, row);
            TRing.InverseNtt(row);
            TRing.Add(row, noise.Slice((K + i) * N, N));
            TRing.Compress10(row, cipherText[(i * KyberConstants.Compressed10SizeBytes)..]);
        }

        var error = noise[(2 * K * N)..];
        TRing.Decompress1(message, row);
        TRing.Add(error, row);
        TRing.Dot(key, y, row);
        TRing.InverseNtt(row);
        TRing.Add(row, error);
        TRing.Compress4(row, cipherText[VOffset..]);

        Zero(noise);
        Zero(row);
    }

    /// <summary>K-PKE.Decrypt (algorithm 15).</summary>
    [SkipLocalsInit]
    private static void Decrypt(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> message)
    {
        Span<short> secret = stackalloc short[K * N];
        Span<short> u = stackalloc short[K * N];
        Span<short> v = stackalloc short[N];
        Span<short> difference = stackalloc short[N];
        for (var i = 0; i < K; i++)
        {
            TRing.Decode12(decapsulationKey[(i * KyberConstants.PolynomialSizeBytes)..], secret.Slice(i * N, N));
            TRing.Decompress10(cipherText[(i * KyberConstants.Compressed10SizeBytes)..], u.Slice(i * N, N));
            TRing.Ntt(u.Slice(i * N, N));
        }

        TRing.Decompress4(cipherText[VOffset..], v);
        TRing.Dot(secret, u, difference);
        TRing.InverseNtt(difference);
        TRing.SubtractFrom(v, difference);
        TRing.Compress1(difference, message);

        Zero(secret);
        Zero(difference);
    }

    /// <summary>0 where the ciphertexts are equal, otherwise not; every byte is read whatever the others are.</summary>
    private static ulong ConstantTimeDifference(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var leftWords = MemoryMarshal.Cast<byte, ulong>(left);
        var rightWords = MemoryMarshal.Cast<byte, ulong>(right);
        var difference = 0UL;
        for (var i = 0; i < leftWords.Length; i++)
        {
            difference |= leftWords[i] ^ rightWords[i];
        }

        return difference;
    }

    /// <summary><paramref name="accepted"/> where the difference is 0, otherwise <paramref name="rejected"/>, chosen by a mask.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Select(ulong difference, ReadOnlySpan<byte> accepted, ReadOnlySpan<byte> rejected, Span<byte> result)
    {
        // The top bit of (d | -d) is set exactly where d is not 0.
        var mask = (byte)-(int)((difference | (0UL - difference)) >> 63);
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = (byte)(accepted[i] ^ (mask & (accepted[i] ^ rejected[i])));
        }
    }

    private static void Zero(Span<short> secret) => CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(secret));
}
