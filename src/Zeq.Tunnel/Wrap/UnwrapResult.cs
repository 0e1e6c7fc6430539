namespace Zeq.Tunnel;

/// <summary>What became of a datagram. Up to <see cref="Ignored"/> it was authentic and is marked as received; the rest were dropped, and nobody is told.</summary>
public enum UnwrapResult
{
    /// <summary>An IP packet, ready for a device.</summary>
    Packet = 0,

    /// <summary>A sign of life without a packet.</summary>
    Keepalive = 1,

    /// <summary>Cover traffic.</summary>
    Cover = 2,

    /// <summary>A control packet: its operation and body.</summary>
    Control = 3,

    /// <summary>Authentic, but of an unknown kind, or an IP packet that does not fit what holds it (spec 06 rule 19).</summary>
    Ignored = 4,

    /// <summary>No data packet by its length, type or reserved bytes.</summary>
    Malformed = 5,

    /// <summary>Addressed to another session.</summary>
    WrongReceiver = 6,

    /// <summary>Of an epoch whose key is gone, or too far ahead.</summary>
    StaleEpoch = 7,

    /// <summary>Received before, or older than the replay window.</summary>
    Replayed = 8,

    /// <summary>The tag does not hold.</summary>
    Forged = 9,

    /// <summary>The session is over: too old, too many forgeries, erased after a clock jump, or disposed of.</summary>
    Ended = 10,
}
