namespace Zeq.Crypto;

/// <summary>
/// Chooses, once per process, which implementation runs each algorithm, and tells which one it is. On Linux AES-256-GCM, Ed25519 and X25519 run in
/// <c>libcrypto.so.3</c> where that is present, and ML-KEM-768 in .NET's own where the operating system has one; elsewhere, and where the environment variable <c>ZEQ_CRYPTO</c> is
/// <c>managed</c> or the AppContext switch <c>Zeq.Crypto.UseManaged</c> is on, AES-256-GCM is .NET's own and the others are this library's. Argon2id is this
/// library's everywhere. Every one of them passes the same suite. Every member is thread-safe.
/// </summary>
/// <remarks>
/// An application that has a library of its own for an algorithm registers it, at the start of the process: once per algorithm, before anything used that algorithm or asked
/// <see cref="Describe"/>. The provider has to pass a self-test on known answers first. It then runs that algorithm for all of the process. Where the managed implementations are
/// forced, registering is refused: whoever forces them wants to know what runs. <c>docs/crypto-providers.md</c> has adapters of two libraries.
/// </remarks>
public static class CryptoProvider
{
    /// <summary>The AppContext switch that forces the managed implementations. Read once, at the first use of an algorithm.</summary>
    public const string UseManagedSwitch = "Zeq.Crypto.UseManaged";

    /// <summary>The environment variable that forces the managed implementations where its value is <c>managed</c>; any other value changes nothing.</summary>
    public const string EnvironmentVariable = "ZEQ_CRYPTO";

    // Static members initialise in the order of the text: what others read stands first.
    internal const string ManagedName = "managed";

    internal static string BclName { get; } = FormattableString.Invariant($".NET {Environment.Version}");

    /// <summary>Whether the managed implementations are forced in this process.</summary>
    public static bool IsManagedForced { get; } = ReadIsManagedForced();

    internal static IReadOnlyList<IAes256GcmProvider> AesGcmProviders { get; } =
        LibcryptoAesGcm.TryCreate() is { } native ? [native, new BclAesGcm()] : [new BclAesGcm()];

    internal static IReadOnlyList<IEd25519Provider> Ed25519Providers { get; } =
        LibcryptoEd25519.TryCreate() is { } native ? [native, new ManagedEd25519()] : [new ManagedEd25519()];

    internal static IReadOnlyList<IX25519Provider> X25519Providers { get; } =
        LibcryptoX25519.TryCreate() is { } native ? [native, new ManagedX25519()] : [new ManagedX25519()];

    /// <summary>.NET's own where the operating system has one, then every managed path of this processor, the fastest first.</summary>
    internal static IReadOnlyList<IMLKem768Provider> MLKem768Providers { get; } =
        BclMLKem768.TryCreate() is { } native ? [native, .. ManagedMLKem768.Paths] : [.. ManagedMLKem768.Paths];

    internal static IReadOnlyList<IArgon2idProvider> Argon2idProviders { get; } = [new ManagedArgon2id()];

    internal static IAes256GcmProvider AesGcm => s_aesGcm.Current;

    internal static IEd25519Provider Ed25519 => s_ed25519.Current;

    internal static IX25519Provider X25519 => s_x25519.Current;

    internal static IMLKem768Provider MLKem768 => s_mlKem768.Current;

    internal static IArgon2idProvider Argon2id => s_argon2id.Current;

    private static readonly ProviderSlot<IAes256GcmProvider> s_aesGcm = Slot("AES-256-GCM", Choose(AesGcmProviders), p => p.Name, ProviderSelfTest.Passes);
    private static readonly ProviderSlot<IEd25519Provider> s_ed25519 = Slot("Ed25519", Choose(Ed25519Providers), p => p.Name, ProviderSelfTest.Passes);
    private static readonly ProviderSlot<IX25519Provider> s_x25519 = Slot("X25519", Choose(X25519Providers), p => p.Name, ProviderSelfTest.Passes);
    private static readonly ProviderSlot<IMLKem768Provider> s_mlKem768 =
        Slot("ML-KEM-768", IsManagedForced ? ManagedMLKem768.Fastest : MLKem768Providers[0], p => p.Name, ProviderSelfTest.Passes);

