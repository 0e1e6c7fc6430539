namespace Zeq.Tunnel;

/// <summary>The first byte of a control packet (spec 06 rule 5); a receiver ignores every other value.</summary>
internal enum ControlOp : byte
{
    /// <summary>Eight random bytes that the peer sends back from where it received them.</summary>
    PathChallenge = 1,

    /// <summary>The eight bytes of a challenge.</summary>
    PathResponse = 2,

    /// <summary>The peer goes away.</summary>
    Close = 3,
}
