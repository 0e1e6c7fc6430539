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
        // A context is one user's at a time. The locks also keep Dispose from freeing a context in use, so no call needs the handle's own counting.
        private readonly Lock _sealLock = new();
        private readonly Lock _openLock = new();
        private readonly SafeCipherContext _seal = new();
        private readonly SafeCipherContext _open = new();
        private bool _sealDisposed;
        private bool _openDisposed;

        internal State(nint cipher, ReadOnlySpan<byte> key32)
        {
            fixed (byte* key = key32)
            {
                if (Libcrypto.EVP_EncryptInit_ex(_seal.DangerousGetHandle(), cipher, 0, key, null) != 1
                    || Libcrypto.EVP_DecryptInit_ex(_open.DangerousGetHandle(), cipher, 0, key, null) != 1)
                {
                    Dispose();
                    throw Libcrypto.Failure("EVP_CipherInit");
                }
            }
        }

        public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad)
        {
            var ciphertext = ciphertextAndTag[..plaintext.Length];
            var tag = ciphertextAndTag[plaintext.Length..];
            lock (_sealLock)
            {
                ObjectDisposedException.ThrowIf(_sealDisposed, typeof(AeadCipher));
                var context = _seal.DangerousGetHandle();
                fixed (byte* iv = nonce, input = plaintext, output = ciphertext, tagOutput = tag, data = aad)
                {
                    int length;
                    byte none;
                    if (Libcrypto.EVP_EncryptInit_ex(context, 0, 0, null, iv) != 1
                        || (!aad.IsEmpty && Libcrypto.EVP_EncryptUpdate(context, null, &length, data, aad.Length) != 1)
                        || (!plaintext.IsEmpty && Libcrypto.EVP_EncryptUpdate(context, output, &length, input, plaintext.Length) != 1)
                        || Libcrypto.EVP_EncryptFinal_ex(context, &none, &length) != 1
                        || Libcrypto.EVP_CIPHER_CTX_ctrl(context, Libcrypto.CtrlGetTag, tag.Length, tagOutput) != 1)
                    {
                        throw Libcrypto.Failure("EVP_Encrypt");
                    }
                }
            }
        }

        public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
        {
            var ciphertext = ciphertextAndTag[..plaintext.Length];
            var tag = ciphertextAndTag[plaintext.Length..];
            lock (_openLock)
            {
                ObjectDisposedException.ThrowIf(_openDisposed, typeof(AeadCipher));
                var context = _open.DangerousGetHandle();
                fixed (byte* iv = nonce, input = ciphertext, output = plaintext, expectedTag = tag, data = aad)
                {
                    int length;
                    byte none;
                    if (Libcrypto.EVP_DecryptInit_ex(context, 0, 0, null, iv) != 1
                        || (!aad.IsEmpty && Libcrypto.EVP_DecryptUpdate(context, null, &length, data, aad.Length) != 1)
                        || (!ciphertext.IsEmpty && Libcrypto.EVP_DecryptUpdate(context, output, &length, input, ciphertext.Length) != 1)
                        || Libcrypto.EVP_CIPHER_CTX_ctrl(context, Libcrypto.CtrlSetTag, tag.Length, expectedTag) != 1)
                    {
                        throw Libcrypto.Failure("EVP_Decrypt");
                    }

                    if (Libcrypto.EVP_DecryptFinal_ex(context, &none, &length) == 1)
                    {
                        return true;
                    }

                    // Whatever this version of OpenSSL queued must not be found by later calls on this thread, .NET's among them.
                    Libcrypto.ERR_clear_error();
                    return false;
                }
            }
        }

        public void Dispose()
        {
            lock (_sealLock)
            {
                _sealDisposed = true;
                _seal.Dispose();
            }

            lock (_openLock)
            {
                _openDisposed = true;
                _open.Dispose();
            }
        }
    }
}
