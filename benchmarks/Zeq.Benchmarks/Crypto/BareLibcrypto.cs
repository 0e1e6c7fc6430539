using System.Runtime.InteropServices;

namespace Zeq.Benchmarks;

/// <summary>
/// The calls of libcrypto that the bare loops make: through function pointers and without the run-time's transition, as a C program would make them.
/// Null where the library is absent.
/// </summary>
internal sealed unsafe class BareLibcrypto
{
    public const int Ed25519 = 1087;
    public const int X25519 = 1034;

    public readonly delegate* unmanaged[SuppressGCTransition]<int, nint, byte*, nuint, nint> NewPrivateKey;
    public readonly delegate* unmanaged[SuppressGCTransition]<int, nint, byte*, nuint, nint> NewPublicKey;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint*, int> GetPublicKey;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, void> FreeKey;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint> NewDigest;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, void> FreeDigest;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, nint, nint, int> SignInit;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint*, byte*, nuint, int> Sign;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, nint, nint, int> VerifyInit;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint, byte*, nuint, int> Verify;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, nint, nint> NewKeyContext;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, void> FreeKeyContext;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, int> DeriveInit;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, nint, int> SetPeer;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint*, int> Derive;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint> NewCipher;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint> Aes256Gcm;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, byte*, byte*, int> EncryptInit;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, byte*, int, int> EncryptUpdate;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, int> EncryptFinal;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, byte*, byte*, int> DecryptInit;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, byte*, int, int> DecryptUpdate;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, int> DecryptFinal;
    public readonly delegate* unmanaged[SuppressGCTransition]<nint, int, int, void*, int> CipherControl;

    private BareLibcrypto(nint library)
    {
        NewPrivateKey = (delegate* unmanaged[SuppressGCTransition]<int, nint, byte*, nuint, nint>)NativeLibrary.GetExport(library, "EVP_PKEY_new_raw_private_key");
        NewPublicKey = (delegate* unmanaged[SuppressGCTransition]<int, nint, byte*, nuint, nint>)NativeLibrary.GetExport(library, "EVP_PKEY_new_raw_public_key");
        GetPublicKey = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint*, int>)NativeLibrary.GetExport(library, "EVP_PKEY_get_raw_public_key");
        FreeKey = (delegate* unmanaged[SuppressGCTransition]<nint, void>)NativeLibrary.GetExport(library, "EVP_PKEY_free");
        NewDigest = (delegate* unmanaged[SuppressGCTransition]<nint>)NativeLibrary.GetExport(library, "EVP_MD_CTX_new");
        FreeDigest = (delegate* unmanaged[SuppressGCTransition]<nint, void>)NativeLibrary.GetExport(library, "EVP_MD_CTX_free");
        SignInit = (delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, nint, nint, int>)NativeLibrary.GetExport(library, "EVP_DigestSignInit");
        Sign = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint*, byte*, nuint, int>)NativeLibrary.GetExport(library, "EVP_DigestSign");
        VerifyInit = (delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, nint, nint, int>)NativeLibrary.GetExport(library, "EVP_DigestVerifyInit");
        Verify = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint, byte*, nuint, int>)NativeLibrary.GetExport(library, "EVP_DigestVerify");
        NewKeyContext = (delegate* unmanaged[SuppressGCTransition]<nint, nint, nint>)NativeLibrary.GetExport(library, "EVP_PKEY_CTX_new");
        FreeKeyContext = (delegate* unmanaged[SuppressGCTransition]<nint, void>)NativeLibrary.GetExport(library, "EVP_PKEY_CTX_free");
        DeriveInit = (delegate* unmanaged[SuppressGCTransition]<nint, int>)NativeLibrary.GetExport(library, "EVP_PKEY_derive_init");
        SetPeer = (delegate* unmanaged[SuppressGCTransition]<nint, nint, int>)NativeLibrary.GetExport(library, "EVP_PKEY_derive_set_peer");
        Derive = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, nuint*, int>)NativeLibrary.GetExport(library, "EVP_PKEY_derive");
        NewCipher = (delegate* unmanaged[SuppressGCTransition]<nint>)NativeLibrary.GetExport(library, "EVP_CIPHER_CTX_new");
        Aes256Gcm = (delegate* unmanaged[SuppressGCTransition]<nint>)NativeLibrary.GetExport(library, "EVP_aes_256_gcm");
        EncryptInit = (delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "EVP_EncryptInit_ex");
        EncryptUpdate = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, byte*, int, int>)NativeLibrary.GetExport(library, "EVP_EncryptUpdate");
        EncryptFinal = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, int>)NativeLibrary.GetExport(library, "EVP_EncryptFinal_ex");
        DecryptInit = (delegate* unmanaged[SuppressGCTransition]<nint, nint, nint, byte*, byte*, int>)NativeLibrary.GetExport(library, "EVP_DecryptInit_ex");
        DecryptUpdate = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, byte*, int, int>)NativeLibrary.GetExport(library, "EVP_DecryptUpdate");
        DecryptFinal = (delegate* unmanaged[SuppressGCTransition]<nint, byte*, int*, int>)NativeLibrary.GetExport(library, "EVP_DecryptFinal_ex");
        CipherControl = (delegate* unmanaged[SuppressGCTransition]<nint, int, int, void*, int>)NativeLibrary.GetExport(library, "EVP_CIPHER_CTX_ctrl");
    }

    public static BareLibcrypto? TryLoad() =>
        NativeLibrary.TryLoad("libcrypto.so.3", typeof(BareLibcrypto).Assembly, DllImportSearchPath.SafeDirectories, out nint library)
            ? new BareLibcrypto(library)
            : null;

    /// <summary>A loop that fails measures nothing.</summary>
    public static void Check(bool isRight)
    {
        if (!isRight)
        {
            throw new InvalidOperationException("A bare libcrypto loop failed.");
        }
    }
}
