namespace Zeq.Crypto;

/// <summary>X25519 by OpenSSL 3. Key objects live for one call: OpenSSL zeroes the private key when it frees one.</summary>
internal sealed unsafe class LibcryptoX25519 : IX25519Provider
{
    private LibcryptoX25519()
    {
    }

    public string Name => Libcrypto.Name!;

    /// <summary>Null where the library is absent or does not offer X25519 (a FIPS configuration).</summary>
    internal static LibcryptoX25519? TryCreate()
    {
        if (Libcrypto.Name is null)
        {
            return null;
        }

        ReadOnlySpan<byte> probe = stackalloc byte[X25519.PrivateKeySizeBytes];
        fixed (byte* bytes = probe)
        {
            var key = Libcrypto.EVP_PKEY_new_raw_private_key(Libcrypto.NidX25519, 0, bytes, (nuint)probe.Length);
            if (key == 0)
            {
                Libcrypto.ERR_clear_error();
                return null;
            }

            Libcrypto.EVP_PKEY_free(key);
            return new LibcryptoX25519();
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
                own = Libcrypto.EVP_PKEY_new_raw_private_key(Libcrypto.NidX25519, 0, input, (nuint)privateKey.Length);
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
}
