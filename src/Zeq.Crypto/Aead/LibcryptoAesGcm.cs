using System.Runtime.CompilerServices;

namespace Zeq.Crypto;

/// <summary>
/// AES-256-GCM by OpenSSL 3. A context takes the key once; a packet then sets its nonce alone, and goes to the cipher by EVP_Cipher, the shortest way in. Half of the time of .NET's own path for
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

    internal sealed class State : IAes256GcmKey
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
            if (!TrySeal(nonce, plaintext, ciphertextAndTag, aad))
            {
                throw Libcrypto.Failure("EVP_Cipher");
            }
        }

        public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad) =>
            TryDecrypt(nonce, ciphertextAndTag, plaintext, aad, out var isDecrypted) || Refuse(isDecrypted);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal bool TrySeal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad)
        {
            var context = _seal.Borrow();
            fixed (byte* iv = nonce, input = plaintext, output = ciphertextAndTag, data = aad)
            {
                var isSealed = Libcrypto.EVP_EncryptInit_ex(context, 0, 0, null, iv) == 1
                    && (aad.IsEmpty || Libcrypto.Cipher(context, null, data, aad.Length) >= 0)
                    && (plaintext.IsEmpty || Libcrypto.Cipher(context, output, input, plaintext.Length) >= 0)
                    && Libcrypto.Cipher(context, output, null, 0) >= 0
                    && Libcrypto.GetTag(context, output + plaintext.Length, AeadCipher.TagSizeBytes);
                _seal.Return(context);
                return isSealed;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal bool TryDecrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad, out bool isDecrypted)
        {
            var context = _open.Borrow();
            fixed (byte* iv = nonce, input = ciphertextAndTag, output = plaintext, data = aad)
            {
                byte none;
                isDecrypted = Libcrypto.EVP_DecryptInit_ex(context, 0, 0, null, iv) == 1
                    && (aad.IsEmpty || Libcrypto.Cipher(context, null, data, aad.Length) >= 0)
                    && (plaintext.IsEmpty || Libcrypto.Cipher(context, output, input, plaintext.Length) >= 0)
                    && Libcrypto.SetTag(context, input + plaintext.Length, AeadCipher.TagSizeBytes);
                var isAuthentic = isDecrypted && Libcrypto.Cipher(context, &none, null, 0) >= 0;
                _open.Return(context);
                return isAuthentic;
            }
        }

        public void Dispose()
        {
            _seal.Dispose();
            _open.Dispose();
        }

        /// <summary>False for a wrong tag, an exception for a call that failed before it.</summary>
        internal static bool Refuse(bool isDecrypted)
        {
            if (!isDecrypted)
            {
                throw Libcrypto.Failure("EVP_Cipher");
            }

            // Whatever this version of OpenSSL queued must not be found by later calls on this thread, .NET's among them.
            Libcrypto.ERR_clear_error();
            return false;
        }
    }
}
