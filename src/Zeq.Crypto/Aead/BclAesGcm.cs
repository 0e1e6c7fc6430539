using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>AES-256-GCM by .NET's <see cref="AesGcm"/>: everywhere, and the baseline of the other one.</summary>
internal sealed class BclAesGcm : IAes256GcmProvider
{
    public string Name => CryptoProvider.BclName;

    public IAes256GcmKey CreateKey(ReadOnlySpan<byte> key) => new State(key);

    private sealed class State(ReadOnlySpan<byte> key) : IAes256GcmKey
    {
        // AesGcm is not safe for several threads; one object per direction lets a sender and a receiver work at once.
        private readonly Lock _sealLock = new();
        private readonly Lock _openLock = new();
        private readonly AesGcm _seal = new(key, AeadCipher.TagSizeBytes);
        private readonly AesGcm _open = new(key, AeadCipher.TagSizeBytes);
        private volatile bool _disposed;

        public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertextAndTag, ReadOnlySpan<byte> aad)
        {
            lock (_sealLock)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(AeadCipher));
                _seal.Encrypt(nonce, plaintext, ciphertextAndTag[..plaintext.Length], ciphertextAndTag[plaintext.Length..], aad);
            }
        }

        public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
        {
            lock (_openLock)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(AeadCipher));
                try
                {
                    _open.Decrypt(nonce, ciphertextAndTag[..plaintext.Length], ciphertextAndTag[plaintext.Length..], plaintext, aad);
                    return true;
                }
                catch (AuthenticationTagMismatchException)
                {
                    return false;
                }
            }
        }

        public void Dispose()
        {
            lock (_sealLock)
            {
                lock (_openLock)
                {
                    _disposed = true;
                    _seal.Dispose();
                    _open.Dispose();
                }
            }
        }
    }
}
