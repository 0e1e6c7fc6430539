using System.Security.Cryptography;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>What one side of a handshake draws and must not show: its signing seed, its ephemeral keys, what was agreed. Erased as soon as the session key stands. Not thread-safe.</summary>
internal sealed class M2MSecrets : IDisposable
{
    private readonly byte[] _machineSeed = Pinned(Ed25519.SeedSizeBytes);
    private readonly byte[] _curveKey = Pinned(X25519.PrivateKeySizeBytes);
    private readonly byte[] _decapsulationKey = Pinned(MLKem768.DecapsulationKeySizeBytes);
    private readonly byte[] _curveSecret = Pinned(X25519.SharedSecretSizeBytes);
    private readonly byte[] _kemSecret = Pinned(MLKem768.SharedSecretSizeBytes);
    private readonly Encapsulation _encapsulate;

    /// <summary>Takes what was drawn; a responder has no nonce and no key of ML-KEM-768.</summary>
    public M2MSecrets(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> kemSeed, ReadOnlySpan<byte> curveKey, Encapsulation encapsulate)
    {
        NonceHex = Hex.Encode(nonce);
        curveKey.CopyTo(_curveKey);
        Span<byte> ecdhPub = stackalloc byte[X25519.PublicKeySizeBytes];
        X25519.GetPublicKey(_curveKey, ecdhPub);
        EcdhPub = Hex.Encode(ecdhPub);
        _encapsulate = encapsulate;
        if (!kemSeed.IsEmpty)
        {
            Span<byte> kemPub = stackalloc byte[MLKem768.EncapsulationKeySizeBytes];
            MLKem768.GenerateKey(kemSeed, kemPub, _decapsulationKey);
            KemPub = Base64UrlText.Encode(kemPub);
        }
    }

    /// <summary>Encapsulates: <see cref="MLKem768.Encapsulate(ReadOnlySpan{byte}, Span{byte}, Span{byte})"/>, or one with known randomness for vectors.</summary>
    public delegate void Encapsulation(ReadOnlySpan<byte> encapsulationKey, Span<byte> cipherText, Span<byte> sharedSecret);

    public string NonceHex { get; }

    public string EcdhPub { get; }

    public string? KemPub { get; }

    public string? KemCt { get; private set; }

    public static M2MSecrets Draw(bool isInitiator)
    {
        Span<byte> random = stackalloc byte[M2MText.NonceSizeBytes + MLKem768.SeedSizeBytes + X25519.PrivateKeySizeBytes];
        RandomNumberGenerator.Fill(random);
        var secrets = new M2MSecrets(
            isInitiator ? random[..M2MText.NonceSizeBytes] : default,
            isInitiator ? random.Slice(M2MText.NonceSizeBytes, MLKem768.SeedSizeBytes) : default,
            random[^X25519.PrivateKeySizeBytes..],
            MLKem768.Encapsulate);
        CryptographicOperations.ZeroMemory(random);
        return secrets;
    }

    public void TakeMachineSeed(ReadOnlySpan<byte> seed) => seed.CopyTo(_machineSeed);

    public string Sign(string text) => M2MText.Sign(text, _machineSeed);

    public bool TryEncapsulate(string kemPub)
    {
        Span<byte> key = stackalloc byte[MLKem768.EncapsulationKeySizeBytes];
        Span<byte> cipherText = stackalloc byte[MLKem768.CipherTextSizeBytes];
        if (!Base64UrlText.TryDecode(kemPub, key, out int written) || !MLKem768.IsValidEncapsulationKey(key[..written]))
        {
            return false;
        }

        _encapsulate(key, cipherText, _kemSecret);
        KemCt = Base64UrlText.Encode(cipherText);
        return true;
    }

    public bool TryDecapsulate(string kemCt)
    {
        Span<byte> cipherText = stackalloc byte[MLKem768.CipherTextSizeBytes];
        return Base64UrlText.TryDecode(kemCt, cipherText, out int written) && MLKem768.TryDecapsulate(_decapsulationKey, cipherText[..written], _kemSecret);
    }

    public bool TryAgree(string ecdhPub)
    {
        Span<byte> key = stackalloc byte[X25519.PublicKeySizeBytes];
        return Hex.TryDecode(ecdhPub, key) && X25519.TryAgree(_curveKey, key, _curveSecret);
    }

    public M2MKeys Derive(ReadOnlySpan<byte> salt, string sessionId) => new(_curveSecret, _kemSecret, salt, sessionId);

    public void Dispose()
    {
        foreach (byte[] secret in (byte[][])[_machineSeed, _curveKey, _decapsulationKey, _curveSecret, _kemSecret])
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private static byte[] Pinned(int sizeBytes) => GC.AllocateArray<byte>(sizeBytes, pinned: true);
}
