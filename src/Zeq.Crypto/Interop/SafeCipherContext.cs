using System.Runtime.InteropServices;

namespace Zeq.Crypto;

/// <summary>An <c>EVP_CIPHER_CTX</c>; freeing it zeroes the key schedule, also where its owner forgot to dispose of it.</summary>
internal sealed class SafeCipherContext : SafeHandle
{
    internal SafeCipherContext()
        : base(0, ownsHandle: true)
    {
        SetHandle(Libcrypto.EVP_CIPHER_CTX_new());
        if (IsInvalid)
        {
            throw Libcrypto.Failure(nameof(Libcrypto.EVP_CIPHER_CTX_new));
        }
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        Libcrypto.EVP_CIPHER_CTX_free(handle);
        return true;
    }
}
