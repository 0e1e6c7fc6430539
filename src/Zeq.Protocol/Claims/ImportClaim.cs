namespace Zeq.Protocol;

/// <summary>Records that a coin is about to be accepted at its home, before anything is sent there (spec 10 §5).</summary>
/// <param name="Receipt">The sender's receipt; its <c>to</c> is the recipient here.</param>
/// <param name="Sealed">Acceptance and ticket, sealed for the step.</param>
public sealed record OpenImport(Receipt Receipt, byte[] Sealed) : Command<PeerStep>
{
    private string StepId => PeerStep.IdOf(PeerStepKind.Import, Receipt.HomeOrigin, Receipt.TokenId, Receipt.SpendSeq, Receipt.To);

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(PeerStep.Table, StepId).Add(IdentityRow.Table, Receipt.To.Text);

    /// <inheritdoc/>
    public override Decision<PeerStep> Decide(Workspace home, Moment now)
    {
        if (home.Find(IdentityRow.Table, Receipt.To.Text) is null)
        {
            return Reject(RejectionCode.RecipientNotFound, "The recipient does not exist here.");
        }

        // A step keeps its first acceptance: it may have reached the home already, also where the home says no by now.
        PeerStep? step = home.Find(PeerStep.Table, StepId);
        return step switch
        {
            null => Accept(home.Put(PeerStep.Table, ImportSteps.New(Receipt, Sealed, now.Zeqond, now))),
            { Status: PeerStepStatus.Refused } => Accept(home.Put(PeerStep.Table, ImportSteps.New(ReceiptJson.Parse(step.Receipt!), step.Sealed, step.Created, now))),
            _ => Accept(step),
        };
    }
}

/// <summary>The record of an import.</summary>
internal static class ImportSteps
{
    /// <summary>How long a worker leaves a fresh step to the request that made it, in Zeqonds.</summary>
    public const long GraceZeqonds = 10;

    public static PeerStep New(Receipt receipt, byte[] sealedSecrets, Zeqond created, Moment now) => new(
        PeerStep.IdOf(PeerStepKind.Import, receipt.HomeOrigin, receipt.TokenId, receipt.SpendSeq, receipt.To), PeerStepKind.Import, receipt.HomeOrigin,
        receipt.TokenId, receipt.SpendSeq, receipt.To, receipt.To, receipt.ToOrigin, receipt.ToPayload().ToCanonicalText(), sealedSecrets,
        PeerStepStatus.Open, null, created, 0, new Zeqond(now.Zeqond.Value + GraceZeqonds));
}

/// <summary>The coin's home accepted: the claim is held, and its fresh ticket is sealed.</summary>
/// <param name="StepId">The import.</param>
/// <param name="Holder">For whom.</param>
/// <param name="Acceptance">The receipt of the acceptance.</param>
/// <param name="ValueZqt">The coin's value by its home's word.</param>
/// <param name="IsTrusted">Whether the home is a trusted issuer, whose proof of the coin was checked.</param>
/// <param name="SealedTicket">The fresh ticket, sealed with the new height as its version.</param>
public sealed record SettleImport(string StepId, Zid Holder, Receipt Acceptance, long ValueZqt, bool IsTrusted, byte[] SealedTicket) : Command<ClaimRow>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(PeerStep.Table, StepId)
        .Add(ClaimRow.Table, ClaimRow.KeyOf(Acceptance.HomeOrigin, Acceptance.TokenId, Holder))
        .Add(SealedSecret.Table, SealedSecret.KeyOf(Holder, ClaimRow.TicketName(Acceptance.HomeOrigin, Acceptance.TokenId)))
        .AddChain(Holder.OwnMachine);

    /// <inheritdoc/>
    public override Decision<ClaimRow> Decide(Workspace home, Moment now)
    {
        PeerStep step = home.Find(PeerStep.Table, StepId) ?? throw new InvalidOperationException("An import that was never recorded.");
        ClaimRow? known = home.Find(ClaimRow.Table, ClaimRow.KeyOf(Acceptance.HomeOrigin, Acceptance.TokenId, Holder));
        if (known is not null && (step.Status == PeerStepStatus.Done || known.SpendSeq >= Acceptance.SpendSeq))
        {
            home.Put(PeerStep.Table, step with { Status = PeerStepStatus.Done, Sealed = [] });
            return Accept(known);
        }

        Receipt payment = ReceiptJson.Parse(step.Receipt!);
        home.AppendRow(Holder.OwnMachine, "claim_imported", ChainPayload(payment), new Actor(Holder.Text, "zeq-sys"), now);
        string ticket = ClaimRow.TicketName(Acceptance.HomeOrigin, Acceptance.TokenId);
        home.Put(SealedSecret.Table, new SealedSecret(Holder, ticket, Acceptance.SpendSeq, SealedTicket));
        home.Put(PeerStep.Table, step with { Status = PeerStepStatus.Done, Sealed = [] });
        return Accept(home.Put(ClaimRow.Table, new ClaimRow(
            Acceptance.HomeOrigin, Acceptance.TokenId, Holder, ValueZqt, IsTrusted, Acceptance.SpendSeq, ClaimStatus.Held, now.Zeqond,
            Acceptance.ToPayload().ToCanonicalText(), step.Receipt!, null, null)));
    }

    private string ChainPayload(Receipt payment) => new Payload()
        .Add("from", payment.From.Text)
        .Add("home_origin", Acceptance.HomeOrigin.Text)
        .Add("issuer", IsTrusted ? "trusted" : "unknown")
        .Add("spend_seq", Acceptance.SpendSeq)
        .Add("to", Holder.Text)
        .Add("token_id", Acceptance.TokenId.Text)
        .Add("value_zqt", ValueZqt)
        .ToCanonicalText();
}

