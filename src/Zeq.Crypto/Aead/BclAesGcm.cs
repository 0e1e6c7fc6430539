using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>AES-256-GCM by .NET's <see cref="AesGcm"/>: everywhere, and the baseline of the other one.</summary>
internal sealed class BclAesGcm : AesGcmProvider
{
    internal override string Name => CryptoProvider.BclName;

    internal override AesGcmState Create(ReadOnlySpan<byte> key32) => new State(key32);

    private sealed class State(ReadOnlySpan<byte> key32) : AesGcmState
    {
        // AesGcm is not safe for several threads; one object per direction lets a sender and a receiver work at once.
        private readonly Lock _sealLock = new();
        private readonly Lock _openLock = new();
        private readonly AesGcm _seal = new(key32, AeadCipher.TagSizeBytes);
        private readonly AesGcm _open = new(key32, AeadCipher.TagSizeBytes);
        private volatile bool _disposed;

        internal override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, Span<byte> ciphertext, Span<byte> tag, ReadOnlySpan<byte> aad)
        {
            lock (_sealLock)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(AeadCipher));
                _seal.Encrypt(nonce, plaintext, ciphertext, tag, aad);
            }
        }

        internal override bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> tag, Span<byte> plaintext, ReadOnlySpan<byte> aad)
        {
            lock (_openLock)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(AeadCipher));
                try
                {
                    _open.Decrypt(nonce, ciphertext, tag, plaintext, aad);
                    return true;
                }
                catch (AuthenticationTagMismatchException)
                {
                    return false;
                }
            }
        }

        public override void Dispose()
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
