using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// ML-KEM-768 of .NET, which stands on the operating system: OpenSSL 3.5 and later, Windows 11. It allocates an object for each key. A decapsulation key
/// that it will not take although the hash check passed (a coefficient of q or more in it, which FIPS 203 reduces and others refuse) runs on the managed code, so that
/// every provider gives the same answer.
/// </summary>
internal sealed class BclMLKem768 : IMLKem768Provider
{
    private BclMLKem768()
    {
    }

    public string Name => CryptoProvider.BclName;

    /// <summary>The provider, or null where the operating system has no ML-KEM.</summary>
    internal static BclMLKem768? TryCreate() => MLKem.IsSupported ? new BclMLKem768() : null;

    public void GenerateKey(ReadOnlySpan<byte> seed64, Span<byte> encapsulationKey, Span<byte> decapsulationKey)
    {
        using var key = MLKem.ImportPrivateSeed(MLKemAlgorithm.MLKem768, seed64);
        key.ExportEncapsulationKey(encapsulationKey);
        key.ExportDecapsulationKey(decapsulationKey);
    }

    public void Encapsulate(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret)
    {
        using var key = MLKem.ImportEncapsulationKey(MLKemAlgorithm.MLKem768, encapsulationKey);
        key.Encapsulate(cipherText, sharedSecret);
    }

    public void Decapsulate(ReadOnlySpan<byte> decapsulationKey, ReadOnlySpan<byte> cipherText, Span<byte> sharedSecret)
    {
        MLKem key;
        try
        {
            key = MLKem.ImportDecapsulationKey(MLKemAlgorithm.MLKem768, decapsulationKey);
        }
        catch (CryptographicException)
        {
            ManagedMLKem768.Fastest.Decapsulate(decapsulationKey, cipherText, sharedSecret);
            return;
        }

        using (key)
        {
            key.Decapsulate(cipherText, sharedSecret);
        }
    }
}
