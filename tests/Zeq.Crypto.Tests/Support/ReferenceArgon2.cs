using System.Runtime.InteropServices;

namespace Zeq.Crypto.Tests;

/// <summary>The reference implementation of Argon2, where the system has it (package <c>libargon2-1</c> of Debian).</summary>
internal static unsafe partial class ReferenceArgon2
{
    private const string Library = "libargon2.so.1";
    private const int TypeArgon2id = 2;
    private const int Version = 0x13;

    internal static bool IsPresent { get; } = OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Library, out _);

    internal static byte[] DeriveKey(byte[] password, byte[] salt, int memoryKib, int passes, int lanes, int keySizeBytes)
    {
        var key = new byte[keySizeBytes];
        fixed (byte* passwordBytes = password, saltBytes = salt, keyBytes = key)
        {
            Assert.Equal(0, argon2_hash(
                (uint)passes, (uint)memoryKib, (uint)lanes, passwordBytes, (nuint)password.Length, saltBytes, (nuint)salt.Length, keyBytes, (nuint)key.Length,
                null, 0, TypeArgon2id, Version));
        }

        return key;
    }

    [LibraryImport(Library)]
    private static partial int argon2_hash(
        uint passes, uint memoryKib, uint lanes, void* password, nuint passwordLength, void* salt, nuint saltLength, void* key, nuint keyLength,
        byte* encoded, nuint encodedLength, int type, uint version);
}
