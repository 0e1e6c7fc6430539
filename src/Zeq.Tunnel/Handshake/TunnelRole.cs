namespace Zeq.Tunnel;

/// <summary>Who begins (spec 51 §1): roles never change in the life of a tunnel.</summary>
public enum TunnelRole
{
    /// <summary>The requester: only it sends type 1.</summary>
    Initiator = 0,

    /// <summary>The accepter: only it sends type 2.</summary>
    Responder = 1,
}
