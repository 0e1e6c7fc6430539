using System.Diagnostics;

namespace Zeq.Crypto.Tests;

/// <summary>Registering for real takes a process in which nothing was used yet: this assembly, started once more for one class.</summary>
public class RegistrationTests
{
    [Theory]
    [InlineData(null, nameof(RegistrationInAFreshProcess.EveryAlgorithmRunsInItsRegisteredProvider))]
    [InlineData("managed", nameof(RegistrationInAFreshProcess.NothingIsRegisteredWhereTheManagedOnesAreForced))]
    public async Task InAFreshProcess(string? mode, string method)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["-method", $"{typeof(RegistrationInAFreshProcess).FullName}.{method}", "-explicit", "only", "-noColor"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (string.Equals(Path.GetFileNameWithoutExtension(start.FileName), "dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Insert(0, typeof(RegistrationTests).Assembly.Location);
        }

        start.Environment[RegistrationInAFreshProcess.Switch] = "1";
        start.Environment.Remove(CryptoProvider.EnvironmentVariable);
        if (mode is not null)
        {
            start.Environment[CryptoProvider.EnvironmentVariable] = mode;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        var text = await output + await errors;
        Assert.True(process.ExitCode == 0, text);
        Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", text, StringComparison.Ordinal);
    }

    /// <summary>In this process everything may have been used already, and nobody here wants another provider.</summary>
    [Fact]
    public void AfterTheFirstUseItIsTooLate()
    {
        _ = CryptoProvider.Describe();
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignAes256Gcm(CryptoProvider.AesGcmProviders[^1])));
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignEd25519(CryptoProvider.Ed25519Providers[^1])));
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignX25519(CryptoProvider.X25519Providers[^1])));
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignMLKem768(CryptoProvider.MLKem768Providers[^1])));
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignArgon2id(CryptoProvider.Argon2idProviders[^1])));
        Assert.Throws<ArgumentNullException>(() => CryptoProvider.Register((IEd25519Provider)null!));
    }

    [Fact]
    public void AProviderThatThrowsLeavesZeros()
    {
        var (seed, longBuffer) = (new byte[32], new byte[64]);
        longBuffer.AsSpan().Fill(0xEE);
        Assert.Throws<NotSupportedException>(() => Ed25519.Sign(new ForeignEd25519(CryptoProvider.Ed25519Providers[^1], Fault.Throws), [], seed, longBuffer));
        Assert.Equal(new byte[64], longBuffer);

        var secret = new byte[32];
        secret.AsSpan().Fill(0xEE);
        byte[] nine = [9, .. new byte[31]];
        Assert.Throws<NotSupportedException>(() => X25519.TryAgree(new ForeignX25519(CryptoProvider.X25519Providers[^1], Fault.Throws), seed, nine, secret));
        Assert.Equal(new byte[32], secret);

        var (encapsulationKey, decapsulationKey, cipherText) = (new byte[1184], new byte[2400], new byte[1088]);
        MLKem768.GenerateKey(new byte[64], encapsulationKey, decapsulationKey);
        var broken = new ForeignMLKem768(CryptoProvider.MLKem768Providers[^1], Fault.Throws);
        secret.AsSpan().Fill(0xEE);
        Assert.Throws<NotSupportedException>(() => MLKem768.Encapsulate(broken, encapsulationKey, cipherText, secret));
        Assert.Equal(new byte[32], secret);
        Assert.Equal(new byte[1088], cipherText);
        secret.AsSpan().Fill(0xEE);
        Assert.Throws<NotSupportedException>(() => MLKem768.TryDecapsulate(broken, decapsulationKey, cipherText, secret));
        Assert.Equal(new byte[32], secret);
        Assert.Throws<NotSupportedException>(() => MLKem768.GenerateKey(broken, longBuffer, encapsulationKey, decapsulationKey));
        Assert.Equal(new byte[2400], decapsulationKey);

        using var cipher = new AeadCipher(new ForeignAes256Gcm(CryptoProvider.AesGcmProviders[^1], Fault.Throws), seed);
        byte[] inPlace = [1, 2, 3, 4, .. new byte[16]];
        Assert.Throws<NotSupportedException>(() => cipher.Seal(new byte[12], inPlace.AsSpan(0, 4), inPlace, []));
        Assert.Equal(new byte[20], inPlace);

        // A box that opens: the plaintext stands there when the provider throws.
        using var sealer = new AeadCipher(CryptoProvider.AesGcmProviders[^1], seed);
        sealer.Seal(new byte[12], [1, 2, 3, 4], inPlace, []);
        Assert.Throws<NotSupportedException>(() => cipher.TryOpen(new byte[12], inPlace, inPlace.AsSpan(0, 4), []));
        Assert.Equal(new byte[4], inPlace[..4]);
    }

    [Theory, InlineData(0), InlineData(1)]
    public void ADisposedCipherLeavesWhatWasToBeSealedInPlace(int index)
    {
        Assert.SkipWhen(index >= CryptoProvider.AesGcmProviders.Count, "no such provider on this machine");
        var cipher = new AeadCipher(CryptoProvider.AesGcmProviders[index], new byte[32]);
        cipher.Dispose();
        byte[] packet = [1, 2, 3, 4, .. new byte[16]];
        Assert.Throws<ObjectDisposedException>(() => cipher.Seal(new byte[12], packet.AsSpan(0, 4), packet, []));
        Assert.Throws<ObjectDisposedException>(() => cipher.TryOpen(new byte[12], packet, packet.AsSpan(0, 4), []));
        Assert.Equal([1, 2, 3, 4], packet[..4]);
    }
}

