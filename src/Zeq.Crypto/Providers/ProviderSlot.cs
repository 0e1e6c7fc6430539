namespace Zeq.Crypto;

/// <summary>
/// The place of one algorithm's implementation: this library's choice, or one that the application registered before anybody used the algorithm. The first use settles it
/// for the life of the process, so that no two calls ever run in different implementations. Thread-safe.
/// </summary>
/// <param name="algorithm">The standard name.</param>
/// <param name="builtIn">What runs where nothing is registered.</param>
/// <param name="builtInName">Its name.</param>
/// <param name="isManagedForced">Whether the managed implementations are forced, which leaves no choice to register for.</param>
/// <param name="passesSelfTest">Whether an implementation computes known answers.</param>
internal sealed class ProviderSlot<T>(string algorithm, T builtIn, string builtInName, bool isManagedForced, Func<T, bool> passesSelfTest)
    where T : class
{
    private const int MaxNameChars = 100;
    private readonly Lock _lock = new();
    private T _chosen = builtIn;
    private string _name = builtInName;
    private bool _isRegistered;
    private volatile T? _inUse;

    /// <summary>The implementation that runs the algorithm. Settles it.</summary>
    internal T Current => _inUse ?? Settle();

    /// <summary>Its name. Settles it too: what was shown must stay true.</summary>
    internal string Name
    {
        get
        {
            _ = Current;
            return _name;
        }
    }

    /// <summary>Chooses <paramref name="provider"/> in place of this library's own.</summary>
    /// <exception cref="ArgumentException">The name is not fit to be shown, or the self-test fails.</exception>
    /// <exception cref="InvalidOperationException">Too late, a second time, or the managed implementations are forced.</exception>
    internal void Register(T provider, string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaxNameChars || name.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException($"The name of a provider is 1 to {MaxNameChars} printable ASCII characters.", nameof(provider));
        }

        lock (_lock)
        {
            RequireOpen();
        }

        // Outside of the lock: foreign code runs here, and others may want to use the algorithm meanwhile. Then they have settled it.
        Test(provider, name);
        lock (_lock)
        {
            RequireOpen();
            _chosen = provider;
            _name = name;
            _isRegistered = true;
        }
    }

    private T Settle()
    {
        lock (_lock)
        {
            return _inUse ??= _chosen;
        }
    }

    private void RequireOpen()
    {
        if (isManagedForced)
        {
            throw new InvalidOperationException(
                $"The managed implementations are forced ({CryptoProvider.EnvironmentVariable} or {CryptoProvider.UseManagedSwitch}), so no provider of {algorithm} can be registered.");
        }

        if (_isRegistered)
        {
            throw new InvalidOperationException($"A provider of {algorithm} is registered already: {_name}.");
        }

        if (_inUse is not null)
        {
            throw new InvalidOperationException($"{algorithm} was used already, by {_name}: providers are registered before the first use, at the start of the process.");
        }
    }

    private void Test(T provider, string name)
    {
        bool isRight;
        try
        {
            isRight = passesSelfTest(provider);
        }
        catch (Exception failure)
        {
            throw new ArgumentException($"{name} fails the self-test of {algorithm} with an exception; it is not registered.", nameof(provider), failure);
        }

        if (!isRight)
        {
            throw new ArgumentException($"{name} fails the self-test of {algorithm}: it does not compute a known answer. It is not registered.", nameof(provider));
        }
    }
}
