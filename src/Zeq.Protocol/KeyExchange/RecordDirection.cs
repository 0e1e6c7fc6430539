namespace Zeq.Protocol;

/// <summary>Which way the records of a session go (spec 30 §2). Each way has its own keys and its own counter.</summary>
public enum RecordDirection
{
    /// <summary>From the initiator to the responder, <c>i2r</c>.</summary>
    InitiatorToResponder,

    /// <summary>From the responder to the initiator, <c>r2i</c>.</summary>
    ResponderToInitiator,
}
