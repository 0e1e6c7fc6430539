namespace Zeq.Protocol;

/// <summary>How a <see cref="Home"/> runs.</summary>
public sealed record HomeOptions
{
    /// <summary>The most commands of one batch; default 256, at least 1.</summary>
    public int BatchSize { get; init; } = 256;

    /// <summary>The most commands that wait; one more is refused with <see cref="RejectionCode.Busy"/>. Default 4,096.</summary>
    public int QueueCapacity { get; init; } = 4_096;

    /// <summary>The clock. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Watches the clock; null: nobody does.</summary>
    public ClockGuard? Clock { get; init; }

    /// <summary>Fills the seeds of decisions; default the system's generator of secrets. A simulator gives its own.</summary>
    public Action<byte[]> FillSeed { get; init; } = static seed => System.Security.Cryptography.RandomNumberGenerator.Fill(seed);

    /// <summary>Told of a command that threw: a bug of that command. Gets the command's type name; must not throw.</summary>
    public Action<string, Exception>? OnCommandFault { get; init; }

    /// <summary>Told of a batch that the store failed to take; must not throw.</summary>
    public Action<StoreException>? OnStoreFault { get; init; }

    /// <summary>Handed what a commit changed, in commit order; must not throw or block.</summary>
    public Action<IReadOnlyList<Change>>? OnCommitted { get; init; }
}
