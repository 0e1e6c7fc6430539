using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Zeq.Crypto;

/// <summary>
/// The calls of OpenSSL 3's <c>libcrypto.so.3</c> that this library makes, and whether it is there. Pointers stay inside the providers:
/// every one that is made is freed in a <c>finally</c> or by a <see cref="SafeHandle"/>.
/// </summary>
internal static unsafe partial class Libcrypto
{
    private const string Library = "libcrypto.so.3";
    private const int VersionString = 6;

    // The flags of .NET's own start-up of OpenSSL: whichever comes first must not register OpenSSL's exit handler, which frees
    // state that other threads still use at process exit.
    private const ulong InitFlags = 0x04 | 0x08 | 0x40 | 0x00080000;

    internal const int NidX25519 = 1034;
    internal const int NidEd25519 = 1087;

    /// <summary>EVP_PKEY_KEYPAIR.</summary>
    internal const int SelectKeyPair = 0x87;

    /// <summary>OSSL_PARAM. An array of them ends with one whose name is null.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Parameter
    {
        private const uint OctetString = 5;

        private byte* _name;
        private uint _type;
        private void* _data;
        private nuint _size;
        private nuint _returnSize;

        /// <summary>Bytes; both pointers stay valid until the call is over.</summary>
        internal static Parameter Octets(byte* name, byte* data, int size) =>
            new() { _name = name, _type = OctetString, _data = data, _size = (nuint)size, _returnSize = nuint.MaxValue };
    }

    // A garbage collection waits for a call that has no transition, so such a call must take less than about a microsecond, never block and never call back:
    // the calls marked so below set or read a few bytes, and AES-GCM runs through this many bytes in that time.
    private const int ShortSizeBytes = 2048;

    /// <summary><c>libcrypto</c> and its version, or null where it is absent or cannot start.</summary>
    internal static string? Name { get; } = Load();

    private static string? Load()
    {
        if (!OperatingSystem.IsLinux()
            || !NativeLibrary.TryLoad(Library, typeof(Libcrypto).Assembly, DllImportSearchPath.SafeDirectories, out _)
            || OPENSSL_init_crypto(InitFlags, 0) != 1)
        {
            return null;
        }

        return "libcrypto " + Marshal.PtrToStringUTF8((nint)OpenSSL_version(VersionString));
    }

    /// <summary>An exception for a call that fails only when the machine does (no memory, a broken installation). Leaves this thread's error queue empty.</summary>
    internal static CryptographicException Failure(string call)
    {
        var code = ERR_peek_last_error();
        ERR_clear_error();
        return new CryptographicException(FormattableString.Invariant($"libcrypto: {call} failed (error {code:x})."));
    }

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int OPENSSL_init_crypto(ulong options, nint settings);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* OpenSSL_version(int type);

    // unsigned long: as wide as a pointer on every Linux.
    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nuint ERR_peek_last_error();

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void ERR_clear_error();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint EVP_CIPHER_fetch(nint context, string algorithm, string? properties);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint EVP_CIPHER_CTX_new();

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void EVP_CIPHER_CTX_free(nint context);

    /// <summary>Reads the tag of a message that was sealed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool GetTag(nint context, byte* tag, int sizeBytes)
    {
        fixed (byte* name = "tag\0"u8)
        {
            var parameters = stackalloc Parameter[2] { Parameter.Octets(name, tag, sizeBytes), default };
            return EVP_CIPHER_CTX_get_params(context, parameters) == 1;
        }
    }

    /// <summary>Gives the tag that a message which is opened must have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool SetTag(nint context, byte* tag, int sizeBytes)
    {
        fixed (byte* name = "tag\0"u8)
        {
            var parameters = stackalloc Parameter[2] { Parameter.Octets(name, tag, sizeBytes), default };
            return EVP_CIPHER_CTX_set_params(context, parameters) == 1;
        }
    }

    [LibraryImport(Library), SuppressGCTransition, DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EVP_CIPHER_CTX_get_params(nint context, Parameter* parameters);

    [LibraryImport(Library), SuppressGCTransition, DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EVP_CIPHER_CTX_set_params(nint context, Parameter* parameters);

    [LibraryImport(Library), SuppressGCTransition, DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_EncryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    /// <summary>
    /// <c>EVP_Cipher</c>: the cipher's own function without the checks of <c>EVP_EncryptUpdate</c>, which AES-GCM needs none of, for both directions. Without an
    /// output it takes additional data, without an input it ends the message. Without the run-time's transition where the work is short.
    /// </summary>
    /// <returns>Below 0 on failure.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Cipher(nint context, byte* output, byte* input, int inputLength) => inputLength <= ShortSizeBytes
        ? EVP_Cipher_Short(context, output, input, (uint)inputLength)
        : CipherLong(context, output, input, inputLength);

    // Apart, so that a caller of the short call alone sets up no frame for a transition.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int CipherLong(nint context, byte* output, byte* input, int inputLength) => EVP_Cipher(context, output, input, (uint)inputLength);

    [LibraryImport(Library, EntryPoint = "EVP_Cipher"), SuppressGCTransition, DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EVP_Cipher_Short(nint context, byte* output, byte* input, uint inputLength);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int EVP_Cipher(nint context, byte* output, byte* input, uint inputLength);

    [LibraryImport(Library), SuppressGCTransition, DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_DecryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte* key, nuint keyLength);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint EVP_PKEY_new_raw_public_key(int type, nint engine, byte* key, nuint keyLength);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_PKEY_get_raw_public_key(nint key, byte* output, nuint* outputLength);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint EVP_PKEY_CTX_new_from_name(nint context, byte* name, byte* properties);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_PKEY_fromdata_init(nint context);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_PKEY_fromdata(nint context, nint* key, int selection, Parameter* parameters);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint EVP_PKEY_CTX_new(nint key, nint engine);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void EVP_PKEY_CTX_free(nint context);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_PKEY_derive_init(nint context);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_PKEY_derive_set_peer_ex(nint context, nint peer, int validatePeer);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_PKEY_derive(nint context, byte* secret, nuint* secretLength);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial nint EVP_MD_CTX_new();

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_DigestSign(nint context, byte* signature, nuint* signatureLength, byte* message, nuint messageLength);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [LibraryImport(Library), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static partial int EVP_DigestVerify(nint context, byte* signature, nuint signatureLength, byte* message, nuint messageLength);
}
