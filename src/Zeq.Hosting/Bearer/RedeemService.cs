using System.Security.Cryptography;
using Zeq.Client;
using Zeq.Crypto;
using Zeq.Protocol;

namespace Zeq.Hosting;

/// <summary>A coin that was minted here for one of another home.</summary>
/// <param name="Coin">The coin here.</param>
/// <param name="Migration">The issuer's word.</param>
internal sealed record Redeemed(Envelope Coin, Migration Migration);

/// <summary>
/// Redeems bearer coins of other homes (spec 10 §6): the intent is recorded before the issuer is asked and settled after it, so that a crash
/// in between ends in exactly one live coin. The issuer answers the same migration however often it is asked for it.
/// </summary>
internal sealed class RedeemService(HomeServices services)
{
    private static readonly Rejection AnsweredOther = new(RejectionCode.PeerUnreachable, "The coin's home answered for something else.");

    private readonly IdempotencyGate _gate = new();

    private Home Home => services.Home;

    private Origin Here => services.Home.Context.Origin;

    /// <summary>Redeems a coin for a caller here, or answers what came of it before.</summary>
    public async Task<StepResult<Redeemed>> RedeemAsync(Caller caller, BearerCoin coin, CancellationToken cancellationToken)
    {
        EnvelopeClaim claim = coin.Claim;
        string stepId = PeerStep.IdOf(PeerStepKind.Redeem, claim.HomeOrigin, claim.TokenId, coin.SpendSeq, caller.Zid);
        using IDisposable turn = await _gate.EnterAsync(stepId, cancellationToken).ConfigureAwait(false);
        long ended = await services.Issuers.EndedAsync(claim.HomeOrigin, claim.ValueZqt, cancellationToken).ConfigureAwait(false);
        byte[] sealedTicket = services.Seal.Seal(coin.Ticket, "tally.step." + stepId, caller.Zid.Text, 1);
        var open = new OpenRedeem(
            caller, claim, coin.NodeSig, coin.NodePubkey, coin.SpendSeq, services.Issuers.Configured(claim.HomeOrigin), ended, sealedTicket);
        Executed<PeerStep> opened = await Home.ExecuteAsync(open, cancellationToken).ConfigureAwait(false);
        if (opened.Decision is Rejected<PeerStep> rejected)
        {
            return StepResult<Redeemed>.No(rejected.Why);
        }

        PeerStep step = ((Accepted<PeerStep>)opened.Decision).Result;
        return step.Status == PeerStepStatus.Done
            ? await RepeatAsync(step, cancellationToken).ConfigureAwait(false)
            : await MigrateAsync(step, lease: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a recorded redeem to its end, if the issuer can be asked: what a crash or an outage left.</summary>
    /// <param name="step">The step.</param>
    /// <param name="lease">What the worker's commits are fenced by; null where one node is alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task SettleAsync(PeerStep step, HomeLease? lease, CancellationToken cancellationToken)
    {
        using IDisposable turn = await _gate.EnterAsync(step.StepId, cancellationToken).ConfigureAwait(false);
        PeerStep? current = await Home.Reader.FindAsync(PeerStep.Table, step.StepId, cancellationToken).ConfigureAwait(false);
        if (current is not { Status: PeerStepStatus.Open })
        {
            return;
        }

        try
        {
            await MigrateAsync(current, lease, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // Whatever a step failed on, it goes to the end of the line.
            PeerStep? after = await Home.Reader.FindAsync(PeerStep.Table, step.StepId, CancellationToken.None).ConfigureAwait(false);
            if (after is { Status: PeerStepStatus.Open } && after.NextTry == current.NextTry)
            {
                await Home.ExecuteAsync(lease.Fence(new PostponeStep(step.StepId)), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<StepResult<Redeemed>> MigrateAsync(PeerStep step, HomeLease? lease, CancellationToken cancellationToken)
    {
        RedeemIntent intent = RedeemIntent.Of(step);
        byte[] ticket = services.Seal.TryOpen(step.Sealed, step.SealName, step.Zid.Text, 1)
            ?? throw new InvalidOperationException("A redeem's ticket does not open under the field key.");
        PeerReply<MigrateOutAnswer> reply = await services.Peers.AskAsync(
            step.HomeOrigin, "/api/tally/coins/migrate-out", new MigrateOutRequest(step.TokenId.Text, step.SpendSeq, Hex.Encode(ticket), step.Zid.Text, Here.Text),
            WireJson.Default.MigrateOutRequest, WireJson.Default.MigrateOutAnswer, step.Zid.Text, cancellationToken).ConfigureAwait(false);
        CryptographicOperations.ZeroMemory(ticket);
        if (reply.Answer is not { } answer)
        {
            return StepResult<Redeemed>.No(await EndAsync(step, lease, reply.Why, reply.IsUnknown, cancellationToken).ConfigureAwait(false));
        }

        if (answer.Migration is null || !answer.Migration.TryGetMigration(out Migration? migration) || !intent.IsAnsweredBy(migration, step, Here))
        {
            return StepResult<Redeemed>.No(await EndAsync(step, lease, AnsweredOther, isUnknown: true, cancellationToken).ConfigureAwait(false));
        }

        // The issuer has let the coin go: what it is worth is settled here whoever has gone away meanwhile.
        Executed<MigratedIn> settled = await Home.ExecuteAsync(lease.Fence(new SettleRedeem(step.StepId, migration)), CancellationToken.None).ConfigureAwait(false);
        return settled.Decision is Accepted<MigratedIn> done
            ? StepResult<Redeemed>.Of(await ResultAsync(done.Result, cancellationToken).ConfigureAwait(false))
            : StepResult<Redeemed>.No(await EndAsync(step, lease, ((Rejected<MigratedIn>)settled.Decision).Why, isUnknown: false, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The first result again, while the coin stands where the redeem left it (spec 10 §10).</summary>
    private async Task<StepResult<Redeemed>> RepeatAsync(PeerStep step, CancellationToken cancellationToken)
    {
        MigratedIn minted = (await Home.Reader.FindAsync(MigratedIn.Table, MigratedIn.KeyOf(step.HomeOrigin, step.TokenId), cancellationToken).ConfigureAwait(false))!;
        Redeemed redeemed = await ResultAsync(minted, cancellationToken).ConfigureAwait(false);
        return redeemed.Coin is { SpendSeq: 0, Status: EnvelopeStatus.Active }
            ? StepResult<Redeemed>.Of(redeemed)
            : StepResult<Redeemed>.No(RejectionCode.AlreadyMigrated, "The coin was redeemed here, and has moved on since.");
    }

    private async Task<Redeemed> ResultAsync(MigratedIn minted, CancellationToken cancellationToken)
    {
        Envelope coin = (await Home.Reader.FindAsync(Envelope.Table, minted.LocalToken.Text, cancellationToken).ConfigureAwait(false))!;
        return Migration.TryRead(minted.Migration, out Migration? migration)
            ? new Redeemed(coin, migration)
            : throw new InvalidOperationException("A stored migration does not read back.");
    }

    /// <summary>Ends a redeem that the issuer refused, or leaves it to the worker where the outcome is not known.</summary>
    private async Task<Rejection> EndAsync(PeerStep step, HomeLease? lease, Rejection? why, bool isUnknown, CancellationToken cancellationToken)
    {
        Rejection reason = why ?? new Rejection(RejectionCode.PeerUnreachable, "The coin's home answered what makes no sense.");
        if (isUnknown || ErrorTable.Status(reason.Code) >= 500)
        {
            HostLog.StepOpen(services.Log, step.HomeOrigin.Text, reason.Code);
            await Home.ExecuteAsync(lease.Fence(new PostponeStep(step.StepId)), cancellationToken).ConfigureAwait(false);
            return ErrorTable.Status(reason.Code) >= 500 ? reason : new Rejection(RejectionCode.PeerUnreachable, reason.Message);
        }

        await Home.ExecuteAsync(lease.Fence(new RefuseRedeem(step.StepId, step.HomeOrigin, reason)), CancellationToken.None).ConfigureAwait(false);
        return reason.Code is RejectionCode.Superseded or RejectionCode.AlreadyMigrated or RejectionCode.InvalidTicket or RejectionCode.TokenNotFound
            ? reason
            : new Rejection(RejectionCode.Conflict, reason.Message);
    }
}
