namespace Zeq.Tunnel;

/// <summary>The limits of a session, each in its one place (spec 06 rule 5, spec 51 §6 and §7). Tests shrink them; nothing else does.</summary>
internal sealed record TunnelLimits
{
    public static TunnelLimits Spec { get; } = new();

    /// <summary>Packets that a sender seals under one epoch.</summary>
    public long EpochPackets { get; init; } = 1L << 28;

    /// <summary>Blocks of 16 bytes that a sender seals under one epoch.</summary>
    public long EpochBlocks { get; init; } = 1L << 36;

    /// <summary>The age at which the next packet goes out under the next epoch.</summary>
    public long EpochAgeMs { get; init; } = 120_000;

    /// <summary>The last epoch of a session; there is none after it.</summary>
    public int LastEpoch { get; init; } = 255;

    /// <summary>How far ahead of the current epoch a receiver derives keys.</summary>
    public int EpochsAhead { get; init; } = 16;

    /// <summary>How long a receiver keeps the epoch before the current one.</summary>
    public long PreviousEpochMs { get; init; } = 60_000;

    /// <summary>The least time between two derivations of a key that is more than one epoch ahead: a forger makes no more work than this.</summary>
    public long FarEpochEveryMs { get; init; } = 125;

    /// <summary>Packets that failed to open before the session ends.</summary>
    public long FailedOpens { get; init; } = 1L << 36;

    /// <summary>The epoch and the age at which the initiator makes a new session.</summary>
    public int RehandshakeEpoch { get; init; } = 200;

    public long RehandshakeAgeMs { get; init; } = 3_600_000;

    /// <summary>The age at which a session seals and opens nothing more.</summary>
    public long DeadAgeMs { get; init; } = 3_960_000;

    /// <summary>How long a key that was stepped past stays for a thread that is just sealing with it.</summary>
    public long RetiredKeyMs { get; init; } = 1_000;
}
