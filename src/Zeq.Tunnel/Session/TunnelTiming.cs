namespace Zeq.Tunnel;

/// <summary>The times of a tunnel's conversation in milliseconds (spec 50 §2, spec 51 §6 and §7, spec 06 rules 7 and 11).</summary>
internal static class TunnelTiming
{
    public const long RetryMs = 5_000;
    public const int RetryJitterMs = 334;
    public const long ConfirmEveryMs = 1_000;
    public const long UnconfirmedMs = 10_000;
    public const long OldSessionMs = 60_000;
    public const long SilenceMs = 15_000;
    public const long PassiveKeepaliveMs = 10_000;
    public const long PersistentKeepaliveMs = 25_000;
    public const long InitEveryMs = 250;
    public const long MaxStampZeqonds = 128;
    public const long CookieMs = 120_000;
    public const long ClockLogEveryMs = 60_000;

    public const int UnansweredInits = 8;
    public const long UnansweredInitsMs = 60_000;

    public const long ChallengeEveryMs = 1_000;
    public const int Challenges = 3;
    public const int PathAmplification = 3;
    public const int ChallengeSizeBytes = 8;
}
