namespace Zeq.Tunnel;

/// <summary>Which suites this side takes (spec 06 rule 2).</summary>
public enum SuitePolicy
{
    /// <summary>Suite 2 alone, agreed under both machines' keys. The default.</summary>
    Hybrid = 0,

    /// <summary>Suite 1 too: the user's word that the broker may read the tunnel.</summary>
    Any = 1,
}
