namespace Zeq.Crypto;

/// <summary>
/// Chooses, once per process, which implementation runs each algorithm, and tells which one it is. On Linux AES-256-GCM and Ed25519 run in
/// <c>libcrypto.so.3</c> where that is present; elsewhere, and where the environment variable <c>ZEQ_CRYPTO</c> is <c>managed</c> or the AppContext
/// switch <c>Zeq.Crypto.UseManaged</c> is on, AES-256-GCM is .NET's own and Ed25519 is this library's. Every one of them passes the same suite.
/// </summary>
public static class CryptoProvider
{
    /// <summary>The AppContext switch that forces the managed implementations. Read once, at the first use of an algorithm.</summary>
    public const string UseManagedSwitch = "Zeq.Crypto.UseManaged";

    /// <summary>The environment variable that forces the managed implementations where its value is <c>managed</c>; any other value changes nothing.</summary>
    public const string EnvironmentVariable = "ZEQ_CRYPTO";

    // Static members initialise in the order of the text: what others read stands first.
    internal static string BclName { get; } = FormattableString.Invariant($".NET {Environment.Version}");

    /// <summary>Whether the managed implementations are forced in this process.</summary>
    public static bool IsManagedForced { get; } = ReadIsManagedForced();

    internal static IReadOnlyList<AesGcmProvider> AesGcmProviders { get; } =
        LibcryptoAesGcm.TryCreate() is { } native ? [native, new BclAesGcm()] : [new BclAesGcm()];

    internal static IReadOnlyList<Ed25519Provider> Ed25519Providers { get; } =
        LibcryptoEd25519.TryCreate() is { } native ? [native, new ManagedEd25519()] : [new ManagedEd25519()];

    /// <summary>.NET's own where the operating system has one, then every managed path of this processor, the fastest first.</summary>
    internal static IReadOnlyList<IMLKem768Provider> MLKem768Providers { get; } =
        BclMLKem768.TryCreate() is { } native ? [native, .. ManagedMLKem768.Paths] : [.. ManagedMLKem768.Paths];

    internal static AesGcmProvider AesGcm { get; } = IsManagedForced ? AesGcmProviders[^1] : AesGcmProviders[0];

    internal static Ed25519Provider Ed25519 { get; } = IsManagedForced ? Ed25519Providers[^1] : Ed25519Providers[0];

    internal static IMLKem768Provider MLKem768 { get; } = IsManagedForced ? ManagedMLKem768.Fastest : MLKem768Providers[0];

    /// <summary>One entry per algorithm, in a fixed order, with the implementation that runs it in this process.</summary>
    public static IReadOnlyList<AlgorithmInfo> Describe() =>
    [
        new("SHA-256", BclName),
        new("HMAC-SHA-256", BclName),
        new("HKDF-SHA-256", BclName),
        new("AES-256-GCM", AesGcm.Name),
        new("Ed25519", Ed25519.Name),
        new("ML-KEM-768", MLKem768.Name),
    ];

    internal static bool ReadIsManagedForced() =>
        (AppContext.TryGetSwitch(UseManagedSwitch, out var isOn) && isOn)
        || string.Equals(Environment.GetEnvironmentVariable(EnvironmentVariable), "managed", StringComparison.OrdinalIgnoreCase);
}
