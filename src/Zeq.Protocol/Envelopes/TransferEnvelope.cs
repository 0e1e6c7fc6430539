namespace Zeq.Protocol;

/// <summary>A holder at home sends a whole coin to a ZID of this or another home (spec 10 §4).</summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Token">The coin.</param>
/// <param name="To">The recipient.</param>
/// <param name="ToOrigin">The recipient's home; null means this one.</param>
/// <param name="HeldOnArrival">
/// Whether the caller held the coin when the request came in: a loser of a race is told <see cref="RejectionCode.NotOwner"/>, everybody
/// else sees another's coin like one that does not exist (spec 05 rule 27).
/// </param>
public sealed record TransferEnvelope(Caller Caller, TokenId Token, Zid To, Origin? ToOrigin, bool HeldOnArrival) : Command<MoveResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token, Caller.Zid, To);

    /// <inheritdoc/>
    public override Decision<MoveResult> Decide(Workspace home, Moment now)
    {
        Origin here = home.Context.Origin;
        Origin toOrigin = ToOrigin ?? here;
        if (To.IsSystem)
        {
            return Reject(RejectionCode.InvalidRecipient, "System ZIDs receive no transfers.");
        }

        if (To == Caller.Zid && toOrigin == here)
        {
            return Reject(RejectionCode.SelfTransfer, "The coin would go to who holds it.");
        }

        if (home.Find(Envelope.Table, Token.Text) is not { } coin)
        {
            return Reject(RejectionCode.TokenNotFound, "This coin does not exist, or is not yours.");
        }

        Move last = home.LastMove(Token);
        if (last is { Kind: MoveKind.Transfer, Means: MoveMeans.Account } && last.From == Caller.Zid && last.FromOrigin == here
            && last.To == To && last.ToOrigin == toOrigin && coin.Status == EnvelopeStatus.Active)
        {
            return Accept(MoveResult.Of(coin, last, home.Context));
        }

        if (!coin.IsHeldBy(Caller.Zid, here))
        {
            return HeldOnArrival
                ? Reject(RejectionCode.NotOwner, "The coin went to someone else meanwhile.")
                : Reject(RejectionCode.TokenNotFound, "This coin does not exist, or is not yours.");
        }

        if (toOrigin == here && home.Find(IdentityRow.Table, To.Text) is null)
        {
            return Reject(RejectionCode.RecipientNotFound, "The recipient does not exist here.");
        }

        if (coin.Status != EnvelopeStatus.Active)
        {
            return Reject(RejectionCode.NotActive, "The coin is not active.");
        }

        if (coin.IsStakedAt(now.Zeqond))
        {
            return Reject(RejectionCode.Staked, "The coin is staked in an open vote.");
        }

        Move move = home.MoveCoin(coin, MoveKind.Transfer, To, toOrigin, MoveMeans.Account, null, null, Caller.Actor, now);
        return Accept(MoveResult.Of(home.Find(Envelope.Table, Token.Text)!, move, home.Context));
    }
}

/// <summary>The sender takes a payment back that nobody has accepted (spec 05 rule 10).</summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Token">The coin.</param>
/// <param name="WasSender">Whether the caller ever sent this coin: everybody else sees it like one that does not exist.</param>
/// <param name="BeforeEpoch">Where the newest moves only raised the height after restores: the move before them.</param>
public sealed record RecallEnvelope(Caller Caller, TokenId Token, bool WasSender, Move? BeforeEpoch = null) : Command<MoveResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token, Caller.Zid);

    /// <inheritdoc/>
    public override Decision<MoveResult> Decide(Workspace home, Moment now)
    {
        Origin here = home.Context.Origin;
        if (home.Find(Envelope.Table, Token.Text) is not { } coin || !WasSender)
        {
            return Reject(RejectionCode.TokenNotFound, "This coin does not exist, or is not yours.");
        }

        Move last = home.LastMove(Token);
        if (last.Kind == MoveKind.Recall && last.To == Caller.Zid)
        {
            return Accept(MoveResult.Of(coin, last, home.Context));
        }

        last = home.LastMoveBelowEpochs(Token, BeforeEpoch);
        bool isOpenPayment = last is { Kind: MoveKind.Transfer, Means: MoveMeans.Account } && last.From == Caller.Zid && last.FromOrigin == here && last.ToOrigin != here;
        if (!isOpenPayment || coin.Status != EnvelopeStatus.Active)
        {
            return Reject(RejectionCode.TicketSpent, "The payment was accepted, or the coin moved on; it cannot be taken back.");
        }

        Move move = home.MoveCoin(coin, MoveKind.Recall, Caller.Zid, here, MoveMeans.Account, null, null, Caller.Actor, now);
        return Accept(MoveResult.Of(home.Find(Envelope.Table, Token.Text)!, move, home.Context));
    }
}
