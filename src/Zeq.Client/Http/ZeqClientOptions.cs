using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>How a <see cref="ZeqClient"/> reaches its home. Read once, when the client is made. Its text never shows the key.</summary>
public sealed class ZeqClientOptions
{
    /// <summary>The home to talk to. It is also what signatures name: never an origin out of an answer (spec 05 rule 6).</summary>
    public required Origin Origin { get; init; }

    /// <summary>An account, machine or admin key, sent as a bearer key and nowhere else; null calls without one.</summary>
    public string? Key { get; init; }

    /// <summary>The clock of stamps, timeouts and waits. Default: the system's.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long one try may take, its answer included. Default 30 s; above zero, at most an hour.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a call that is safe to repeat is tried where the home cannot be reached or says 503. Default 4; 1 to 16.</summary>
    public int MaxAttempts { get; init; } = 4;

    /// <summary>The wait before the second try; it doubles from try to try. Default 250 ms; zero to 10 s.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait between two tries, also where the home asks for more. Default 10 s; zero to an hour.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether http is taken for hosts other than this machine. Default false: a key on an open wire is anybody's. http to a loopback
    /// address is always allowed.
    /// </summary>
    public bool AllowHttp { get; init; }

    /// <summary>The origin, and whether there is a key.</summary>
    public override string ToString() => $"{Origin} ({(Key is null ? "no key" : "with a key")})";

    internal void Validate()
    {
        _ = Origin.Text;
        ArgumentNullException.ThrowIfNull(TimeProvider);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(AttemptTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(AttemptTimeout, TimeSpan.FromHours(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxAttempts, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(RetryDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RetryDelay, TimeSpan.FromSeconds(10));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRetryDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRetryDelay, TimeSpan.FromHours(1));
        if (!Origin.IsHttps && !AllowHttp && !new Uri(Origin.Text).IsLoopback)
        {
            throw new ArgumentException("The origin is http and not on this machine; a key would travel in the open.");
        }

        // A message of the framework would quote the header's value, so its form is checked here.
        if (Key is { } key && (key.Length is 0 or > 512 || key.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0))
        {
            throw new ArgumentException("The key is 1 to 512 printable ASCII characters without a space.");
        }
    }
}
