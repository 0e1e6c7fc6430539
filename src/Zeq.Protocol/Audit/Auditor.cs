namespace Zeq.Protocol;

/// <summary>
/// Checks every invariant of a home's value (spec 10 §9, spec 05 rule 19) on what its store holds, and needs no secret: signatures are
/// checked by the home's public key, MACs are not stored. Tables are streamed in key order and merged, so memory does not grow with the
/// home.
/// </summary>
public static class Auditor
{
    /// <summary>Audits a home.</summary>
    /// <param name="snapshot">
    /// A reader of one instant, see <see cref="IHomeReader.SnapshotAsync"/>; several of its streams are open at once, with other reads between.
    /// </param>
    /// <param name="options">How; null: the defaults.</param>
    /// <param name="progress">Told how far the audit is.</param>
    /// <param name="cancellationToken">Ends the audit without a report.</param>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static async Task<AuditReport> RunAsync(
        IHomeReader snapshot, AuditOptions? options = null, IProgress<AuditProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        options ??= new AuditOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxFindings, 1);
        var run = new AuditRun(snapshot, options, progress, cancellationToken);
        if (!await run.ReadPinsAsync().ConfigureAwait(false))
        {
            return run.Report;
        }

        // Coins before chains: a damaged coin is then named itself, and not first by the rows that no longer fit it.
        bool sumsAreWhole = await TryAsync(EnvelopeAudit.RunAsync, "envelopes").ConfigureAwait(false);
        sumsAreWhole &= await TryAsync(ComputeAudit.RunAsync, "computes").ConfigureAwait(false);
        await TryAsync(MigrationAudit.RunAsync, "migrations").ConfigureAwait(false);
        if (sumsAreWhole)
        {
            await TryAsync(SupplyAudit.RunAsync, "supply").ConfigureAwait(false);
        }

        await TryAsync(BurnAudit.RunAsync, "burns").ConfigureAwait(false);
        await TryAsync(FuelAudit.RunAsync, "fuel").ConfigureAwait(false);
        bool ballotsAreWhole = await TryAsync(VoteAudit.RunAsync, "votes").ConfigureAwait(false);
        await TryAsync(ClaimAudit.RunAsync, "claims").ConfigureAwait(false);
        ballotsAreWhole &= await TryAsync(ChainAudit.RunAsync, "chains").ConfigureAwait(false);
        if (ballotsAreWhole)
        {
            await TryAsync(VoteAudit.PairBallotsAsync, "ballots").ConfigureAwait(false);
        }

        return run.Report;

        async ValueTask<bool> TryAsync(Func<AuditRun, Task> part, string name)
        {
            run.Begin(name);
            try
            {
                await part(run).ConfigureAwait(false);
                return true;
            }
            catch (UnreadableRowException)
            {
                // The cursor has said which row; the other parts go on.
                return false;
            }
        }
    }
}
