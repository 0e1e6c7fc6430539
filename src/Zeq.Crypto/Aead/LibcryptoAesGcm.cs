namespace Zeq.Crypto;

/// <summary>
/// AES-256-GCM by OpenSSL 3. A context takes the key once; a packet then sets its nonce alone. Half of the time of .NET's own path for
/// a packet of tunnel size goes into its bookkeeping of errors, which here happens only after a failure.
/// </summary>
internal sealed unsafe class LibcryptoAesGcm : IAes256GcmProvider
{
    // Fetched once: the cipher lives as long as the process.
    private readonly nint _cipher;

    private LibcryptoAesGcm(nint cipher) => _cipher = cipher;

    public string Name => Libcrypto.Name!;

    /// <summary>Null where the library or its cipher is absent.</summary>
    internal static LibcryptoAesGcm? TryCreate()
    {
        if (Libcrypto.Name is null)
        {
            return null;
        }

        var cipher = Libcrypto.EVP_CIPHER_fetch(0, "AES-256-GCM", null);
        if (cipher == 0)
        {
            Libcrypto.ERR_clear_error();
            return null;
        }

        return new LibcryptoAesGcm(cipher);
    }

    public IAes256GcmKey CreateKey(ReadOnlySpan<byte> key) => new State(_cipher, key);

    private sealed class State : IAes256GcmKey
    {
        // A context is one user's at a time; one per direction lets a sender and a receiver work at once.
        private readonly CipherContextSlot _seal = new();
        private readonly CipherContextSlot _open = new();

        internal State(nint cipher, ReadOnlySpan<byte> key32)
        {
            var seal = _seal.Borrow();
            var open = _open.Borrow();
            fixed (byte* key = key32)
            {
                var isReady = Libcrypto.EVP_EncryptInit_ex(seal, cipher, 0, key, null) == 1 && Libcrypto.EVP_DecryptInit_ex(open, cipher, 0, key, null) == 1;
                _seal.Return(seal);
                _open.Return(open);
                if (!isReady)
                {
                    Dispose();
                    throw Libcrypto.Failure("EVP_CipherInit");
                }
            }
        }

        public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad)
        {
            var context = _seal.Borrow();
            fixed (byte* iv = nonce, input = plaintext, output = ciphertextAndTag, data = aad)
            {
                int length;
                byte none;
                var isSealed = Libcrypto.EVP_EncryptInit_ex(context, 0, 0, null, iv) == 1
                    && (aad.IsEmpty || Libcrypto.EncryptUpdate(context, null, &length, data, aad.Length) == 1)
                    && (plaintext.IsEmpty || Libcrypto.EncryptUpdate(context, output, &length, input, plaintext.Length) == 1)
                    && Libcrypto.EVP_EncryptFinal_ex(context, &none, &length) == 1
                    && Libcrypto.EVP_CIPHER_CTX_ctrl(context, Libcrypto.CtrlGetTag, AeadCipher.TagSizeBytes, output + plaintext.Length) == 1;
                _seal.Return(context);
                if (!isSealed)
                {
                    throw Libcrypto.Failure("EVP_Encrypt");
                }
            }
        }

        public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
        {
            var context = _open.Borrow();
            fixed (byte* iv = nonce, input = ciphertextAndTag, output = plaintext, data = aad)
            {
                int length;
                byte none;
                var isDecrypted = Libcrypto.EVP_DecryptInit_ex(context, 0, 0, null, iv) == 1
                    && (aad.IsEmpty || Libcrypto.DecryptUpdate(context, null, &length, data, aad.Length) == 1)
                    && (plaintext.IsEmpty || Libcrypto.DecryptUpdate(context, output, &length, input, plaintext.Length) == 1)
                    && Libcrypto.EVP_CIPHER_CTX_ctrl(context, Libcrypto.CtrlSetTag, AeadCipher.TagSizeBytes, input + plaintext.Length) == 1;
                var isAuthentic = isDecrypted && Libcrypto.EVP_DecryptFinal_ex(context, &none, &length) == 1;
                _open.Return(context);
                return isAuthentic || Refuse(isDecrypted);
            }
        }

        public void Dispose()
        {
            _seal.Dispose();
            _open.Dispose();
        }

        /// <summary>False for a wrong tag, an exception for a call that failed before it.</summary>
        private static bool Refuse(bool isDecrypted)
        {
            if (!isDecrypted)
            {
                throw Libcrypto.Failure("EVP_Decrypt");
            }

            // Whatever this version of OpenSSL queued must not be found by later calls on this thread, .NET's among them.
            Libcrypto.ERR_clear_error();
            return false;
        }
    }
}
