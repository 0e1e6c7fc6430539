namespace Zeq.Protocol;

/// <summary>Whether a holder at home may do with a coin what takes it out of others' reach: burn or stake it (spec 10 §7, §8 and §10).</summary>
internal static class Eligibility
{
    /// <summary>Why not, or null where the holder may.</summary>
    /// <param name="coin">The coin, if it exists.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="heldOnArrival">Whether the caller held it when the request came in.</param>
    /// <param name="here">This home.</param>
    /// <param name="now">The time of the decision.</param>
    public static Rejection? Refusal(Envelope? coin, Zid caller, bool heldOnArrival, Origin here, Zeqond now)
    {
        if (coin is null || !coin.IsHeldBy(caller, here))
        {
            return coin is not null && heldOnArrival
                ? new Rejection(RejectionCode.NotOwner, "The coin went to someone else meanwhile.")
                : new Rejection(RejectionCode.TokenNotFound, "This coin does not exist, or is not yours.");
        }

        if (coin.Status != EnvelopeStatus.Active)
        {
            return new Rejection(RejectionCode.NotActive, "The coin is not active.");
        }

        return coin.IsStakedAt(now) ? new Rejection(RejectionCode.Staked, "The coin is staked in an open vote.") : null;
    }
}
