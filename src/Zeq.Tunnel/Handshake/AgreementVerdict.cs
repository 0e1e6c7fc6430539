namespace Zeq.Tunnel;

/// <summary>What comes of checking a peer's bundle. Anything but <see cref="Agreed"/> ends the attempt before the first packet.</summary>
public enum AgreementVerdict
{
    /// <summary>The bundle is the peer's, for this tunnel, and of an allowed suite.</summary>
    Agreed = 0,

    /// <summary><c>SUITE_DOWNGRADED</c>: the bundle is missing, not signed by the pinned key, or names a suite that was not offered or is not allowed. It is not tried again with a weaker one.</summary>
    SuiteDowngraded = 1,

    /// <summary>The bundle is more than 128 Zeqonds old, or from the future.</summary>
    Stale = 2,

    /// <summary>It is signed, but for another tunnel, origin or machine.</summary>
    OtherTunnel = 3,

    /// <summary>The ML-KEM key fails the check of FIPS 203 §7.2, or is there where the suite has none.</summary>
    BadKemKey = 4,
}
