namespace Zeq.Tunnel;

/// <summary>What a tunnel is doing.</summary>
public enum TunnelState
{
    /// <summary>There is no session, and none is sought: a responder waits, an initiator was not started.</summary>
    Down = 0,

    /// <summary>An initiator seeks a session.</summary>
    Connecting = 1,

    /// <summary>There is a session that both sides confirmed.</summary>
    Up = 2,

    /// <summary>The peer went away; an initiator starts again when it is told to.</summary>
    Closed = 3,
}
