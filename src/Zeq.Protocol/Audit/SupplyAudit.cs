namespace Zeq.Protocol;

/// <summary>The sums: nothing is in the world that no compute minted, and the counters say so (spec 10 §9, spec 05 rule 27).</summary>
internal static class SupplyAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        EnvelopeSums sums = run.Sums;
        Supply supply = await run.FindRowAsync(Supply.Table, Supply.Key).ConfigureAwait(false) ?? Supply.None;
        run.FindIf(Supply.Table, Supply.Key, Problem(sums, supply));
    }

    private static string? Problem(EnvelopeSums sums, Supply supply)
    {
        if (sums.Active + sums.Bearer + sums.Burned + sums.Migrated != sums.Minted || sums.Minted != sums.MintedByComputes + sums.MigratedIn)
        {
            return "Active, bearer, burned and migrated values do not add up to what was minted.";
        }

        SupplySums now = supply.Now;
        if (now.Minted != sums.Minted || now.Burned != sums.Burned || now.MigratedOut != sums.Migrated || now.Bearer != sums.Bearer || now.MigratedIn != sums.MigratedIn)
        {
            return "The counters of the supply are not the sums of the envelopes.";
        }

        SupplySums shown = supply.Shown;
        bool isPast = shown.Minted >= 0 && shown.Minted <= now.Minted && shown.Burned >= 0 && shown.Burned <= now.Burned
            && shown.MigratedOut >= 0 && shown.MigratedOut <= now.MigratedOut && shown.MigratedIn >= 0 && shown.MigratedIn <= now.MigratedIn
            && shown.Bearer >= 0 && shown.Bearer <= shown.Minted;
        return isPast ? null : "The shown supply was never the supply.";
    }
}
