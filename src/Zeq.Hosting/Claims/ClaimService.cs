using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>What came of a step at another home.</summary>
/// <param name="Value">Its result.</param>
/// <param name="Why">Why there is none.</param>
internal readonly record struct StepResult<T>(T? Value, Rejection? Why)
    where T : class
{
    public static StepResult<T> Of(T value) => new(value, null);

    public static StepResult<T> No(Rejection why) => new(null, why);

    public static StepResult<T> No(RejectionCode code, string message) => new(null, new Rejection(code, message));
}

/// <summary>
/// Coins of other homes that ZIDs of this home hold (spec 10 §5). Each step is recorded before the call and settled after it; asked again
/// after a crash or by the worker, it comes to the same end.
/// </summary>
internal sealed class ClaimService(HomeServices services)
{
    private static readonly Rejection AnsweredOther = new(RejectionCode.PeerUnreachable, "The coin's home answered for something else.");

    private readonly IdempotencyGate _gate = new();

    private Home Home => services.Home;

    private HomeContext Context => services.Home.Context;

    /// <summary>Imports a coin that was sent to a ZID here: verifies the receipt at the coin's home, then accepts it there.</summary>
    public async Task<StepResult<ClaimRow>> ImportAsync(Receipt receipt, string ticket, CancellationToken cancellationToken)
    {
        string stepId = PeerStep.IdOf(PeerStepKind.Import, receipt.HomeOrigin, receipt.TokenId, receipt.SpendSeq, receipt.To);
        using IDisposable turn = await _gate.EnterAsync(stepId, cancellationToken).ConfigureAwait(false);
        PeerStep? step = await Home.Reader.FindAsync(PeerStep.Table, stepId, cancellationToken).ConfigureAwait(false);
        if (step is { Status: PeerStepStatus.Done })
        {
            ClaimRow? claim = await FindClaimAsync(receipt.HomeOrigin, receipt.TokenId, receipt.To, cancellationToken).ConfigureAwait(false);
            return claim is null ? StepResult<ClaimRow>.No(RejectionCode.ClaimNotFound, "There is no such claim.") : StepResult<ClaimRow>.Of(claim);
        }

        // A refused one is asked again as it was: its receipt and ticket held when it was recorded, and its acceptance may have reached the home.
        if (step is { Status: PeerStepStatus.Refused })
        {
            Executed<PeerStep> reopened = await Home.ExecuteAsync(new OpenImport(receipt, step.Sealed), cancellationToken).ConfigureAwait(false);
            if (reopened.Decision is Rejected<PeerStep> refused)
            {
                return StepResult<ClaimRow>.No(refused.Why);
            }

            step = ((Accepted<PeerStep>)reopened.Decision).Result;
        }

        if (step is null)
        {
            if (await VerifyAsync(receipt, ticket, cancellationToken).ConfigureAwait(false) is { } doubt)
            {
                return StepResult<ClaimRow>.No(doubt);
            }

            string acceptance = Hex.Encode(RandomNumberGenerator.GetBytes(32));
            byte[] sealedSecrets = Seal(new StepSecrets(acceptance, ticket), "tally.step." + stepId, receipt.To);
            Executed<PeerStep> opened = await Home.ExecuteAsync(new OpenImport(receipt, sealedSecrets), cancellationToken).ConfigureAwait(false);
            if (opened.Decision is Rejected<PeerStep> rejected)
            {
                return StepResult<ClaimRow>.No(rejected.Why);
            }

            step = ((Accepted<PeerStep>)opened.Decision).Result;
        }

        return await AcceptAsync(step, lease: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Moves a claim onward through the coin's home; where the new holder is here too, its claim is imported at once.</summary>
    public async Task<StepResult<ClaimTransferAnswer>> TransferAsync(Caller caller, ClaimRow claim, Zid to, Origin? toOrigin, CancellationToken cancellationToken)
    {
        using IDisposable turn = await _gate.EnterAsync(ClaimRow.KeyOf(claim.HomeOrigin, claim.TokenId, claim.Holder), cancellationToken).ConfigureAwait(false);
        var open = new OpenClaimTransfer(caller, claim.HomeOrigin, claim.TokenId, claim.SpendSeq, to, toOrigin);
        Executed<PeerStep> opened = await Home.ExecuteAsync(open, cancellationToken).ConfigureAwait(false);
        if (opened.Decision is Rejected<PeerStep> rejected)
        {
            return StepResult<ClaimTransferAnswer>.No(rejected.Why);
        }

        PeerStep step = ((Accepted<PeerStep>)opened.Decision).Result;
        return step.Status == PeerStepStatus.Done
            ? await RepeatAsync(step, cancellationToken).ConfigureAwait(false)
            : await MoveOnwardAsync(step, lease: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the coin's home how a claim stands (spec 10 §5, spec 05 rule 12).</summary>
    public async Task<StepResult<ClaimRow>> RefreshAsync(ClaimRow claim, CancellationToken cancellationToken)
    {
        Receipt accepted = ReceiptJson.Parse(claim.Acceptance);
        PeerReply<ReceiptVerifyAnswer> verified = await AskVerifyAsync(accepted, null, cancellationToken).ConfigureAwait(false);
        if (verified.Answer is not { Valid: true } answer || answer.SpendSeq is not { } height)
        {
            return StepResult<ClaimRow>.No(NotConfirmed(verified.Why));
        }

        byte[]? sealedTicket = null;
        if (height != claim.SpendSeq)
        {
            // A lower one too: where the home's store went back, the ticket of that height may be gone here, and the home can say it again.
            Zeqond stamp = Zeqond.FromUnixMs(Home.Time.GetUtcNow().ToUnixTimeMilliseconds());
            string signature = Context.Keys.Sign(RemoteHolder.ReissueText(claim.HomeOrigin, claim.TokenId, claim.Holder, Context.Origin, height, stamp));
            PeerReply<ReissueClaimAnswer> reissued = await services.Peers.AskAsync(
                claim.HomeOrigin, "/api/tally/envelopes/reissue-claim", new ReissueClaimRequest(claim.TokenId.Text, claim.Holder.Text, height, stamp.Value, signature),
                WireJson.Default.ReissueClaimRequest, WireJson.Default.ReissueClaimAnswer, claim.Holder.Text, cancellationToken).ConfigureAwait(false);
            if (reissued.Answer is { ClaimTicket: { } ticket } && Hex.IsLowerHex(ticket, 64))
            {
                sealedTicket = SealTicket(ticket, claim.HomeOrigin, claim.TokenId, claim.Holder, height);
            }
            else if (reissued.Why is { Code: RejectionCode.PeerUnreachable or RejectionCode.PeerKeyChanged } unreachable)
            {
                return StepResult<ClaimRow>.No(unreachable);
            }
        }

        Executed<ClaimRow> executed = await Home.ExecuteAsync(new RefreshClaim(claim.HomeOrigin, claim.TokenId, claim.Holder, claim.SpendSeq, height, sealedTicket), cancellationToken).ConfigureAwait(false);
        return executed.Decision is Accepted<ClaimRow> done ? StepResult<ClaimRow>.Of(done.Result) : StepResult<ClaimRow>.No(((Rejected<ClaimRow>)executed.Decision).Why);
    }

    /// <summary>Takes a recorded step to its end, if the other home can be asked: what a crash or an outage left.</summary>
    /// <param name="step">The step.</param>
    /// <param name="lease">What the worker's commits are fenced by; null where one node is alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task SettleAsync(PeerStep step, HomeLease? lease, CancellationToken cancellationToken)
    {
        string gate = step.Kind == PeerStepKind.Import ? step.StepId : ClaimRow.KeyOf(step.HomeOrigin, step.TokenId, step.Zid);
        using IDisposable turn = await _gate.EnterAsync(gate, cancellationToken).ConfigureAwait(false);
        PeerStep? current = await Home.Reader.FindAsync(PeerStep.Table, step.StepId, cancellationToken).ConfigureAwait(false);
        if (current is not { Status: PeerStepStatus.Open })
        {
            return;
        }

        try
        {
            if (current.Kind == PeerStepKind.Import)
            {
                await AcceptAsync(current, lease, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await MoveOnwardAsync(current, lease, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // Whatever a step failed on, it goes to the end of the line: those that can be settled are not behind it for ever.
            PeerStep? after = await Home.Reader.FindAsync(PeerStep.Table, step.StepId, CancellationToken.None).ConfigureAwait(false);
            if (after is { Status: PeerStepStatus.Open } && after.NextTry == current.NextTry)
            {
                await Home.ExecuteAsync(lease.Fence(new PostponeStep(step.StepId)), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    public ValueTask<ClaimRow?> FindClaimAsync(Origin home, TokenId token, Zid holder, CancellationToken cancellationToken) =>
        Home.Reader.FindAsync(ClaimRow.Table, ClaimRow.KeyOf(home, token, holder), cancellationToken);

    /// <summary>Asks the coin's home, never the messenger, whether a receipt and its ticket hold; the doubt where they do not.</summary>
    private async Task<Rejection?> VerifyAsync(Receipt receipt, string ticket, CancellationToken cancellationToken)
    {
        PeerReply<ReceiptVerifyAnswer> reply = await AskVerifyAsync(receipt, ticket, cancellationToken).ConfigureAwait(false);
        if (reply.Answer is not { } answer)
        {
            return reply.Why!.Code is RejectionCode.PeerUnreachable or RejectionCode.PeerKeyChanged
                ? reply.Why
                : new Rejection(RejectionCode.ReceiptRejected, "The coin's home does not confirm this receipt.");
        }

        return answer switch
        {
            { Valid: true, Current: false } => new Rejection(RejectionCode.Superseded, "The receipt is real, but the coin has moved on."),
            { Valid: true, Current: true, TicketValid: true, ValueZqt: >= 1 and <= 40 } => null,
            _ => new Rejection(RejectionCode.ReceiptRejected, "The coin's home does not confirm this receipt and ticket."),
        };
    }

    private Task<PeerReply<ReceiptVerifyAnswer>> AskVerifyAsync(Receipt receipt, string? ticket, CancellationToken cancellationToken)
    {
        ReceiptBody r = receipt.ToBody();
        return services.Peers.AskAsync(
            receipt.HomeOrigin, "/api/tally/receipt/verify",
            new ReceiptVerifyRequest(r.TokenId, r.From, r.To, r.ToOrigin, r.SpendSeq, r.Zeqond, r.HomeOrigin, r.Mac, ticket),
            WireJson.Default.ReceiptVerifyRequest, WireJson.Default.ReceiptVerifyAnswer, receipt.To.Text, cancellationToken);
    }

    private async Task<StepResult<ClaimRow>> AcceptAsync(PeerStep step, HomeLease? lease, CancellationToken cancellationToken)
    {
        StepSecrets secrets = Open(step.Sealed, step.SealName, step.Zid) ?? throw new InvalidOperationException("A step does not open under the field key.");
        string signature = Context.Keys.Sign(AcceptClaim.SignedText(step.HomeOrigin, step.TokenId, step.Zid, Context.Origin, step.SpendSeq, secrets.Acceptance!));
        PeerReply<AcceptClaimAnswer> reply = await services.Peers.AskAsync(
            step.HomeOrigin, "/api/tally/envelopes/accept-claim",
            new AcceptClaimRequest(step.TokenId.Text, step.Zid.Text, secrets.ClaimTicket!, secrets.Acceptance!, signature),
            WireJson.Default.AcceptClaimRequest, WireJson.Default.AcceptClaimAnswer, step.Zid.Text, cancellationToken).ConfigureAwait(false);

        Receipt? accepted = reply.Answer?.Receipt.ToReceipt();
        if (reply.Answer is null || accepted is null)
        {
            return StepResult<ClaimRow>.No(await EndAsync(step, lease, reply.Why, reply.IsUnknown, cancellationToken).ConfigureAwait(false));
        }

        bool isOurs = accepted.TokenId == step.TokenId && accepted.HomeOrigin == step.HomeOrigin && accepted.To == step.Zid && accepted.ToOrigin == Context.Origin
            && accepted.SpendSeq == step.SpendSeq + 1 && reply.Answer.ClaimTicket is { } fresh && Hex.IsLowerHex(fresh, 64) && reply.Answer.ValueZqt is >= 1 and <= 40;
        if (!isOurs)
        {
            return StepResult<ClaimRow>.No(await EndAsync(step, lease, AnsweredOther, isUnknown: true, cancellationToken).ConfigureAwait(false));
        }

        bool isTrusted = false;
        if (await services.Issuers.FindAsync(step.HomeOrigin, cancellationToken).ConfigureAwait(false) is { } issuer)
        {
            (isTrusted, Rejection? doubt) = await CheckProofAsync(step, reply.Answer.ValueZqt, issuer.PublicKey, cancellationToken).ConfigureAwait(false);
            if (doubt is not null)
            {
                return StepResult<ClaimRow>.No(await EndAsync(step, lease, doubt, isUnknown: true, cancellationToken).ConfigureAwait(false));
            }
        }

        byte[] sealedTicket = SealTicket(reply.Answer.ClaimTicket, step.HomeOrigin, step.TokenId, step.Zid, accepted.SpendSeq);
        var settle = new SettleImport(step.StepId, step.Zid, accepted, reply.Answer.ValueZqt, isTrusted, sealedTicket);
        Executed<ClaimRow> executed = await Home.ExecuteAsync(lease.Fence(settle), CancellationToken.None).ConfigureAwait(false);
        return executed.Decision is Accepted<ClaimRow> done ? StepResult<ClaimRow>.Of(done.Result) : StepResult<ClaimRow>.No(((Rejected<ClaimRow>)executed.Decision).Why);
    }

    /// <summary>Of a trusted issuer the coin's own proof counts, checked with the pinned key, and so does its value (spec 05 rule 9).</summary>
    private async Task<(bool IsTrusted, Rejection? Doubt)> CheckProofAsync(PeerStep step, long value, string pinnedKey, CancellationToken cancellationToken)
    {
        PeerResult result = await services.PeerHttp.SendAsync(
            new PeerRequest { Origin = step.HomeOrigin.Text, Method = "GET", Path = $"/api/tally/envelopes/{step.TokenId.Text}/proof", Key = step.Zid.Text, IsIdempotent = true },
            cancellationToken).ConfigureAwait(false);
        if (result is not PeerAnswer { IsSuccess: true } answer)
        {
            return (false, new Rejection(RejectionCode.PeerUnreachable, "The coin's proof could not be fetched."));
        }

        bool holds = LightProof.TryRead(answer.Body, out LightProof? proof) && proof.Claim.TokenId == step.TokenId && proof.Claim.HomeOrigin == step.HomeOrigin
            && proof.Claim.ValueZqt == value && proof.Verify(pinnedKey);
        return holds ? (true, null) : (false, new Rejection(RejectionCode.PeerUnreachable, "The coin's proof does not hold under the issuer's pinned key."));
    }

    private async Task<StepResult<ClaimTransferAnswer>> MoveOnwardAsync(PeerStep step, HomeLease? lease, CancellationToken cancellationToken)
    {
        SealedSecret? secret = await Home.Reader.FindAsync(
            SealedSecret.Table, SealedSecret.KeyOf(step.Zid, ClaimRow.TicketName(step.HomeOrigin, step.TokenId)), cancellationToken).ConfigureAwait(false);
        byte[] ticket = (secret is null ? null : services.Seal.TryOpen(secret.Sealed, secret.Name, secret.BoundZid.Text, secret.Version))
            ?? throw new InvalidOperationException("A claim's ticket does not open under the field key.");
        PeerReply<TransferAnswer> reply = await services.Peers.AskAsync(
            step.HomeOrigin, "/api/tally/envelopes/transfer-claim",
            new TransferClaimRequest(step.TokenId.Text, step.Zid.Text, step.To.Text, Encoding.ASCII.GetString(ticket), step.ToOrigin?.Text),
            WireJson.Default.TransferClaimRequest, WireJson.Default.TransferAnswer, step.Zid.Text, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(ticket);

        Receipt? moved = reply.Answer?.Receipt.ToReceipt();
        if (reply.Answer is null || moved is null)
        {
            return StepResult<ClaimTransferAnswer>.No(await EndAsync(step, lease, reply.Why, reply.IsUnknown, cancellationToken).ConfigureAwait(false));
        }

        if (moved.TokenId != step.TokenId || moved.HomeOrigin != step.HomeOrigin || moved.From != step.Zid || moved.To != step.To
            || moved.ToOrigin != (step.ToOrigin ?? step.HomeOrigin) || moved.SpendSeq != step.SpendSeq + 1
            || (moved.ToOrigin != step.HomeOrigin && !Hex.IsLowerHex(reply.Answer.ClaimTicket ?? "", 64)))
        {
            return StepResult<ClaimTransferAnswer>.No(await EndAsync(step, lease, AnsweredOther, isUnknown: true, cancellationToken).ConfigureAwait(false));
        }

        bool staysHere = moved.ToOrigin == Context.Origin;
        byte[]? sealedImport = staysHere
            ? Seal(
                new StepSecrets(Hex.Encode(RandomNumberGenerator.GetBytes(32)), reply.Answer.ClaimTicket),
                "tally.step." + PeerStep.IdOf(PeerStepKind.Import, moved.HomeOrigin, moved.TokenId, moved.SpendSeq, moved.To), moved.To)
            : null;
        byte[] sealedAnswer = Seal(new StepSecrets(null, staysHere ? null : reply.Answer.ClaimTicket), step.SealName, step.Zid);
        var settle = new SettleClaimTransfer(step.StepId, step.Zid, moved, sealedAnswer, sealedImport);
        Executed<PeerStep> executed = await Home.ExecuteAsync(lease.Fence(settle), CancellationToken.None).ConfigureAwait(false);
        return executed.Decision is Accepted<PeerStep> done
            ? await AnswerOfAsync(done.Result, lease, cancellationToken).ConfigureAwait(false)
            : StepResult<ClaimTransferAnswer>.No(((Rejected<PeerStep>)executed.Decision).Why);
    }

    /// <summary>The first result of a settled move again, while the coin's home confirms the height (spec 05 rule 12).</summary>
    private async Task<StepResult<ClaimTransferAnswer>> RepeatAsync(PeerStep step, CancellationToken cancellationToken)
    {
        Receipt moved = ReceiptJson.Parse(step.Receipt!);
        PeerReply<ReceiptVerifyAnswer> reply = await AskVerifyAsync(moved, null, cancellationToken).ConfigureAwait(false);
        if (reply.Answer is null)
        {
            return StepResult<ClaimTransferAnswer>.No(NotConfirmed(reply.Why));
        }

        return reply.Answer is { Valid: true, Current: true } || moved.ToOrigin == Context.Origin
            ? await AnswerOfAsync(step, lease: null, cancellationToken).ConfigureAwait(false)
            : StepResult<ClaimTransferAnswer>.No(RejectionCode.Superseded, "The coin was moved onward, and has moved again since.");
    }

    private async Task<StepResult<ClaimTransferAnswer>> AnswerOfAsync(PeerStep step, HomeLease? lease, CancellationToken cancellationToken)
    {
        Receipt moved = ReceiptJson.Parse(step.Receipt!);
        string? ticket = Open(step.Sealed, step.SealName, step.Zid)?.ClaimTicket;
        ClaimBody? claim = null;
        if (moved.ToOrigin == Context.Origin)
        {
            string importId = PeerStep.IdOf(PeerStepKind.Import, moved.HomeOrigin, moved.TokenId, moved.SpendSeq, moved.To);
            PeerStep? import = await Home.Reader.FindAsync(PeerStep.Table, importId, cancellationToken).ConfigureAwait(false);
            if (import is { Status: PeerStepStatus.Open })
            {
                using IDisposable turn = await _gate.EnterAsync(importId, cancellationToken).ConfigureAwait(false);
                await AcceptAsync(import, lease, cancellationToken).ConfigureAwait(false);
            }

            claim = (await FindClaimAsync(moved.HomeOrigin, moved.TokenId, moved.To, cancellationToken).ConfigureAwait(false))?.ToBody();
        }

        long now = Home.Time.GetUtcNow().ToUnixTimeMilliseconds();
        return StepResult<ClaimTransferAnswer>.Of(new ClaimTransferAnswer(
            true, moved.TokenId.Text, moved.To.Text, moved.ToOrigin.Text, moved.ToBody(), ticket, claim, Zeqond.FromUnixMs(now).Value, Zeqond.Phase(now)));
    }

    /// <summary>Ends a step that the other home refused, or leaves it to the worker where the outcome is not known.</summary>
    private async Task<Rejection> EndAsync(PeerStep step, HomeLease? lease, Rejection? why, bool isUnknown, CancellationToken cancellationToken)
    {
        Rejection reason = why ?? new Rejection(RejectionCode.PeerUnreachable, "The coin's home answered what makes no sense.");
        if (isUnknown || ErrorTable.Status(reason.Code) >= 500)
        {
            HostLog.StepOpen(services.Log, step.HomeOrigin.Text, reason.Code);
            await Home.ExecuteAsync(lease.Fence(new PostponeStep(step.StepId)), cancellationToken).ConfigureAwait(false);
            return ErrorTable.Status(reason.Code) >= 500 ? reason : new Rejection(RejectionCode.PeerUnreachable, reason.Message);
        }

        await Home.ExecuteAsync(lease.Fence(new RefuseStep(step.StepId, step.HomeOrigin, step.TokenId, step.Zid, reason)), CancellationToken.None).ConfigureAwait(false);
        return reason.Code switch
        {
            RejectionCode.TicketSpent or RejectionCode.NotActive => new Rejection(RejectionCode.Superseded, reason.Message),
            RejectionCode.TokenNotFound => reason,
            _ when step.Kind == PeerStepKind.Import => new Rejection(RejectionCode.ReceiptRejected, reason.Message),
            RejectionCode.RecipientNotFound or RejectionCode.InvalidRecipient or RejectionCode.SelfTransfer => reason,
            _ => new Rejection(RejectionCode.Conflict, reason.Message),
        };
    }

    /// <summary>A home that says no to its own receipt is as good as one that cannot be asked.</summary>
    private static Rejection NotConfirmed(Rejection? why) => why is { Code: RejectionCode.PeerUnreachable or RejectionCode.PeerKeyChanged }
        ? why
        : new Rejection(RejectionCode.PeerUnreachable, "The coin's home does not know its own receipt.");

    private byte[] Seal(StepSecrets secrets, string name, Zid zid)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(secrets, HostJson.Default.StepSecrets);
        byte[] sealedSecrets = services.Seal.Seal(json, name, zid.Text, 1);
        CryptographicOperations.ZeroMemory(json);
        return sealedSecrets;
    }

    private StepSecrets? Open(byte[] sealedSecrets, string name, Zid zid)
    {
        byte[]? json = services.Seal.TryOpen(sealedSecrets, name, zid.Text, 1);
        return json is null ? null : JsonSerializer.Deserialize(json, HostJson.Default.StepSecrets);
    }

    private byte[] SealTicket(string ticket, Origin home, TokenId token, Zid holder, long height) =>
        services.Seal.Seal(Encoding.ASCII.GetBytes(ticket), ClaimRow.TicketName(home, token), holder.Text, height);
}