/// <summary>Run by <see cref="RegistrationTests"/> alone.</summary>
public class RegistrationInAFreshProcess
{
    internal const string Switch = "ZEQ_TEST_FRESH_PROCESS";

    [Fact(Explicit = true)]
    public void EveryAlgorithmRunsInItsRegisteredProvider()
    {
        SkipUnlessFresh();
        CryptoProvider.Register(new ForeignAes256Gcm(CryptoProvider.AesGcmProviders[^1]));
        CryptoProvider.Register(new ForeignEd25519(CryptoProvider.Ed25519Providers[^1]));
        CryptoProvider.Register(new ForeignX25519(CryptoProvider.X25519Providers[^1]));
        CryptoProvider.Register(new ForeignMLKem768(CryptoProvider.MLKem768Providers[^1]));
        CryptoProvider.Register(new ForeignArgon2id(CryptoProvider.Argon2idProviders[^1]));
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignEd25519(CryptoProvider.Ed25519Providers[0])));

        Assert.IsType<ForeignAes256Gcm>(CryptoProvider.AesGcm);
        Assert.IsType<ForeignEd25519>(CryptoProvider.Ed25519);
        Assert.IsType<ForeignX25519>(CryptoProvider.X25519);
        Assert.IsType<ForeignMLKem768>(CryptoProvider.MLKem768);
        Assert.IsType<ForeignArgon2id>(CryptoProvider.Argon2id);
        Assert.Equal(
            ["AES-256-GCM", "Ed25519", "X25519", "ML-KEM-768", "Argon2id"], CryptoProvider.Describe().Where(i => i.Provider == "foreign 1.0").Select(i => i.Algorithm));
    }

    [Fact(Explicit = true)]
    public void NothingIsRegisteredWhereTheManagedOnesAreForced()
    {
        SkipUnlessFresh();
        Assert.True(CryptoProvider.IsManagedForced);
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignEd25519(CryptoProvider.Ed25519Providers[^1])));
        Assert.Throws<InvalidOperationException>(() => CryptoProvider.Register(new ForeignArgon2id(CryptoProvider.Argon2idProviders[^1])));
        Assert.IsType<ManagedEd25519>(CryptoProvider.Ed25519);
    }

    private static void SkipUnlessFresh() =>
        Assert.SkipUnless(Environment.GetEnvironmentVariable(Switch) == "1", "runs in a process of its own, started by " + nameof(RegistrationTests));
}
