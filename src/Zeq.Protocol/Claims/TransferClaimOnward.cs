namespace Zeq.Protocol;

/// <summary>Records that a claim is about to be moved onward at its home (spec 10 §5, spec 05 rules 12 and 13).</summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Home">The coin's home.</param>
/// <param name="Token">The coin.</param>
/// <param name="SpendSeq">The height of the claim as it was read; another one by now is refused.</param>
/// <param name="To">The recipient.</param>
/// <param name="ToOrigin">The recipient's home; null means the coin's home.</param>
public sealed record OpenClaimTransfer(Caller Caller, Origin Home, TokenId Token, long SpendSeq, Zid To, Origin? ToOrigin) : Command<PeerStep>
{
    private string StepId => PeerStep.IdOf(PeerStepKind.Transfer, Home, Token, SpendSeq, Caller.Zid);

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.Add(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Caller.Zid)).Add(PeerStep.Table, StepId).Add(IdentityRow.Table, To.Text);

    /// <inheritdoc/>
    public override Decision<PeerStep> Decide(Workspace home, Moment now)
    {
        Origin here = home.Context.Origin;
        if (home.Find(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Caller.Zid)) is not { } claim)
        {
            return Reject(RejectionCode.ClaimNotFound, "There is no such claim.");
        }

        PeerStep? step = home.Find(PeerStep.Table, StepId);
        bool isSame = step is not null && step.To == To && step.ToOrigin == ToOrigin;
        if (claim.SpendSeq != SpendSeq)
        {
            return Reject(RejectionCode.Superseded, "The claim changed meanwhile.");
        }

        switch (claim.Status)
        {
            case ClaimStatus.InFlight when isSame:
            case ClaimStatus.Spent when isSame && step!.Status == PeerStepStatus.Done:
                return Accept(step!);
            case ClaimStatus.InFlight:
                return Reject(RejectionCode.InFlight, "A move of this coin to someone else is under way.");
            case ClaimStatus.Spent or ClaimStatus.Superseded:
                return Reject(RejectionCode.Superseded, "The coin has moved on.");
        }

        bool isKnownHere = home.Find(IdentityRow.Table, To.Text) is not null;
        if (To.IsSystem)
        {
            return Reject(RejectionCode.InvalidRecipient, "System ZIDs receive no transfers.");
        }

        if (To == Caller.Zid && ToOrigin == here)
        {
            return Reject(RejectionCode.SelfTransfer, "The coin would go to who holds it.");
        }

        if (ToOrigin == here && !isKnownHere)
        {
            return Reject(RejectionCode.RecipientNotFound, "The recipient does not exist here.");
        }

        if (ToOrigin is null && isKnownHere)
        {
            return Reject(RejectionCode.AmbiguousRecipient, "This ZID exists here too: say to_origin, since without it the coin's home is meant.");
        }

        home.Put(ClaimRow.Table, claim with { Status = ClaimStatus.InFlight, Zeqond = now.Zeqond });
        var opened = new PeerStep(
            StepId, PeerStepKind.Transfer, Home, Token, SpendSeq, Caller.Zid, To, ToOrigin, null, [], PeerStepStatus.Open, null,
            step?.Created ?? now.Zeqond, 0, new Zeqond(now.Zeqond.Value + ImportSteps.GraceZeqonds));
        return Accept(home.Put(PeerStep.Table, opened));
    }
}

/// <summary>
/// The coin's home moved it onward: the claim is spent. Where the new holder is here too, the import of the new claim is recorded in the
/// same step, so that no crash can lose the ticket.
/// </summary>
/// <param name="StepId">The move.</param>
/// <param name="Holder">Who moved it.</param>
/// <param name="Receipt">The home's receipt of the move.</param>
/// <param name="SealedAnswer">The answer with the fresh ticket, sealed for the step.</param>
/// <param name="SealedImport">Acceptance and ticket of the new holder's import, sealed for that step; null where the new holder is elsewhere.</param>
public sealed record SettleClaimTransfer(string StepId, Zid Holder, Receipt Receipt, byte[] SealedAnswer, byte[]? SealedImport) : Command<PeerStep>
{
    private string ImportId => PeerStep.IdOf(PeerStepKind.Import, Receipt.HomeOrigin, Receipt.TokenId, Receipt.SpendSeq, Receipt.To);

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now)
    {
        keys.Add(PeerStep.Table, StepId).Add(ClaimRow.Table, ClaimRow.KeyOf(Receipt.HomeOrigin, Receipt.TokenId, Holder)).AddChain(Holder.OwnMachine);
        if (SealedImport is not null)
        {
            keys.Add(PeerStep.Table, ImportId);
        }
    }

    /// <inheritdoc/>
    public override Decision<PeerStep> Decide(Workspace home, Moment now)
    {
        PeerStep step = home.Find(PeerStep.Table, StepId) ?? throw new InvalidOperationException("A move that was never recorded.");
        if (step.Status == PeerStepStatus.Done)
        {
            return Accept(step);
        }

        // Meanwhile the coin may have come back and been accepted at a new height: that claim is another one, and stays.
        if (home.Find(ClaimRow.Table, ClaimRow.KeyOf(Receipt.HomeOrigin, Receipt.TokenId, Holder)) is { } claim && claim.SpendSeq == step.SpendSeq)
        {
            home.Put(ClaimRow.Table, claim with { Status = ClaimStatus.Spent, Zeqond = now.Zeqond });
            home.AppendRow(Holder.OwnMachine, "claim_spent", ChainPayload(claim), new Actor(Holder.Text, "zeq-sys"), now);
        }

        if (SealedImport is not null && home.Find(PeerStep.Table, ImportId) is null)
        {
            home.Put(PeerStep.Table, ImportSteps.New(Receipt, SealedImport, now.Zeqond, now));
        }

        return Accept(home.Put(PeerStep.Table, step with { Status = PeerStepStatus.Done, Receipt = Receipt.ToPayload().ToCanonicalText(), Sealed = SealedAnswer }));
    }

    private string ChainPayload(ClaimRow claim) => new Payload()
        .Add("home_origin", Receipt.HomeOrigin.Text)
        .Add("spend_seq", Receipt.SpendSeq)
        .Add("to", Receipt.To.Text)
        .Add("to_origin", Receipt.ToOrigin.Text)
        .Add("token_id", Receipt.TokenId.Text)
        .Add("value_zqt", claim.ValueZqt)
        .ToCanonicalText();
}

