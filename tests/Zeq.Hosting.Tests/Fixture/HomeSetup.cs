using Zeq.Protocol;

namespace Zeq.Hosting.Tests;

/// <summary>How a <see cref="TestHome"/> is set up; what is not said is made fit for tests.</summary>
internal sealed record HomeSetup
{
    /// <summary>What registration gives; free fuel is spent first and its envelopes go to the Foundation, so tests take none.</summary>
    public long FreeCredits { get; init; }

    /// <summary>The clock; null: the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>Whether the store is in memory; otherwise a SQLite file in the home's folder.</summary>
    public bool IsInMemory { get; init; }

    /// <summary>Limits that hold; every bucket that is not named is unlimited.</summary>
    public IReadOnlyDictionary<string, RateLimit> RateLimits { get; init; } = new Dictionary<string, RateLimit>();

    /// <summary>Whether the buckets keep the limits that a home has by itself.</summary>
    public bool KeepsDefaultLimits { get; init; }

    /// <summary>Puts something between the home and its store.</summary>
    public Func<IHomeStore, IHomeStore>? WrapStore { get; init; }

    /// <summary>Changes the options last, at every start.</summary>
    public Action<ZeqOptions>? Configure { get; init; }

    /// <summary>The port; null: a free one.</summary>
    public int? Port { get; init; }
}
