using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// Known answers that a provider has to give before it is registered: a wrong curve, a swapped argument, a prehash or an exception in place of a "no" shows here and
/// not in the first forged packet. It is no proof: the suite of this repository's tests is what a provider is run through before it is used.
/// </summary>
internal static class ProviderSelfTest
{
    internal static bool Passes(IAes256GcmProvider provider)
    {
        // NIST's GCM test case 14: an all-zero key, nonce and block; then the same in place with a nonce and additional data.
        using var key = provider.CreateKey(new byte[AeadCipher.KeySizeBytes]);
        var box = new byte[32];
        var nonce = new byte[AeadCipher.NonceSizeBytes];
        key.Seal(nonce, new byte[16], box, []);
        var isRight = IsHex(box, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");

        var block = new byte[16];
        isRight &= key.TryOpen(nonce, box, block, []) && !block.AsSpan().ContainsAnyExcept((byte)0);
        var message = "Sealed and opened in place."u8;
        var buffer = new byte[message.Length + AeadCipher.TagSizeBytes];
        message.CopyTo(buffer);
        nonce[0] = 1;
        key.Seal(nonce, buffer.AsSpan(0, message.Length), buffer, "aad"u8);
        var apart = new byte[buffer.Length];
        key.Seal(nonce, message, apart, "aad"u8);
        isRight &= buffer.AsSpan().SequenceEqual(apart);
        apart[^1] ^= 1;
        isRight &= !key.TryOpen(nonce, apart, new byte[message.Length], "aad"u8)
            && !key.TryOpen(nonce, buffer, new byte[message.Length], "AAD"u8)
            && !key.TryOpen(nonce, new byte[AeadCipher.TagSizeBytes], [], [])
            && key.TryOpen(nonce, buffer, buffer.AsSpan(0, message.Length), "aad"u8);
        return isRight && buffer.AsSpan(0, message.Length).SequenceEqual(message);
    }

    internal static bool Passes(IEd25519Provider provider)
    {
        // RFC 8032 §7.1, test 1; a signature of another message; a key that is no point.
        var seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        var publicKey = new byte[Crypto.Ed25519.PublicKeySizeBytes];
        var signature = new byte[Crypto.Ed25519.SignatureSizeBytes];
        provider.GetPublicKey(seed, publicKey);
        provider.Sign([], seed, signature);
        var isRight = IsHex(publicKey, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
            && IsHex(
                signature,
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
        var noPoint = new byte[Crypto.Ed25519.PublicKeySizeBytes];
        noPoint[0] = 2;
        return isRight && provider.Verify([], signature, publicKey) && !provider.Verify("x"u8, signature, publicKey) && !provider.Verify([], signature, noPoint);
    }

    internal static bool Passes(IX25519Provider provider)
    {
        // RFC 7748 §6.1: Alice's key pair and the secret with Bob; a point of order 1, whose secret is all zeros; Bob's key again with the top bit set.
        var alice = Convert.FromHexString("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        var bob = Convert.FromHexString("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        const string Secret = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        var publicKey = new byte[Crypto.X25519.PublicKeySizeBytes];
        var secret = new byte[Crypto.X25519.SharedSecretSizeBytes];
        provider.GetPublicKey(alice, publicKey);
        var isRight = IsHex(publicKey, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
            && provider.Agree(alice, bob, secret)
            && IsHex(secret, Secret)
            && !provider.Agree(alice, new byte[Crypto.X25519.PublicKeySizeBytes], new byte[Crypto.X25519.SharedSecretSizeBytes]);
        bob[^1] |= 0x80;
        return isRight && provider.Agree(alice, bob, secret) && IsHex(secret, Secret);
    }

    internal static bool Passes(IMLKem768Provider provider)
    {
        // The key pair of the seed 0, 1, … 63 by its hash; a round; and the secret of an all-zero ciphertext, which is no ciphertext of that key.
        var seed = new byte[Crypto.MLKem768.SeedSizeBytes];
        for (var i = 0; i < seed.Length; i++)
        {
            seed[i] = (byte)i;
        }

        var keys = new byte[Crypto.MLKem768.EncapsulationKeySizeBytes + Crypto.MLKem768.DecapsulationKeySizeBytes];
        var encapsulationKey = keys.AsSpan(0, Crypto.MLKem768.EncapsulationKeySizeBytes);
        var decapsulationKey = keys.AsSpan(Crypto.MLKem768.EncapsulationKeySizeBytes);
        provider.GenerateKey(seed, encapsulationKey, decapsulationKey);
        var isRight = IsHex(SHA256.HashData(keys), "1e87ab6b57eba5b82c6ea17c19d7bff3f4a03239fd16a554b04eb9f309b60a56");

        var cipherText = new byte[Crypto.MLKem768.CipherTextSizeBytes];
        var sent = new byte[Crypto.MLKem768.SharedSecretSizeBytes];
        var received = new byte[Crypto.MLKem768.SharedSecretSizeBytes];
        provider.Encapsulate(encapsulationKey, cipherText, sent);
        provider.Decapsulate(decapsulationKey, cipherText, received);
        isRight &= CryptographicOperations.FixedTimeEquals(sent, received);
        provider.Encapsulate(encapsulationKey, cipherText, received);
        isRight &= !CryptographicOperations.FixedTimeEquals(sent, received);

        cipherText.AsSpan().Clear();
        provider.Decapsulate(decapsulationKey, cipherText, received);
        return isRight && IsHex(received, "c8fbeddafdacef2ffeb8b354ea644f11b5c150f3e2c4a74ce38abba8f854ae16");
    }

    internal static bool Passes(IArgon2idProvider provider)
    {
        // Two rows of the reference implementation's own tests, one of them with two lanes.
        var key = new byte[32];
        provider.DeriveKey("password"u8, "somesalt"u8, 256, 2, 1, key, CancellationToken.None);
        var isRight = IsHex(key, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe");
        provider.DeriveKey("password"u8, "somesalt"u8, 256, 2, 2, key, CancellationToken.None);
        return isRight && IsHex(key, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037");
    }

    /// <summary>The answers are public: the inputs are known ones.</summary>
    private static bool IsHex(ReadOnlySpan<byte> bytes, string expected) => string.Equals(Hex.Encode(bytes), expected, StringComparison.Ordinal);
}
