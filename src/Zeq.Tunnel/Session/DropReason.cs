namespace Zeq.Tunnel;

/// <summary>Why a datagram was dropped. Nobody is told; it is counted.</summary>
public enum DropReason
{
    /// <summary>No packet of the tunnel by its length, type, suite or zeros.</summary>
    Malformed = 0,

    /// <summary>A data packet, response or cookie for an index that is not ours.</summary>
    UnknownReceiver = 1,

    /// <summary>An init for a tunnel that is not ours.</summary>
    UnknownLocator = 2,

    /// <summary>A handshake packet whose MAC does not hold, or whose keys lead nowhere.</summary>
    BadHandshake = 3,

    /// <summary>An init whose clock differs from ours by more than 128 Zeqonds.</summary>
    ClockDiffers = 4,

    /// <summary>An init that is not newer than the last one: a replay.</summary>
    StaleInit = 5,

    /// <summary>An init that has to pay with a cookie first.</summary>
    CookieAsked = 6,

    /// <summary>An init within 250 ms of the last one.</summary>
    TooSoon = 7,

    /// <summary>A data packet of an epoch whose key is gone, or too far ahead.</summary>
    StaleEpoch = 8,

    /// <summary>A data packet that was received before, or is older than the replay window.</summary>
    Replayed = 9,

    /// <summary>A data packet whose tag does not hold.</summary>
    Forged = 10,

    /// <summary>A data packet for a session that is over.</summary>
    Ended = 11,

    /// <summary>Authentic, but of an unknown kind, or no IP packet that fits what holds it.</summary>
    Ignored = 12,

    /// <summary>A packet that the routes of the loop refuse, such as one with another inner source.</summary>
    NotAllowed = 13,

    /// <summary>A packet of the device for which there is no session.</summary>
    NoSession = 14,
}
