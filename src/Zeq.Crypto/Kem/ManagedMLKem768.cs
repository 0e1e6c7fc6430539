using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// ML-KEM-768 of this library, in one of the ways that this processor can run. All of them give the same bytes; the first of <see cref="Paths"/> is the fastest.
/// </summary>
internal abstract class ManagedMLKem768 : IMLKem768Provider
{
    /// <summary>Every path of this processor, the fastest first, the plain one last.</summary>
    internal static IReadOnlyList<ManagedMLKem768> Paths { get; } = FindPaths();

    /// <summary>The path that the library itself takes.</summary>
    internal static ManagedMLKem768 Fastest => Paths[0];

    public abstract string Name { get; }

    public abstract void GenerateKey(ReadOnlySpan<byte> seed64, Span<byte> encapsulationKey, Span<byte> decapsulationKey);

    public void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        Span<byte> message = stackalloc byte[MLKem768.SharedSecretSizeBytes];
        RandomNumberGenerator.Fill(message);
        EncapsulateInternal(encapsulationKey, message, cipherText, sharedSecret);
        CryptographicOperations.ZeroMemory(message);
    }

    public abstract void Decapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret);

    /// <summary>ML-KEM.Encaps_internal (FIPS 203 §6.2): the randomness is given.</summary>
    internal abstract void EncapsulateInternal(ReadOnlySpan<byte> encapsulationKey, ReadOnlySpan<byte> message32, Span<byte> cipherText, Span<byte> sharedSecret);

    /// <summary>The modulus check of FIPS 203 §7.2.</summary>
    internal abstract bool IsBelowModulus(ReadOnlySpan<byte> encapsulationKey);

    /// <summary>The hash check of FIPS 203 §7.3.</summary>
    internal abstract bool HasMatchingHash(ReadOnlySpan<byte> decapsulationKey);

    private static List<ManagedMLKem768> FindPaths()
    {
        var paths = new List<ManagedMLKem768>();
        // IsHardwareAccelerated: an ahead-of-time compiler that may not use a width by itself would make these vectors of smaller ones, and then slower than those.
        if (Vector512.IsHardwareAccelerated && Avx512BW.IsSupported && Avx512F.VL.IsSupported && Avx512Vbmi2.IsSupported)
        {
            paths.Add(new ManagedMLKem768<VectorRing<ShortOps512, Vector512<short>>, KyberHash<Keccak512, Vector512<ulong>, KeccakSingle512, Vector128<ulong>>>("managed (AVX-512)"));
        }

        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported)
        {
            paths.Add(new ManagedMLKem768<VectorRing<ShortOps256, Vector256<short>>, KyberHash<Keccak256, Vector256<ulong>, KeccakScalar, ulong>>("managed (AVX2)"));
        }

        if (VectorCoding.IsSupported)
        {
            var name = AdvSimd.Arm64.IsSupported ? "managed (NEON)" : "managed (SSE)";
            paths.Add(new ManagedMLKem768<VectorRing<ShortOps128, Vector128<short>>, KyberHash<Keccak128, Vector128<ulong>, KeccakScalar, ulong>>(name));
        }

        paths.Add(new ManagedMLKem768<ScalarRing, KyberHash<KeccakScalar, ulong, KeccakScalar, ulong>>("managed"));
        return paths;
    }
}
