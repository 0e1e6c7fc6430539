using Zeq.Protocol;

namespace Zeq.Client;

/// <summary>A key exchange ended without a session: the other side is not who was meant, or somebody changed something on the way.</summary>
public sealed class KeyExchangeException : Exception
{
    internal KeyExchangeException(KeyExchangeStatus status)
        : base(status switch
        {
            KeyExchangeStatus.PinMismatch => "The machine shows another key than the pinned one.",
            KeyExchangeStatus.NotWitnessed => "No witnessed checkpoint carries the machine's key.",
            KeyExchangeStatus.ConfirmationRefused => "The confirmation does not hold: the other side does not have the key, or something was changed on the way.",
            _ => "The answer is not one of this exchange.",
        }) => Status = status;

    /// <summary>Why; never Ok.</summary>
    public KeyExchangeStatus Status { get; }
}
