namespace Zeq.Protocol;

/// <summary>
/// Every chain validates up to its head, and every row that the home wrote about value names a move or a compute that names it too
/// (spec 05 rules 16, 18 and 19). A caller's row never counts.
/// </summary>
internal static class ChainAudit
{
    public static async Task RunAsync(AuditRun run)
    {
        await using RowCursor<Machine> machines = await run.OpenAsync(Machine.Table).ConfigureAwait(false);
        await using RowCursor<ChainHead> heads = await run.OpenAsync(ChainHead.Table).ConfigureAwait(false);
        await using RowCursor<ChainRow> rows = await run.OpenAsync(ChainRow.Table).ConfigureAwait(false);
        await using RowCursor<ChainPayload> payloads = await run.OpenAsync(new Query<ChainPayload>(ChainPayload.Table).OrderBy(false, "slug", "seq")).ConfigureAwait(false);
        while (Least(machines.Current?.Slug.Text, heads.Current?.Slug.Text, rows.Current?.Slug.Text) is { } slug)
        {
            run.Counts = run.Counts with { Chains = run.Counts.Chains + 1 };
            Machine? machine = machines.Current?.Slug.Text == slug ? machines.Current : null;
            ChainHead? head = heads.Current?.Slug.Text == slug ? heads.Current : null;
            ChainValidator? validator = machine is null ? null : new ChainValidator($"{run.Name.Text}:{slug}", run.Origin, run.NodePublicKey, machine.Genesis);
            ChainRow? last = null;
            for (; rows.Current is { } row && row.Slug.Text == slug; await rows.MoveNextAsync().ConfigureAwait(false))
            {
                run.Counts = run.Counts with { ChainRows = run.Counts.ChainRows + 1 };
                ChainRow whole = await WholeAsync(run, payloads, row).ConfigureAwait(false);
                if (validator is { Broken: null } && !validator.Next(whole))
                {
                    run.Find(ChainRow.Table, AuditRun.Key(slug, row.Seq), $"The chain is broken at this row: {validator.Broken!.Value.Reason}.");
                }

                run.FindIf(ChainRow.Table, AuditRun.Key(slug, row.Seq), await MoveRows.ProblemAsync(row, run).ConfigureAwait(false));
                last = row;
            }

            run.FindIf(Machine.Table, slug, await MachineProblemAsync(run, slug, machine, head).ConfigureAwait(false));
            if (machine is not null)
            {
                run.FindIf(ChainHead.Table, slug, HeadProblem(head, last, machine, validator!));
                await machines.MoveNextAsync().ConfigureAwait(false);
            }

            if (head is not null)
            {
                await heads.MoveNextAsync().ConfigureAwait(false);
            }
        }

        for (; payloads.Current is { } left; await payloads.MoveNextAsync().ConfigureAwait(false))
        {
            run.Find(ChainPayload.Table, left.TransitionId, "The payload belongs to no row.");
        }

        await NameUnpairedAsync(run).ConfigureAwait(false);
        await CheckOwnMachinesAsync(run).ConfigureAwait(false);
    }

    /// <summary>The row with its payload, where that rests beside the log; the payloads come in the order of the rows.</summary>
    private static async ValueTask<ChainRow> WholeAsync(AuditRun run, RowCursor<ChainPayload> payloads, ChainRow row)
    {
        for (; payloads.Current is { } payload && Compare(payload, row) is <= 0 and var order; await payloads.MoveNextAsync().ConfigureAwait(false))
        {
            if (order == 0 && row.IsWithoutPayload && payload.TransitionId == row.TransitionId)
            {
                ChainRow whole = payload.FillIn(row);
                await payloads.MoveNextAsync().ConfigureAwait(false);
                return whole;
            }

            run.Find(ChainPayload.Table, payload.TransitionId, "The payload belongs to no row.");
        }

        return row;
    }

    private static int Compare(ChainPayload payload, ChainRow row)
    {
        int bySlug = string.CompareOrdinal(payload.Slug.Text, row.Slug.Text);
        return bySlug != 0 ? bySlug : payload.Seq.CompareTo(row.Seq);
    }

    private static string? Least(string? a, string? b, string? c)
    {
        string? least = b is null || (a is not null && string.CompareOrdinal(a, b) <= 0) ? a : b;
        return c is null || (least is not null && string.CompareOrdinal(least, c) <= 0) ? least : c;
    }

    private static async ValueTask<string?> MachineProblemAsync(AuditRun run, string slug, Machine? machine, ChainHead? head)
    {
        if (machine is null)
        {
            return "There is a chain without its machine.";
        }

        if (machine.PublicSince < 1 || machine.PublicSince > (head?.Seq ?? 0) + 1)
        {
            return "The machine shows rows from a number on that its chain has not reached.";
        }

        if (slug == Slug.ZeqSys.Text)
        {
            return machine is { IsOwn: true, IsPublic: false } && machine.Owner == Zid.System ? null : "The home's own chain belongs to the home and is private.";
        }

        if (machine.IsOwn != (machine.Owner.OwnMachine == machine.Slug))
        {
            return "The machine is not its owner's own, or does not say so.";
        }

        return machine.Owner.IsSystem || await run.FindRowAsync(IdentityRow.Table, machine.Owner.Text).ConfigureAwait(false) is null
            ? "The machine's owner is no account of this home."
            : null;
    }

    private static string? HeadProblem(ChainHead? head, ChainRow? last, Machine machine, ChainValidator validator)
    {
        if (head is null)
        {
            return "The machine's chain has no head.";
        }

        (long seq, Zeqond zeqond, string hash) = last is null ? (0, machine.Genesis, validator.GenesisHash) : (last.Seq, last.Zeqond, last.StateHash);
        return head.Seq == seq && head.Zeqond == zeqond && head.StateHash == hash ? null : "The head of the chain is not its last row.";
    }

    private static async ValueTask NameUnpairedAsync(AuditRun run)
    {
        Query<ChainRow> rows = new Query<ChainRow>(ChainRow.Table).Where("type", ComputeRow.ChainRowType);
        await foreach ((string key, bool isLeft) in run.ComputeRows.UnpairedAsync(
            run.KeysAsync(new Query<ComputeRow>(ComputeRow.Table), compute => AuditRun.Key(compute.Row.Slug, compute.Row.Seq)),
            run.KeysAsync(rows, row => row.IsSystem ? AuditRun.Key(row.Slug.Text, row.Seq) : "")).ConfigureAwait(false))
        {
            if (key.Length > 0)
            {
                run.Find(ChainRow.Table, key, isLeft ? "More computes name this row than one, or it is no row of a compute." : "The home's row is of a compute that does not exist.");
            }
        }
    }

    private static async ValueTask CheckOwnMachinesAsync(AuditRun run)
    {
        if (await run.FindRowAsync(Machine.Table, Slug.ZeqSys.Text).ConfigureAwait(false) is null)
        {
            run.Find(Machine.Table, Slug.ZeqSys.Text, "The home has no chain of its own.");
        }

        await using RowCursor<IdentityRow> accounts = await run.OpenAsync(IdentityRow.Table).ConfigureAwait(false);
        for (; accounts.Current is { } account; await accounts.MoveNextAsync().ConfigureAwait(false))
        {
            if (await run.FindRowAsync(Machine.Table, account.Zid.OwnMachine.Text).ConfigureAwait(false) is null)
            {
                run.Find(IdentityRow.Table, account.Zid.Text, "The account has no machine of its own.");
            }
        }
    }
}
