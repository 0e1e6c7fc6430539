namespace Zeq.Protocol;

/// <summary>
/// Coins that were minted here for coins of other homes: each has its migration, signed by the issuer's pinned key, and no migration has two
/// (spec 05 rules 8 and 19).
/// </summary>
internal static class MigrationAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        var taken = new Dictionary<string, Int128>(StringComparer.Ordinal);
        await using (RowCursor<MigratedIn> migrations = await run.OpenAsync(MigratedIn.Table).ConfigureAwait(false))
        {
            for (; migrations.Current is { } minted; await migrations.MoveNextAsync().ConfigureAwait(false))
            {
                taken[minted.HomeOrigin.Text] = taken.GetValueOrDefault(minted.HomeOrigin.Text) + minted.ValueZqt;
                run.FindIf(MigratedIn.Table, MigratedIn.Table.KeyOf(minted), Problem(minted, run) ?? await ProblemAsync(minted, run).ConfigureAwait(false));
            }
        }

        Query<PeerStep> open = new Query<PeerStep>(PeerStep.Table).Where("status", Comparison.Equal, Cell.Of((long)PeerStepStatus.Open));
        await using (RowCursor<PeerStep> steps = await run.OpenAsync(open).ConfigureAwait(false))
        {
            for (; steps.Current is { } step; await steps.MoveNextAsync().ConfigureAwait(false))
            {
                if (RedeemIntent.TryOf(step, out RedeemIntent? intent))
                {
                    taken[step.HomeOrigin.Text] = taken.GetValueOrDefault(step.HomeOrigin.Text) + intent.Claim.ValueZqt;
                }
            }
        }

        await using RowCursor<IssuerTally> tallies = await run.OpenAsync(IssuerTally.Table).ConfigureAwait(false);
        for (; tallies.Current is { } tally; await tallies.MoveNextAsync().ConfigureAwait(false))
        {
            taken.Remove(tally.Origin.Text, out Int128 sum);
            run.FindIf(IssuerTally.Table, tally.Origin.Text, sum == tally.TakenZqt ? null : "The counter of the issuer is not the sum of what was taken of it.");
        }

        foreach ((string origin, _) in taken)
        {
            run.Find(IssuerTally.Table, origin, "Coins of the issuer were taken without a counter.");
        }
    }

    /// <summary>What is wrong with a coin in the eyes of the migration that it names.</summary>
    public static async ValueTask<string?> CoinProblemAsync(Envelope coin, AuditRun run)
    {
        if (!Migration.TryParseSource(coin.MigratedFrom, out TokenId token, out Origin home) || home == run.Origin)
        {
            return "The coin's source is no coin of another home.";
        }

        MigratedIn? minted = await run.FindRowAsync(MigratedIn.Table, MigratedIn.KeyOf(home, token)).ConfigureAwait(false);
        if (minted is null || minted.LocalToken != coin.TokenId)
        {
            return "The coin came by a migration that is not here, or that has another coin.";
        }

        bool isOf = coin is { ComputeId: "", Operators: "" } && coin.MintedBy == Zid.System && coin.ValueZqt == minted.ValueZqt && coin.Minted == minted.Zeqond
            && coin.Machine == minted.Holder.OwnMachine && Migration.TryRead(minted.Migration, out Migration? migration)
            && coin.ResultDigest == migration.Digest && coin.ZeqProof == migration.Signature;
        return isOf ? null : "The coin does not say what its migration says.";
    }

    /// <summary>What is wrong with a step that redeems a coin of another home.</summary>
    public static async ValueTask<string?> StepProblemAsync(PeerStep step, AuditRun run)
    {
        if (!RedeemIntent.TryOf(step, out RedeemIntent? intent) || intent.Claim.TokenId != step.TokenId || intent.Claim.HomeOrigin != step.HomeOrigin)
        {
            return "The redeem does not say which coin it is of.";
        }

        MigratedIn? minted = await run.FindRowAsync(MigratedIn.Table, MigratedIn.KeyOf(step.HomeOrigin, step.TokenId)).ConfigureAwait(false);
        return step.Status == PeerStepStatus.Done && minted?.Holder != step.Zid ? "The redeem was done, and its coin is not here."
            : step.Status == PeerStepStatus.Open && minted?.Holder == step.Zid ? "The redeem is open, and its coin is here."
            : null;
    }

    private static string? Problem(MigratedIn minted, AuditRun run)
    {
        if (minted.HomeOrigin == run.Origin)
        {
            return "The migration is of a coin of this home.";
        }

        if (!Migration.TryRead(minted.Migration, out Migration? migration))
        {
            return "The stored migration is none.";
        }

        bool isOf = migration.TokenId == minted.TokenId && migration.HomeOrigin == minted.HomeOrigin && migration.ToZid == minted.Holder
            && migration.ToOrigin == run.Origin && migration.ValueZqt == minted.ValueZqt;
        if (!isOf)
        {
            return "The stored migration is of another coin, value or holder.";
        }

        return migration.IsSignedBy(minted.IssuerKey) ? null : "The stored migration is not signed by the issuer's pinned key.";
    }

    private static async ValueTask<string?> ProblemAsync(MigratedIn minted, AuditRun run)
    {
        Envelope? coin = await run.FindRowAsync(Envelope.Table, minted.LocalToken.Text).ConfigureAwait(false);
        return coin?.MigratedFrom != Migration.SourceOf(minted.HomeOrigin, minted.TokenId) ? "The coin that was minted for the migration is not here." : null;
    }
}