    private static readonly ProviderSlot<IArgon2idProvider> s_argon2id = Slot("Argon2id", Choose(Argon2idProviders), p => p.Name, ProviderSelfTest.Passes);

    /// <summary>Runs AES-256-GCM in <paramref name="provider"/> from now on.</summary>
    /// <param name="provider">Keeps the contract of <see cref="IAes256GcmProvider"/>.</param>
    /// <inheritdoc cref="Register(IEd25519Provider)" path="/exception"/>
    public static void Register(IAes256GcmProvider provider) => s_aesGcm.Register(NotNull(provider), provider.Name);

    /// <summary>Runs Ed25519 in <paramref name="provider"/> from now on.</summary>
    /// <param name="provider">Keeps the contract of <see cref="IEd25519Provider"/>.</param>
    /// <exception cref="ArgumentException">The provider is null, its name is not 1 to 100 printable ASCII characters, or it fails the self-test.</exception>
    /// <exception cref="InvalidOperationException">The algorithm was used or described already, it has a registered provider already, or the managed implementations are forced.</exception>
    public static void Register(IEd25519Provider provider) => s_ed25519.Register(NotNull(provider), provider.Name);

    /// <summary>Runs X25519 in <paramref name="provider"/> from now on.</summary>
    /// <param name="provider">Keeps the contract of <see cref="IX25519Provider"/>.</param>
    /// <inheritdoc cref="Register(IEd25519Provider)" path="/exception"/>
    public static void Register(IX25519Provider provider) => s_x25519.Register(NotNull(provider), provider.Name);

    /// <summary>Runs ML-KEM-768 in <paramref name="provider"/> from now on.</summary>
    /// <param name="provider">Keeps the contract of <see cref="IMLKem768Provider"/>.</param>
    /// <inheritdoc cref="Register(IEd25519Provider)" path="/exception"/>
    public static void Register(IMLKem768Provider provider) => s_mlKem768.Register(NotNull(provider), provider.Name);

    /// <summary>Runs Argon2id in <paramref name="provider"/> from now on.</summary>
    /// <param name="provider">Keeps the contract of <see cref="IArgon2idProvider"/>.</param>
    /// <inheritdoc cref="Register(IEd25519Provider)" path="/exception"/>
    public static void Register(IArgon2idProvider provider) => s_argon2id.Register(NotNull(provider), provider.Name);

    /// <summary>
    /// One entry per algorithm, in a fixed order, with the implementation that runs it in this process. Asking settles the choice: nothing can be registered afterwards.
    /// </summary>
    public static IReadOnlyList<AlgorithmInfo> Describe() =>
    [
        new("SHA-256", BclName),
        new("HMAC-SHA-256", BclName),
        new("HKDF-SHA-256", BclName),
        new("AES-256-GCM", s_aesGcm.Name),
        new("Ed25519", s_ed25519.Name),
        new("X25519", s_x25519.Name),
        new("ML-KEM-768", s_mlKem768.Name),
        new("PBKDF2-HMAC-SHA-512", BclName),
        new("Argon2id", s_argon2id.Name),
    ];

    internal static bool ReadIsManagedForced() =>
        (AppContext.TryGetSwitch(UseManagedSwitch, out var isOn) && isOn)
        || string.Equals(Environment.GetEnvironmentVariable(EnvironmentVariable), "managed", StringComparison.OrdinalIgnoreCase);

    private static T Choose<T>(IReadOnlyList<T> providers) => IsManagedForced ? providers[^1] : providers[0];

    private static ProviderSlot<T> Slot<T>(string algorithm, T builtIn, Func<T, string> nameOf, Func<T, bool> passesSelfTest)
        where T : class => new(algorithm, builtIn, nameOf(builtIn), IsManagedForced, passesSelfTest);

    private static T NotNull<T>(T provider)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(provider);
        return provider;
    }
}
