namespace Zeq.Crypto.Tests;

/// <summary>The implementations of ML-KEM-768 of this machine, and exchanges on them.</summary>
internal static class KemProviders
{
    internal static IEnumerable<string> Names => CryptoProvider.MLKem768Providers.Select(p => p.Name);

    internal static IEnumerable<string> ManagedNames => ManagedMLKem768.Paths.Select(p => p.Name);

    internal static IMLKem768Provider Get(string name) => CryptoProvider.MLKem768Providers.Single(p => p.Name == name);

    internal static ManagedMLKem768 Managed(string name) => ManagedMLKem768.Paths.Single(p => p.Name == name);

    internal static KeyPair Generate(IMLKem768Provider provider, byte[] seed64)
    {
        var pair = new KeyPair(new byte[MLKem768.EncapsulationKeySizeBytes], new byte[MLKem768.DecapsulationKeySizeBytes]);
        MLKem768.GenerateKey(provider, seed64, pair.EncapsulationKey, pair.DecapsulationKey);
        return pair;
    }

    internal static (byte[] CipherText, byte[] SharedSecret) Encapsulate(IMLKem768Provider provider, byte[] encapsulationKey)
    {
        var cipherText = new byte[MLKem768.CipherTextSizeBytes];
        var sharedSecret = new byte[MLKem768.SharedSecretSizeBytes];
        MLKem768.Encapsulate(provider, encapsulationKey, cipherText, sharedSecret);
        return (cipherText, sharedSecret);
    }

    internal static (byte[] CipherText, byte[] SharedSecret) EncapsulateInternal(ManagedMLKem768 provider, byte[] encapsulationKey, byte[] message32)
    {
        var cipherText = new byte[MLKem768.CipherTextSizeBytes];
        var sharedSecret = new byte[MLKem768.SharedSecretSizeBytes];
        MLKem768.EncapsulateInternal(provider, encapsulationKey, message32, cipherText, sharedSecret);
        return (cipherText, sharedSecret);
    }

    /// <summary>The shared secret, or null where the answer is false.</summary>
    internal static byte[]? Decapsulate(IMLKem768Provider provider, byte[] decapsulationKey, byte[] cipherText)
    {
        var sharedSecret = new byte[MLKem768.SharedSecretSizeBytes];
        Array.Fill(sharedSecret, (byte)0xA5);
        if (MLKem768.TryDecapsulate(provider, decapsulationKey, cipherText, sharedSecret))
        {
            return sharedSecret;
        }

        Assert.Equal(new byte[MLKem768.SharedSecretSizeBytes], sharedSecret);
        return null;
    }

    internal sealed record KeyPair(byte[] EncapsulationKey, byte[] DecapsulationKey);
}
