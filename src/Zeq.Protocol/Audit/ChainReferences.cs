namespace Zeq.Protocol;

/// <summary>
/// What moves and computes say of chain rows, in the order of the rows: each reference has to find its row, and each row of the home
/// about value its reference. A caller's row never counts (spec 05 rule 18).
/// </summary>
internal sealed class ChainReferences : IAsyncDisposable
{
    private readonly AuditRun _run;
    private readonly RowCursor<ComputeRow> _computes;
    private readonly RowCursor<Move> _outs;
    private readonly RowCursor<Move> _ins;

    private ChainReferences(AuditRun run, RowCursor<ComputeRow> computes, RowCursor<Move> outs, RowCursor<Move> ins) =>
        (_run, _computes, _outs, _ins) = (run, computes, outs, ins);

    public static async ValueTask<ChainReferences> OpenAsync(AuditRun run)
    {
        RowCursor<ComputeRow>? computes = null;
        RowCursor<Move>? outs = null;
        try
        {
            computes = await run.OpenAsync(new Query<ComputeRow>(ComputeRow.Table).OrderBy(false, "row_slug", "row_seq", "compute_id")).ConfigureAwait(false);
            outs = await run.OpenAsync(new Query<Move>(Move.Table).OrderBy(false, "out_slug", "out_seq", "token_id", "spend_seq")).ConfigureAwait(false);
            RowCursor<Move> ins = await run.OpenAsync(
                new Query<Move>(Move.Table).Where("in_slug", Comparison.IsNotNull, default).OrderBy(false, "in_slug", "in_seq", "token_id", "spend_seq")).ConfigureAwait(false);
            return new ChainReferences(run, computes, outs, ins);
        }
        catch
        {
            await DisposeAsync(computes, outs, null).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the next row in the order of (slug, seq).</summary>
    public async ValueTask CheckAsync(ChainRow row)
    {
        await ReportMissingAsync(row.Slug.Text, row.Seq).ConfigureAwait(false);
        ComputeRow? compute = null;
        for (; _computes.Current is { } candidate && IsAt(candidate.Row, row); await _computes.MoveNextAsync().ConfigureAwait(false))
        {
            _run.FindIf(ComputeRow.Table, candidate.ComputeId, compute is null ? Problem(candidate, row) : "Two computes name one chain row.");
            compute ??= candidate;
        }

        int moves = 0;
        for (; _outs.Current is { } move && IsAt(move.RowOut, row); await _outs.MoveNextAsync().ConfigureAwait(false))
        {
            bool isMint = move.Kind == MoveKind.Mint;
            moves += isMint ? 0 : 1;
            string? problem = isMint ? MintProblem(move, row, compute) : await ProblemAsync(move, move.RowOut, row, isOut: true).ConfigureAwait(false);
            Report(move, moves > 1 ? "Two moves name one chain row." : problem);
        }

        for (; _ins.Current is { } move && IsAt(move.RowIn!, row); await _ins.MoveNextAsync().ConfigureAwait(false))
        {
            string? problem = await ProblemAsync(move, move.RowIn!, row, isOut: false).ConfigureAwait(false);
            Report(move, ++moves > 1 ? "Two moves name one chain row." : problem);
        }

        _run.FindIf(ChainRow.Table, AuditRun.Key(row.Slug.Text, row.Seq), RowProblem(row, compute is not null, moves > 0));
    }

    /// <summary>No row follows: what still waits has none.</summary>
    public ValueTask ReportMissingAsync() => ReportMissingAsync(null, 0);

    public ValueTask DisposeAsync() => DisposeAsync(_computes, _outs, _ins);

    private static async ValueTask DisposeAsync(RowCursor<ComputeRow>? computes, RowCursor<Move>? outs, RowCursor<Move>? ins)
    {
        foreach (IAsyncDisposable? cursor in (IAsyncDisposable?[])[computes, outs, ins])
        {
            if (cursor is not null)
            {
                await cursor.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static bool IsAt(RowRef reference, ChainRow row) => reference.Seq == row.Seq && reference.Slug == row.Slug.Text;

    private static bool IsBefore(RowRef reference, string? slug, long seq)
    {
        int bySlug = slug is null ? -1 : string.CompareOrdinal(reference.Slug, slug);
        return bySlug < 0 || (bySlug == 0 && reference.Seq < seq);
    }

    private async ValueTask ReportMissingAsync(string? slug, long seq)
    {
        for (; _computes.Current is { } compute && IsBefore(compute.Row, slug, seq); await _computes.MoveNextAsync().ConfigureAwait(false))
        {
            _run.Find(ComputeRow.Table, compute.ComputeId, "The compute's chain row is missing.");
        }

        for (; _outs.Current is { } move && IsBefore(move.RowOut, slug, seq); await _outs.MoveNextAsync().ConfigureAwait(false))
        {
            Report(move, "The move's chain row is missing.");
        }

        for (; _ins.Current is { } move && IsBefore(move.RowIn!, slug, seq); await _ins.MoveNextAsync().ConfigureAwait(false))
        {
            Report(move, "The move's chain row at the recipient is missing.");
        }
    }

    private void Report(Move move, string? problem) => _run.FindIf(Move.Table, AuditRun.Key(move.TokenId.Text, move.SpendSeq), problem);

    private string? Problem(ComputeRow compute, ChainRow row)
    {
        if (!row.IsSystem || row.Type != ComputeRow.ChainRowType || compute.Row.Slug != compute.Machine.Text)
        {
            return "The compute's chain row is not the home's row of a compute on its machine.";
        }

        if (row.StateHash != compute.Row.StateHash)
        {
            return "The compute's chain row has another hash.";
        }

        if (row.Zeqond < compute.Zeqond || row.Actor != new Actor(compute.Payer.Text, compute.KeyPrefix))
        {
            return "The compute's chain row has another actor, or is earlier.";
        }

        return !ComputeAudit.IsSound(compute, _run.Origin) || !IsPayload(row, compute.ChainPayload(_run.Origin)) ? "The compute's chain row holds another payload." : null;
    }

    private string? MintProblem(Move mint, ChainRow row, ComputeRow? compute)
    {
        if (row.StateHash != mint.RowOut.StateHash)
        {
            return "The mint's chain row has another hash.";
        }

        bool isOfCompute = compute is not null && ComputeAudit.IsSound(compute, _run.Origin)
            && MintShare.Of(compute.MintValue, compute.Funding).Any(share => compute.TokenOf(share, _run.Origin).TokenId == mint.TokenId);
        return row.IsSystem && isOfCompute ? null : "The mint's chain row is of no compute that minted the coin.";
    }

    private async ValueTask<string?> ProblemAsync(Move move, RowRef reference, ChainRow row, bool isOut)
    {
        if (move.Kind is not (MoveKind.Transfer or MoveKind.Accept or MoveKind.Recall or MoveKind.Epoch))
        {
            return "The kind of the move is unknown.";
        }

        if (row.StateHash != reference.StateHash)
        {
            return "The move's chain row has another hash.";
        }

        MovePlaces places = MovePlaces.Of(move, _run.Origin);
        MovePlace? place = isOut ? places.Out : places.In;
        if (!row.IsSystem || place is not { } expected || expected.Slug != row.Slug || expected.Type != row.Type || (isOut && (move.RowIn is null) != (places.In is null)))
        {
            return "The move's chain rows are not the home's rows of such a move on its parties' machines.";
        }

        if (row.Zeqond < move.Zeqond)
        {
            return "The move's chain row is earlier than the move.";
        }

        // Integers beyond canonical JSON make no payload; their own pass reports them.
        Envelope? coin = await _run.FindRowAsync(Envelope.Table, move.TokenId.Text).ConfigureAwait(false);
        bool hasPayload = coin is not null && IsInteger(move.SpendSeq) && IsInteger(move.Zeqond.Value) && IsInteger(coin.ValueZqt);
        return hasPayload && IsPayload(row, move.ChainPayload(coin!)) ? null : "The move's chain row holds another payload.";
    }

    private static bool IsInteger(long value) => value is >= 0 and <= AuditRun.MaxInteger;

    private static string? RowProblem(ChainRow row, bool hasCompute, bool hasMove)
    {
        bool isCompute = row.Type == ComputeRow.ChainRowType;
        bool isMove = MovePlaces.IsMoveType(row.Type);
        if (!row.IsSystem)
        {
            return isCompute || isMove ? "A caller wrote a row that only the home writes; it is no system row." : null;
        }

        return (isCompute && !hasCompute) || (isMove && !hasMove) ? "The home's row names a compute or a move that does not exist." : null;
    }

    private static bool IsPayload(ChainRow row, string payload) => row.Salt is { } salt && row.PayloadHash == ChainHash.Payload(salt, payload);
}
