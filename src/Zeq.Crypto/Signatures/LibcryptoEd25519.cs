namespace Zeq.Crypto;

/// <summary>Ed25519 by OpenSSL 3. Key objects live for one call: OpenSSL zeroes the private key when it frees one.</summary>
internal sealed unsafe class LibcryptoEd25519 : IEd25519Provider
{
    private LibcryptoEd25519()
    {
    }

    public string Name => Libcrypto.Name!;

    /// <summary>Null where the library is absent or does not offer Ed25519 (a FIPS configuration).</summary>
    internal static LibcryptoEd25519? TryCreate()
    {
        if (Libcrypto.Name is null)
        {
            return null;
        }

        ReadOnlySpan<byte> probe = stackalloc byte[Zeq.Crypto.Ed25519.SeedSizeBytes];
        fixed (byte* seed = probe)
        {
            var key = Libcrypto.EVP_PKEY_new_raw_private_key(Libcrypto.NidEd25519, 0, seed, (nuint)probe.Length);
            if (key == 0)
            {
                Libcrypto.ERR_clear_error();
                return null;
            }

            Libcrypto.EVP_PKEY_free(key);
            return new LibcryptoEd25519();
        }
    }

    public void GetPublicKey(ReadOnlySpan<byte> seed, Span<byte> publicKey)
    {
        var key = PrivateKey(seed);
        try
        {
            fixed (byte* output = publicKey)
            {
                var length = (nuint)publicKey.Length;
                if (Libcrypto.EVP_PKEY_get_raw_public_key(key, output, &length) != 1)
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

    public void Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> seed, Span<byte> signature)
    {
        var key = PrivateKey(seed);
        nint context = 0;
        try
        {
            context = NewContext();
            byte none;
            fixed (byte* input = message, output = signature)
            {
                var length = (nuint)signature.Length;
                if (Libcrypto.EVP_DigestSignInit(context, 0, 0, 0, key) != 1
                    || Libcrypto.EVP_DigestSign(context, output, &length, input == null ? &none : input, (nuint)message.Length) != 1)
                {
                    throw Libcrypto.Failure(nameof(Libcrypto.EVP_DigestSign));
                }
            }
        }
        finally
        {
            Libcrypto.EVP_MD_CTX_free(context);
            Libcrypto.EVP_PKEY_free(key);
        }
    }

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
    {
        nint key = 0;
        nint context = 0;
        try
        {
            fixed (byte* input = message, signed = signature, encoded = publicKey)
            {
                key = Libcrypto.EVP_PKEY_new_raw_public_key(Libcrypto.NidEd25519, 0, encoded, (nuint)publicKey.Length);
                if (key == 0)
                {
                    throw Libcrypto.Failure(nameof(Libcrypto.EVP_PKEY_new_raw_public_key));
                }

                context = NewContext();
                byte none;
                if (Libcrypto.EVP_DigestVerifyInit(context, 0, 0, 0, key) != 1)
                {
                    throw Libcrypto.Failure(nameof(Libcrypto.EVP_DigestVerifyInit));
                }

                if (Libcrypto.EVP_DigestVerify(context, signed, (nuint)signature.Length, input == null ? &none : input, (nuint)message.Length) == 1)
                {
                    return true;
                }

                Libcrypto.ERR_clear_error();
                return false;
            }
        }
        finally
        {
            Libcrypto.EVP_MD_CTX_free(context);
            Libcrypto.EVP_PKEY_free(key);
        }
    }

    private static nint PrivateKey(ReadOnlySpan<byte> seed)
    {
        fixed (byte* bytes = seed)
        {
            var key = Libcrypto.EVP_PKEY_new_raw_private_key(Libcrypto.NidEd25519, 0, bytes, (nuint)seed.Length);
            return key != 0 ? key : throw Libcrypto.Failure(nameof(Libcrypto.EVP_PKEY_new_raw_private_key));
        }
    }

    private static nint NewContext()
    {
        var context = Libcrypto.EVP_MD_CTX_new();
        return context != 0 ? context : throw Libcrypto.Failure(nameof(Libcrypto.EVP_MD_CTX_new));
    }
}
