using System.Runtime.InteropServices;
using Zeq.Crypto;

namespace Zeq.Benchmarks;

/// <summary>What <see cref="KemVerb"/> measures.</summary>
internal interface IKem
{
    void GenerateKey(byte[] seed64, byte[] encapsulationKey, byte[] decapsulationKey);

    void Encapsulate(byte[] encapsulationKey, byte[] cipherText, byte[] sharedSecret);

    void Decapsulate(byte[] decapsulationKey, byte[] cipherText, byte[] sharedSecret);
}

/// <summary>One provider of the library, called as the library calls it.</summary>
internal sealed class LibraryKem(IMLKem768Provider provider) : IKem
{
    public void GenerateKey(byte[] seed64, byte[] encapsulationKey, byte[] decapsulationKey) =>
        MLKem768.GenerateKey(provider, seed64, encapsulationKey, decapsulationKey);

    public void Encapsulate(byte[] encapsulationKey, byte[] cipherText, byte[] sharedSecret) =>
        MLKem768.Encapsulate(provider, encapsulationKey, cipherText, sharedSecret);

    public void Decapsulate(byte[] decapsulationKey, byte[] cipherText, byte[] sharedSecret) =>
        MLKem768.TryDecapsulate(provider, decapsulationKey, cipherText, sharedSecret);
}

/// <summary>libsodium 1.0.21 or later, as the baseline: from the loader's path, or from the file that <c>ZEQ_BENCH_LIBSODIUM</c> names.</summary>
internal sealed unsafe class SodiumKem : IKem
{
    private readonly delegate* unmanaged<byte*, byte*, byte*, int> _seedKeyPair;
    private readonly delegate* unmanaged<byte*, byte*, byte*, int> _encapsulate;
    private readonly delegate* unmanaged<byte*, byte*, byte*, int> _decapsulate;

    private SodiumKem(nint library, string version)
    {
        Name = $"libsodium {version}";
        _seedKeyPair = (delegate* unmanaged<byte*, byte*, byte*, int>)NativeLibrary.GetExport(library, "crypto_kem_mlkem768_seed_keypair");
        _encapsulate = (delegate* unmanaged<byte*, byte*, byte*, int>)NativeLibrary.GetExport(library, "crypto_kem_mlkem768_enc");
        _decapsulate = (delegate* unmanaged<byte*, byte*, byte*, int>)NativeLibrary.GetExport(library, "crypto_kem_mlkem768_dec");
    }

    public string Name { get; }

    /// <summary>The library, or null where none with ML-KEM is found.</summary>
    public static SodiumKem? TryLoad()
    {
        string?[] names = [Environment.GetEnvironmentVariable("ZEQ_BENCH_LIBSODIUM"), "libsodium.so.26", "libsodium.so.23", "libsodium"];
        foreach (string name in names.OfType<string>())
        {
            if (NativeLibrary.TryLoad(name, out nint library) && NativeLibrary.TryGetExport(library, "crypto_kem_mlkem768_seed_keypair", out _))
            {
                ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "sodium_init"))();
                nint version = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "sodium_version_string"))();
                return new SodiumKem(library, Marshal.PtrToStringUTF8(version)!);
            }
        }

        return null;
    }

    public void GenerateKey(byte[] seed64, byte[] encapsulationKey, byte[] decapsulationKey)
    {
        fixed (byte* seed = seed64, ek = encapsulationKey, dk = decapsulationKey)
        {
            _seedKeyPair(ek, dk, seed);
        }
    }

    public void Encapsulate(byte[] encapsulationKey, byte[] cipherText, byte[] sharedSecret)
    {
        fixed (byte* ek = encapsulationKey, ct = cipherText, ss = sharedSecret)
        {
            _encapsulate(ct, ss, ek);
        }
    }

    public void Decapsulate(byte[] decapsulationKey, byte[] cipherText, byte[] sharedSecret)
    {
        fixed (byte* dk = decapsulationKey, ct = cipherText, ss = sharedSecret)
        {
            _decapsulate(ss, ct, dk);
        }
    }
}
