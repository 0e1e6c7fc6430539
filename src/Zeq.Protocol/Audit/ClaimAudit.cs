using System.Text.Json;

namespace Zeq.Protocol;

/// <summary>Claims on coins of other homes, with their tickets and their steps (spec 05 rules 9 and 12).</summary>
internal static class ClaimAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        await using (RowCursor<ClaimRow> claims = await run.OpenAsync(ClaimRow.Table).ConfigureAwait(false))
        {
            for (; claims.Current is { } claim; await claims.MoveNextAsync().ConfigureAwait(false))
            {
                run.Counts = run.Counts with { Claims = run.Counts.Claims + 1 };
                run.FindIf(ClaimRow.Table, ClaimRow.Table.KeyOf(claim), Problem(claim, run) ?? await ProblemAsync(claim, run).ConfigureAwait(false));
            }
        }

        await using RowCursor<PeerStep> steps = await run.OpenAsync(PeerStep.Table).ConfigureAwait(false);
        for (; steps.Current is { } step; await steps.MoveNextAsync().ConfigureAwait(false))
        {
            run.Counts = run.Counts with { Claims = run.Counts.Claims + 1 };
            run.FindIf(PeerStep.Table, step.StepId, Problem(step, run) ?? await ProblemAsync(step, run).ConfigureAwait(false));
        }
    }

    private static string? Problem(ClaimRow claim, AuditRun run)
    {
        if (claim.HomeOrigin == run.Origin)
        {
            return "The claim is on a coin of this home.";
        }

        if (claim.Status is not (ClaimStatus.Held or ClaimStatus.InFlight or ClaimStatus.Spent or ClaimStatus.Superseded))
        {
            return "The claim's status is unknown.";
        }

        if (claim.ValueZqt < 1)
        {
            return "The claim has no value.";
        }

        bool isAccepted = Read(claim.Acceptance) is { } acceptance && acceptance.TokenId == claim.TokenId && acceptance.HomeOrigin == claim.HomeOrigin
            && acceptance.From == claim.Holder && acceptance.To == claim.Holder && acceptance.ToOrigin == run.Origin && acceptance.SpendSeq <= claim.SpendSeq
            && Read(claim.Payment) is { } payment && payment.TokenId == claim.TokenId && payment.HomeOrigin == claim.HomeOrigin
            && payment.To == claim.Holder && payment.ToOrigin == run.Origin && payment.SpendSeq < acceptance.SpendSeq;
        if (!isAccepted)
        {
            return "The claim's receipts are not of its own coin, holder and height.";
        }

        return (claim.Published is null) != (claim.PublishedSeq is null) ? "The claim's publication is half recorded." : null;
    }

    private static async ValueTask<string?> ProblemAsync(ClaimRow claim, AuditRun run)
    {
        if (await run.FindRowAsync(IdentityRow.Table, claim.Holder.Text).ConfigureAwait(false) is null)
        {
            return "The claim's holder is no account of this home.";
        }

        if (claim.Status is ClaimStatus.Held or ClaimStatus.InFlight)
        {
            string name = SealedSecret.KeyOf(claim.Holder, ClaimRow.TicketName(claim.HomeOrigin, claim.TokenId));
            SealedSecret? ticket = await run.FindRowAsync(SealedSecret.Table, name).ConfigureAwait(false);
            if (ticket is null || ticket.Version != claim.SpendSeq || ticket.Sealed.Length < FieldSeal.OverheadBytes)
            {
                return "The claim's ticket of its height is not here.";
            }
        }

        string stepId = PeerStep.IdOf(PeerStepKind.Transfer, claim.HomeOrigin, claim.TokenId, claim.SpendSeq, claim.Holder);
        PeerStep? step = await run.FindRowAsync(PeerStep.Table, stepId).ConfigureAwait(false);
        if (claim.Status == ClaimStatus.InFlight && step?.Status != PeerStepStatus.Open)
        {
            return "The claim is in flight without an open step.";
        }

        if (claim.Status == ClaimStatus.Spent && step?.Status != PeerStepStatus.Done)
        {
            return "The claim is spent without a step that was done.";
        }

        if (claim.PublishedSeq is { } seq)
        {
            ChainRow? row = await run.FindChainRowAsync(claim.Holder.OwnMachine, seq).ConfigureAwait(false);
            if (row is not { Type: "claim_published", Flags: "s1" })
            {
                return "The claim's publication is not on its holder's chain.";
            }
        }

        return null;
    }

    private static string? Problem(PeerStep step, AuditRun run)
    {
        if (step.Kind is not (PeerStepKind.Import or PeerStepKind.Transfer or PeerStepKind.Redeem) || step.Status is not (PeerStepStatus.Open or PeerStepStatus.Done or PeerStepStatus.Refused))
        {
            return "The step's kind or status is unknown.";
        }

        if (step.HomeOrigin == run.Origin)
        {
            return "The step asks this home itself.";
        }

        return step.StepId != PeerStep.IdOf(step.Kind, step.HomeOrigin, step.TokenId, step.SpendSeq, step.Zid) ? "The step's id is not that of its own fields." : null;
    }

    private static async ValueTask<string?> ProblemAsync(PeerStep step, AuditRun run)
    {
        if (step.Kind == PeerStepKind.Redeem)
        {
            return await MigrationAudit.StepProblemAsync(step, run).ConfigureAwait(false);
        }

        ClaimRow? claim = await run.FindRowAsync(ClaimRow.Table, ClaimRow.KeyOf(step.HomeOrigin, step.TokenId, step.Zid)).ConfigureAwait(false);
        return step switch
        {
            // At one height a claim has one such step, so that it has one open step at most. A coin that came back meanwhile has a newer claim.
            { Kind: PeerStepKind.Transfer, Status: PeerStepStatus.Open }
                when claim is null || claim.SpendSeq < step.SpendSeq || (claim.SpendSeq == step.SpendSeq && claim.Status != ClaimStatus.InFlight) =>
                "The open step is of a claim that is not in flight at its height.",
            { Kind: PeerStepKind.Import, Status: PeerStepStatus.Done } when claim is null || claim.SpendSeq <= step.SpendSeq =>
                "The import was done, and its claim is not here.",
            _ => null,
        };
    }

    private static Receipt? Read(string stored)
    {
        try
        {
            return ReceiptJson.Parse(stored);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
