namespace Zeq.Tunnel;

/// <summary>What a session's keys come from (spec 51 §1). There are no others, and none falls back to another.</summary>
public enum TunnelSuite : byte
{
    /// <summary>X25519 and the shared key K: whoever holds K, a broker for one, can pose as either side.</summary>
    Classic = 1,

    /// <summary>X25519, ML-KEM-768 and the shared key K: the default. The holder of K alone reads nothing and poses as nobody.</summary>
    Hybrid = 2,
}
