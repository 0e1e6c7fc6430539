namespace Zeq.Client;

/// <summary>
/// What a home allows itself when it calls homes of strangers (spec 00, "Talking to another home"; spec 05 rule 15).
/// Immutable; the defaults are the specification's.
/// </summary>
public sealed record PeerPolicy
{
    /// <summary>
    /// Development and tests only: permits <c>http</c> origins and the loopback addresses 127.0.0.0/8 and ::1. Every other
    /// address that is not public stays refused. Default false.
    /// </summary>
    public bool AllowLoopback { get; init; }

    /// <summary>The only origins that may be called, in canonical form; empty (the default) is any https origin.</summary>
    public IReadOnlyCollection<string> AllowedOrigins { get; init; } = [];

    /// <summary>Time for a call in all: waiting, name, connection, TLS, headers, body and retries. Default 5 s; at most 60 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest body of an answer. Default 65,536; 1 to 16 MiB.</summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024;

    /// <summary>Longest status line and headers of an answer, in KiB. Default 16; 1 to 1,024.</summary>
    public int MaxHeaderKib { get; init; } = 16;

    /// <summary>Calls to one peer at a time. Default 4.</summary>
    public int MaxConcurrentPerPeer { get; init; } = 4;

    /// <summary>Calls at a time in all. Default 64.</summary>
    public int MaxConcurrentTotal { get; init; } = 64;

    /// <summary>Calls under way or waiting for one <see cref="PeerRequest.Key"/>. Default 2.</summary>
    public int MaxConcurrentPerKey { get; init; } = 2;

    /// <summary>Calls to one peer that may wait for a free place. Default 16; 0 refuses at once.</summary>
    public int MaxWaitingPerPeer { get; init; } = 16;

    /// <summary>Calls in all that may wait for a free place. Default 256; 0 refuses at once.</summary>
    public int MaxWaitingTotal { get; init; } = 256;

    /// <summary>How often an idempotent call is tried at most. Default 3; 1 to 10.</summary>
    public int MaxTries { get; init; } = 3;

    /// <summary>Pause before the second try, doubled before each later one, then jittered by half. Default 100 ms.</summary>
    public TimeSpan FirstBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Failures in a row that open a peer's breaker. Default 5.</summary>
    public int BreakerFailures { get; init; } = 5;

    /// <summary>How long a breaker stays open the first time; doubles with each failed probe. Default 10 s.</summary>
    public TimeSpan BreakerFirstOpen { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a breaker stays open at most. Default 5 minutes.</summary>
    public TimeSpan BreakerLongestOpen { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Peers the breaker remembers; the least recently used is forgotten first. Default 4,096.</summary>
    public int BreakerTableSize { get; init; } = 4096;

    /// <summary>Throws where a value is outside its range.</summary>
    /// <exception cref="ArgumentException">A value is outside its range or an allowed origin is malformed.</exception>
    internal void Validate()
    {
        InRange(Timeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(60), nameof(Timeout));
        InRange(MaxAnswerBytes, 1, 16 << 20, nameof(MaxAnswerBytes));
        InRange(MaxHeaderKib, 1, 1024, nameof(MaxHeaderKib));
        InRange(MaxConcurrentPerPeer, 1, 1 << 20, nameof(MaxConcurrentPerPeer));
        InRange(MaxConcurrentTotal, 1, 1 << 20, nameof(MaxConcurrentTotal));
        InRange(MaxConcurrentPerKey, 1, 1 << 20, nameof(MaxConcurrentPerKey));
        InRange(MaxWaitingPerPeer, 0, 1 << 20, nameof(MaxWaitingPerPeer));
        InRange(MaxWaitingTotal, 0, 1 << 20, nameof(MaxWaitingTotal));
        InRange(MaxTries, 1, 10, nameof(MaxTries));
        InRange(FirstBackoff, TimeSpan.Zero, TimeSpan.FromSeconds(60), nameof(FirstBackoff));
        InRange(BreakerFailures, 1, 1 << 20, nameof(BreakerFailures));
        InRange(BreakerFirstOpen, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1), nameof(BreakerFirstOpen));
        InRange(BreakerLongestOpen, BreakerFirstOpen, TimeSpan.FromDays(1), nameof(BreakerLongestOpen));
        InRange(BreakerTableSize, 1, 1 << 20, nameof(BreakerTableSize));
        foreach (var origin in AllowedOrigins)
        {
            if (!PeerOrigin.TryParse(origin, AllowLoopback, out _))
            {
                throw new ArgumentException($"'{origin}' is not an origin in canonical form.", nameof(AllowedOrigins));
            }
        }
    }

    private static void InRange<T>(T value, T least, T most, string name) where T : IComparable<T>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
    }
}