/// <summary>The other home said no, for good.</summary>
/// <param name="StepId">The step.</param>
/// <param name="Home">The coin's home.</param>
/// <param name="Token">The coin.</param>
/// <param name="Zid">For whom.</param>
/// <param name="Why">What it said.</param>
public sealed record RefuseStep(string StepId, Origin Home, TokenId Token, Zid Zid, Rejection Why) : Command<PeerStep>
{
    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) =>
        keys.Add(PeerStep.Table, StepId).Add(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Zid));

    /// <inheritdoc/>
    public override Decision<PeerStep> Decide(Workspace home, Moment now)
    {
        PeerStep step = home.Find(PeerStep.Table, StepId) ?? throw new InvalidOperationException("A step that was never recorded.");
        if (step.Status != PeerStepStatus.Open)
        {
            return Accept(step);
        }

        // A used ticket means that the coin moved on by other means; after any other refusal the claim is where it was.
        if (step.Kind == PeerStepKind.Transfer && home.Find(ClaimRow.Table, ClaimRow.KeyOf(Home, Token, Zid)) is { Status: ClaimStatus.InFlight } claim
            && claim.SpendSeq == step.SpendSeq)
        {
            bool gone = Why.Code is RejectionCode.TicketSpent or RejectionCode.Superseded;
            home.Put(ClaimRow.Table, claim with { Status = gone ? ClaimStatus.Superseded : ClaimStatus.Held, Zeqond = now.Zeqond });
        }

        // What an import has sealed stays: where the home had accepted before it said no, that acceptance alone opens the coin.
        return Accept(home.Put(PeerStep.Table, step with { Status = PeerStepStatus.Refused, Refusal = $"{Why.Code}|{Why.Message}" }));
    }
}

/// <summary>Another try of a step came to nothing that is known; a worker asks again later.</summary>
/// <param name="StepId">The step.</param>
public sealed record PostponeStep(string StepId) : Command<PeerStep>
{
    private const long FirstWaitZeqonds = 3;

    // Two of these, since a breaker may still be open at the first: settled within 20 Zeqonds of the other home's return (spec 10 §10).
    private const long LongestWaitZeqonds = 8;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(PeerStep.Table, StepId);

    /// <inheritdoc/>
    public override Decision<PeerStep> Decide(Workspace home, Moment now)
    {
        PeerStep step = home.Find(PeerStep.Table, StepId) ?? throw new InvalidOperationException("A step that was never recorded.");
        long wait = Math.Min(LongestWaitZeqonds, FirstWaitZeqonds << (int)Math.Min(step.Attempts, 3));
        return step.Status != PeerStepStatus.Open
            ? Accept(step)
            : Accept(home.Put(PeerStep.Table, step with { Attempts = step.Attempts + 1, NextTry = new Zeqond(now.Zeqond.Value + wait) }));
    }
}
