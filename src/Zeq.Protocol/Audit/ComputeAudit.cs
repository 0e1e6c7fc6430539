using System.Globalization;
using Zeq.Crypto;

namespace Zeq.Protocol;

/// <summary>Every compute by itself, with the envelopes that it minted and the fuel that it took (spec 05 rule 19).</summary>
internal static class ComputeAudit
{
    private const long MinCost = 2;

    public static async Task RunAsync(AuditRun run)
    {
        await using RowCursor<ComputeRow> computes = await run.OpenAsync(ComputeRow.Table).ConfigureAwait(false);
        await using RowCursor<Envelope> coins = await run.OpenAsync(new Query<Envelope>(Envelope.Table).OrderBy(false, "compute_id", "token_id")).ConfigureAwait(false);
        await using RowCursor<CreditMove> credits = await run.OpenAsync(
            new Query<CreditMove>(CreditMove.Table).Where("reason", Comparison.Equal, Cell.Of((long)CreditReason.Compute)).OrderBy(false, "reference", "zid", "seq")).ConfigureAwait(false);
        while (true)
        {
            ComputeRow? compute = computes.Current;
            await ReportOrphansAsync(run, coins, credits, compute?.ComputeId).ConfigureAwait(false);
            if (compute is null)
            {
                return;
            }

            run.Counts = run.Counts with { Computes = run.Counts.Computes + 1 };
            run.Sums.MintedByComputes += compute.MintValue;
            bool isSound = !run.FindIf(ComputeRow.Table, compute.ComputeId, Problem(compute, run.Origin));
            await CheckCoinsAsync(run, compute, coins, isSound).ConfigureAwait(false);
            await CheckCreditsAsync(run, compute, credits).ConfigureAwait(false);
            await computes.MoveNextAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether a compute's own fields hold, so that its shares and its payload can be made of them.</summary>
    public static bool IsSound(ComputeRow compute, Origin here) => Problem(compute, here) is null;

    private static async ValueTask ReportOrphansAsync(AuditRun run, RowCursor<Envelope> coins, RowCursor<CreditMove> credits, string? before)
    {
        while (coins.Current is { } coin && (before is null || string.CompareOrdinal(coin.ComputeId, before) < 0))
        {
            run.Find(Envelope.Table, coin.TokenId.Text, "The coin comes from a compute that does not exist.");
            await coins.MoveNextAsync().ConfigureAwait(false);
        }

        while (credits.Current is { } move && (before is null || string.CompareOrdinal(move.Reference, before) < 0))
        {
            run.Find(CreditMove.Table, AuditRun.Key(move.Zid.Text, move.Seq), "The fuel went to a compute that does not exist.");
            await credits.MoveNextAsync().ConfigureAwait(false);
        }
    }

    private static string? Problem(ComputeRow compute, Origin here)
    {
        if (!compute.Operators.Split(',').All(OperatorName.IsValid) || !Hex.IsLowerHex(compute.ResultDigest, 64) || !Hex.IsLowerHex(compute.ZeqProof, 64)
            || compute.Zeqond.Value is < 0 or > AuditRun.MaxInteger || !IsFinite(compute.Value, out _))
        {
            return "The compute's operators, digest, proof, value or time have not their form.";
        }

        if (compute.Cost is < MinCost or > ComputeCost.Maximum)
        {
            return "The compute's cost is not 2 to 20 ZEQ.";
        }

        Funding funding = compute.Funding;
        if (funding.Free < 0 || funding.Burn < 0 || funding.Paid < 0 || (Int128)funding.Free + funding.Burn + funding.Paid != compute.Cost)
        {
            return "Free, burn and paid fuel do not add up to the compute's cost.";
        }

        if (!IsFinite(compute.PrecisionActual, out double precision) || precision is < 0 or > MintCurve.PrecisionBound)
        {
            return "The compute's precision is not 0 to 0.001.";
        }

        if (compute.MintValue != (funding.Burn > 0 ? 0 : MintCurve.Value(compute.Cost, precision)))
        {
            return "The compute's mint is not what its cost and precision are worth.";
        }

        return compute.ComputeId != ComputeRow.IdOf(here, compute.Machine, compute.Zeqond, compute.ResultDigest, compute.Operators, compute.Payer)
            ? "The compute's id is not that of its own fields."
            : null;
    }

    private static bool IsFinite(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    private static async ValueTask CheckCoinsAsync(AuditRun run, ComputeRow compute, RowCursor<Envelope> coins, bool isSound)
    {
        IReadOnlyList<MintShare> shares = isSound ? MintShare.Of(compute.MintValue, compute.Funding) : [];
        int found = 0;
        while (coins.Current is { } coin && coin.ComputeId == compute.ComputeId)
        {
            if (isSound)
            {
                MintShare? share = shares.Where(s => s.Share == coin.Share).Cast<MintShare?>().FirstOrDefault();
                found += share is null ? 0 : 1;
                run.FindIf(Envelope.Table, coin.TokenId.Text, CoinProblem(coin, compute, share, run.Origin));
            }

            await coins.MoveNextAsync().ConfigureAwait(false);
        }

        if (found != shares.Count)
        {
            run.Find(ComputeRow.Table, compute.ComputeId, "The compute's envelopes do not add up to what it minted.");
        }
    }

    private static string? CoinProblem(Envelope coin, ComputeRow compute, MintShare? share, Origin here)
    {
        if (share is not { } due)
        {
            return "The coin is a share that its compute's fuel does not give.";
        }

        if (coin.ValueZqt != due.ValueZqt)
        {
            return "The coin's value is not its share of what the compute minted.";
        }

        bool isOfCompute = coin.TokenId == compute.TokenOf(due, here).TokenId && coin.Machine == compute.Machine && coin.Operators == compute.Operators
            && coin.ResultDigest == compute.ResultDigest && coin.MintedBy == compute.Payer && coin.Minted == compute.Zeqond && coin.ZeqProof == compute.ZeqProof;
        return isOfCompute ? null : "The coin does not say what its compute says.";
    }

    private static async ValueTask CheckCreditsAsync(AuditRun run, ComputeRow compute, RowCursor<CreditMove> credits)
    {
        int count = 0;
        while (credits.Current is { } move && move.Reference == compute.ComputeId)
        {
            Funding funding = compute.Funding;
            bool isFunding = move.Zid == compute.Payer && move.Zeqond == compute.Zeqond
                && move.Free == -funding.Free && move.Burn == -funding.Burn && move.Paid == -funding.Paid;
            if (++count > 1 || !isFunding)
            {
                run.Find(CreditMove.Table, AuditRun.Key(move.Zid.Text, move.Seq), count > 1 ? "The compute was charged twice." : "The charge is not the compute's funding.");
            }

            await credits.MoveNextAsync().ConfigureAwait(false);
        }

        if (count == 0)
        {
            run.Find(ComputeRow.Table, compute.ComputeId, "The compute was never charged.");
        }
    }
}
