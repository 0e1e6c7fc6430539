using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>X25519 by OpenSSL 3. Key objects live for one call: OpenSSL zeroes the private key when it frees one.</summary>
internal sealed unsafe class LibcryptoX25519 : IX25519Provider
{
    private LibcryptoX25519()
    {
    }

    public string Name => Libcrypto.Name!;

    /// <summary>Null where the library is absent or does not offer X25519 (a FIPS configuration), or where it will not take a key as <see cref="Agree"/> gives it.</summary>
    internal static LibcryptoX25519? TryCreate()
    {
        if (Libcrypto.Name is null)
        {
            return null;
        }

        // X25519(9, 9), the first step of RFC 7748 §5.2's iteration.
        ReadOnlySpan<byte> expected =
        [
            0x42, 0x2C, 0x8E, 0x7A, 0x62, 0x27, 0xD7, 0xBC, 0xA1, 0x35, 0x0B, 0x3E, 0x2B, 0xB7, 0x27, 0x9F,
            0x78, 0x97, 0xB8, 0x7B, 0xB6, 0x85, 0x4B, 0x78, 0x3C, 0x60, 0xE8, 0x03, 0x11, 0xAE, 0x30, 0x79,
        ];
        Span<byte> nine = stackalloc byte[X25519.PrivateKeySizeBytes];
        Span<byte> secret = stackalloc byte[X25519.SharedSecretSizeBytes];
        nine.Clear();
        nine[0] = 9;
        var provider = new LibcryptoX25519();
        try
        {
            return provider.Agree(nine, nine, secret) && ConstantTime.AreEqual(secret, expected) ? provider : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void GetPublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey)
    {
        nint key = 0;
        try
        {
            fixed (byte* input = privateKey, output = publicKey)
            {
                key = Libcrypto.EVP_PKEY_new_raw_private_key(Libcrypto.NidX25519, 0, input, (nuint)privateKey.Length);
                var length = (nuint)publicKey.Length;
                if (key == 0 || Libcrypto.EVP_PKEY_get_raw_public_key(key, output, &length) != 1)
                {
                    throw Libcrypto.Failure(nameof(Libcrypto.EVP_PKEY_get_raw_public_key));
                }
            }
        }
        finally
        {
            Libcrypto.EVP_PKEY_free(key);
        }
    }

    public bool Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerPublicKey, Span<byte> sharedSecret)
    {
        nint own = 0;
        nint peer = 0;
        nint context = 0;
        try
        {
            fixed (byte* input = privateKey, peerInput = peerPublicKey, output = sharedSecret)
            {
                own = PrivateKeyAlone(input);
                peer = Libcrypto.EVP_PKEY_new_raw_public_key(Libcrypto.NidX25519, 0, peerInput, (nuint)peerPublicKey.Length);
                context = Libcrypto.EVP_PKEY_CTX_new(own, 0);
                if (own == 0 || peer == 0 || context == 0
                    || Libcrypto.EVP_PKEY_derive_init(context) != 1
                    || Libcrypto.EVP_PKEY_derive_set_peer_ex(context, peer, 0) != 1)
                {
                    throw Libcrypto.Failure(nameof(Libcrypto.EVP_PKEY_derive_set_peer_ex));
                }

                var length = (nuint)sharedSecret.Length;
                if (Libcrypto.EVP_PKEY_derive(context, output, &length) == 1)
                {
                    return true;
                }

                // All that can go wrong now is a result of zeros, which OpenSSL refuses.
                Libcrypto.ERR_clear_error();
                return false;
            }
        }
        finally
        {
            Libcrypto.EVP_PKEY_CTX_free(context);
            Libcrypto.EVP_PKEY_free(peer);
            Libcrypto.EVP_PKEY_free(own);
        }
    }

    /// <summary>
    /// A key object for agreement alone. OpenSSL would compute the public key of a raw private key, which takes as long as the agreement and which an
    /// agreement does not read; so it is told one, of zeros, and the object never leaves <see cref="Agree"/>.
    /// </summary>
    /// <returns>0 where OpenSSL refuses.</returns>
    private static nint PrivateKeyAlone(byte* privateKey)
    {
        var zeros = stackalloc byte[X25519.PublicKeySizeBytes];
        new Span<byte>(zeros, X25519.PublicKeySizeBytes).Clear();
        fixed (byte* algorithm = "X25519\0"u8, privateName = "priv\0"u8, publicName = "pub\0"u8)
        {
            var parameters = stackalloc Libcrypto.Parameter[3];
            parameters[0] = Libcrypto.Parameter.Octets(privateName, privateKey, X25519.PrivateKeySizeBytes);
            parameters[1] = Libcrypto.Parameter.Octets(publicName, zeros, X25519.PublicKeySizeBytes);
            parameters[2] = default;
            nint key = 0;
            var context = Libcrypto.EVP_PKEY_CTX_new_from_name(0, algorithm, null);
            if (context != 0 && Libcrypto.EVP_PKEY_fromdata_init(context) == 1)
            {
                // Leaves the key at 0 where it fails.
                _ = Libcrypto.EVP_PKEY_fromdata(context, &key, Libcrypto.SelectKeyPair, parameters);
            }

            Libcrypto.EVP_PKEY_CTX_free(context);
            return key;
        }
    }
}