/// <summary>What the coin's home says of a claim now (spec 10 §5, spec 05 rule 12).</summary>
/// <param name="Home">The coin's home.</param>
/// <param name="Token">The coin.</param>
/// <param name="Holder">The ZID here.</param>
/// <param name="SeenSeq">The claim's height as it was read before the home was asked.</param>
/// <param name="SpendSeq">The height at the home.</param>
/// <param name="SealedTicket">The ticket of that height, sealed; null where the home gave none.</param>
public sealed record RefreshClaim(Origin Home, TokenId Token, Zid Holder, long SeenSeq, long SpendSeq, byte[]? SealedTicket) : Command<ClaimRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Holder))
        .Add(SealedSecret.Table, SealedSecret.KeyOf(Holder, ClaimRow.TicketName(Home, Token)));

    /// <inheritdoc/>
    public override Decision<ClaimRow> Decide(Workspace home, Moment now)
    {
        if (home.Find(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Holder)) is not { } claim)
        {
            return Reject(RejectionCode.ClaimNotFound, "There is no such claim.");
        }

        // An answer of before the claim changed says nothing of it; and a lower height, at a home whose store went back, counts only with
        // its ticket.
        bool isLower = SpendSeq < claim.SpendSeq;
        if (claim.Status is ClaimStatus.InFlight or ClaimStatus.Spent || claim.SpendSeq != SeenSeq || (isLower && SealedTicket is null))
        {
            return Accept(claim);
        }

        // What the home says once may be a mistake of its own: the ticket stays where the home gives no other for it.
        bool isHeld = SealedTicket is not null || SpendSeq == claim.SpendSeq;
        ClaimRow fresh = claim with { Status = isHeld ? ClaimStatus.Held : ClaimStatus.Superseded, SpendSeq = isHeld ? SpendSeq : claim.SpendSeq };
        if (SealedTicket is not null && SpendSeq != claim.SpendSeq)
        {
            home.Put(SealedSecret.Table, new SealedSecret(Holder, ClaimRow.TicketName(Home, Token), SpendSeq, SealedTicket));
        }

        return Accept(fresh == claim ? claim : home.Put(ClaimRow.Table, fresh with { Zeqond = now.Zeqond }));
    }
}

/// <summary>
/// Publishes a held claim: a row with a public payload that points to the coin's home (spec 10 §5, spec 05 rule 28). Private until then.
/// </summary>
/// <param name="Caller">Who asks, with a wallet key.</param>
/// <param name="Home">The coin's home.</param>
/// <param name="Token">The coin.</param>
/// <param name="IncludeSender">Whether the sender's receipt is shown too.</param>
public sealed record PublishClaim(Caller Caller, Origin Home, TokenId Token, bool IncludeSender) : Command<ClaimRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.Add(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Caller.Zid)).AddChain(Caller.Zid.OwnMachine);

    /// <inheritdoc/>
    public override Decision<ClaimRow> Decide(Workspace home, Moment now)
    {
        if (home.Find(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Caller.Zid)) is not { } claim)
        {
            return Reject(RejectionCode.ClaimNotFound, "There is no such claim.");
        }

        string what = string.Create(global::System.Globalization.CultureInfo.InvariantCulture, $"{claim.SpendSeq}:{(IncludeSender ? "sender" : "holder")}");
        if (claim.Published == what)
        {
            return Accept(claim);
        }

        if (claim.Status is not ClaimStatus.Held)
        {
            return Reject(RejectionCode.Superseded, "Only a held claim can be published.");
        }

        var payload = new Payload()
            .Add("authority", $"{Home.Text}/api/tally/envelopes/{Token.Text}/authority")
            .Add("home_origin", Home.Text)
            .Add("receipt", ReceiptJson.Parse(claim.Acceptance).ToPayload())
            .Add("token_id", Token.Text)
            .Add("value_zqt", claim.ValueZqt);
        if (IncludeSender)
        {
            payload.Add("sender_receipt", ReceiptJson.Parse(claim.Payment).ToPayload());
        }

        ChainRow row = home.AppendRow(Caller.Zid.OwnMachine, "claim_published", payload.ToCanonicalText(), Caller.Actor, now, isPublicPayload: true);
        return Accept(home.Put(ClaimRow.Table, claim with { Published = what, PublishedSeq = row.Seq }));
    }
}
