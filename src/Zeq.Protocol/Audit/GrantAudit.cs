namespace Zeq.Protocol;

/// <summary>Every paid credit has a grant, and every grant was paid out once (spec 05 rule 19).</summary>
internal static class GrantAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        // References are free text, whose order is the store's own: equal neighbours and look-ups need no order of ours.
        long paidOut = 0;
        await using (RowCursor<CreditMove> moves = await run.OpenAsync(
            new Query<CreditMove>(CreditMove.Table).Where("reason", Comparison.Equal, Cell.Of((long)CreditReason.Grant)).OrderBy(false, "reference", "zid", "seq")).ConfigureAwait(false))
        {
            string? before = null;
            for (; moves.Current is { } move; await moves.MoveNextAsync().ConfigureAwait(false))
            {
                bool isFirst = move.Reference is { } reference && reference != before;
                before = move.Reference;
                string? problem = isFirst ? await ProblemAsync(run, move).ConfigureAwait(false) : "The grant was paid out twice.";
                paidOut += isFirst ? 1 : 0;
                run.FindIf(CreditMove.Table, AuditRun.Key(move.Zid.Text, move.Seq), problem);
            }
        }

        long granted = 0;
        await using RowCursor<CreditGrant> grants = await run.OpenAsync(CreditGrant.Table).ConfigureAwait(false);
        for (; grants.Current is { } grant; await grants.MoveNextAsync().ConfigureAwait(false))
        {
            granted++;
            run.FindIf(CreditGrant.Table, grant.Reference, grant.Paid is < 1 or > GrantFuel.MaxPaid ? "The grant is of no amount that may be granted." : null);
        }

        if (granted != paidOut)
        {
            await NameUnpaidAsync(run).ConfigureAwait(false);
        }
    }

    private static async ValueTask<string?> ProblemAsync(AuditRun run, CreditMove move)
    {
        CreditGrant? grant = await run.FindRowAsync(CreditGrant.Table, move.Reference!).ConfigureAwait(false);
        if (grant is null)
        {
            return "The paid fuel has no grant.";
        }

        return grant.Zid == move.Zid && grant.Paid == move.Paid && grant.Granted == move.Zeqond ? null : "The paid fuel is not what its grant says.";
    }

    /// <summary>Only where the numbers differ: which grants were never paid out.</summary>
    private static async ValueTask NameUnpaidAsync(AuditRun run)
    {
        await using RowCursor<CreditGrant> grants = await run.OpenAsync(CreditGrant.Table).ConfigureAwait(false);
        for (; grants.Current is { } grant; await grants.MoveNextAsync().ConfigureAwait(false))
        {
            await using RowCursor<CreditMove> paid = await run.OpenAsync(
                new Query<CreditMove>(CreditMove.Table).Where("zid", grant.Zid.Text).Where("reference", grant.Reference).Take(1)).ConfigureAwait(false);
            if (paid.Current is null)
            {
                run.Find(CreditGrant.Table, grant.Reference, "The grant was never paid out.");
            }
        }
    }
}
