namespace Zeq.Protocol;

/// <summary>The bearer of an exported coin redeems it at its home, and holds it from then on (spec 10 §6).</summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Token">The coin.</param>
/// <param name="SpendSeq">The height of the file.</param>
/// <param name="Ticket">The bearer ticket, 64 hex.</param>
/// <param name="Exporter">Who held the coin when the request came in: whose chain is written too.</param>
public sealed record RedeemEnvelope(Caller Caller, TokenId Token, long SpendSeq, string Ticket, Zid Exporter) : Command<MoveResult>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token, Caller.Zid, Exporter).Add(Supply.Table, Supply.Key);

    /// <inheritdoc/>
    public override Decision<MoveResult> Decide(Workspace home, Moment now)
    {
        if (home.Find(IdentityRow.Table, Caller.Zid.Text) is null)
        {
            return Reject(RejectionCode.RecipientNotFound, "Who redeems is no account here.");
        }

        if (home.Find(Envelope.Table, Token.Text) is not { } coin)
        {
            return Reject(RejectionCode.TokenNotFound, "This coin does not exist here.");
        }

        if (!BearerTicket.Holds(home.Context.Keys.BearerTicket, Token, SpendSeq, Ticket))
        {
            return Reject(RejectionCode.InvalidTicket, "This ticket does not open this coin.");
        }

        Move last = home.LastMove(Token);
        string proof = MoveWriter.ProofHash(Ticket);
        if (coin.Status == EnvelopeStatus.Active && last.Kind == MoveKind.Redeem && last.To == Caller.Zid && last.IsProvenBy(proof))
        {
            return Accept(MoveResult.Of(coin, last, home.Context));
        }

        if (coin.Status == EnvelopeStatus.Migrated)
        {
            return Reject(RejectionCode.AlreadyMigrated, "The coin was redeemed at another home.");
        }

        if (coin.Status != EnvelopeStatus.Bearer || coin.SpendSeq != SpendSeq || coin.IssuedTo != Exporter)
        {
            return Reject(RejectionCode.Superseded, "This copy is no longer good: the coin was redeemed, or taken back.");
        }

        Origin here = home.Context.Origin;
        Move move = home.MoveCoin(coin with { Status = EnvelopeStatus.Active }, MoveKind.Redeem, Caller.Zid, here, MoveMeans.Bearer, proof, null, Caller.Actor, now);
        home.Put(Supply.Table, home.SupplyAt(now).PlusBearer(-coin.ValueZqt));
        return Accept(MoveResult.Of(home.Find(Envelope.Table, Token.Text)!, move, home.Context));
    }

    /// <summary>Never shows the ticket.</summary>
    public override string ToString() => $"{nameof(RedeemEnvelope)} of {Token.Text} at height {SpendSeq}";
}

/// <summary>
/// Another home redeems an exported coin for one of its ZIDs: the coin ends here, and that home mints for it (spec 10 §6). Asked again for
/// the same ZID and home, it is the same migration. Who exported it is still named by the coin's row; where it went, by its last move.
/// </summary>
/// <param name="Token">The coin.</param>
/// <param name="SpendSeq">The height of the file.</param>
/// <param name="Ticket">The bearer ticket, 64 hex.</param>
/// <param name="ToZid">For whom.</param>
/// <param name="ToOrigin">At which home; never this one.</param>
/// <param name="Exporter">Who held the coin when the request came in: whose chain is written.</param>
public sealed record MigrateOut(TokenId Token, long SpendSeq, string Ticket, Zid ToZid, Origin ToOrigin, Zid Exporter) : Command<Migration>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.AddMove(Token, Exporter).Add(Supply.Table, Supply.Key);

    /// <inheritdoc/>
    public override Decision<Migration> Decide(Workspace home, Moment now)
    {
        if (ToOrigin == home.Context.Origin)
        {
            return Reject(RejectionCode.InvalidOrigin, "A coin migrates to another home; here it is redeemed.");
        }

        if (ToZid.IsSystem)
        {
            return Reject(RejectionCode.InvalidRecipient, "System ZIDs redeem no coins.");
        }

        if (home.Find(Envelope.Table, Token.Text) is not { } coin)
        {
            return Reject(RejectionCode.TokenNotFound, "This coin does not exist here.");
        }

        if (!BearerTicket.Holds(home.Context.Keys.BearerTicket, Token, SpendSeq, Ticket))
        {
            return Reject(RejectionCode.InvalidTicket, "This ticket does not open this coin.");
        }

        Move last = home.LastMove(Token);
        string proof = MoveWriter.ProofHash(Ticket);
        if (coin.Status == EnvelopeStatus.Migrated)
        {
            return last.Kind == MoveKind.Migrate && last.To == ToZid && last.ToOrigin == ToOrigin && last.IsProvenBy(proof)
                ? Accept(Migration.Of(coin, last, home.Context))
                : Reject(RejectionCode.AlreadyMigrated, "The coin was redeemed for somebody else.");
        }

        if (coin.Status != EnvelopeStatus.Bearer || coin.SpendSeq != SpendSeq || coin.IssuedTo != Exporter)
        {
            return Reject(RejectionCode.Superseded, "This copy is no longer good: the coin was redeemed, or taken back.");
        }

        Move move = home.MoveCoin(coin with { Status = EnvelopeStatus.Migrated }, MoveKind.Migrate, ToZid, ToOrigin, MoveMeans.Bearer, proof, null, Actor.Home, now);
        Envelope ended = home.Find(Envelope.Table, Token.Text)!;
        home.Put(Envelope.Table, ended with { IssuedTo = coin.IssuedTo, HolderOrigin = coin.HolderOrigin });
        home.Put(Supply.Table, home.SupplyAt(now).PlusMigratedOut(coin.ValueZqt));
        return Accept(Migration.Of(coin, move, home.Context));
    }

    /// <summary>Never shows the ticket.</summary>
    public override string ToString() => $"{nameof(MigrateOut)} of {Token.Text} at height {SpendSeq}";
}
