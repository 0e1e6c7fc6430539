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
        for (; computes.Current is { } compute; await computes.MoveNextAsync().ConfigureAwait(false))
        {
            run.Counts = run.Counts with { Computes = run.Counts.Computes + 1 };
            run.Sums.MintedByComputes += compute.MintValue;
            run.Charges.AddLeft(compute.ComputeId);
            run.ComputeRows.AddLeft(AuditRun.Key(compute.Row.Slug, compute.Row.Seq));
            run.FindIf(
                ComputeRow.Table,
                compute.ComputeId,
                Problem(compute, run.Origin) ?? await CoinsProblemAsync(compute, run).ConfigureAwait(false) ?? await RowProblemAsync(compute, run).ConfigureAwait(false));
        }
    }

    /// <summary>What is wrong with a coin in the eyes of the compute that it names.</summary>
    public static string? CoinProblem(Envelope coin, ComputeRow? compute, Origin here)
    {
        if (compute is null)
        {
            return "The coin comes from a compute that does not exist.";
        }

        // What is wrong with the compute itself is said of the compute.
        if (Problem(compute, here) is not null)
        {
            return null;
        }

        MintShare due = MintShare.Of(compute.MintValue, compute.Funding).FirstOrDefault(share => share.Share == coin.Share);
        if (due.Share is null)
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

    /// <summary>What is wrong with a change of fuel in the eyes of the compute that it names.</summary>
    public static async ValueTask<string?> ChargeProblemAsync(CreditMove move, AuditRun run)
    {
        ComputeRow? compute = await run.FindRowAsync(ComputeRow.Table, move.Reference ?? "").ConfigureAwait(false);
        if (compute is null)
        {
            return "The fuel went to a compute that does not exist.";
        }

        Funding funding = compute.Funding;
        bool isFunding = move.Zid == compute.Payer && move.Zeqond == compute.Zeqond
            && move.Free == -funding.Free && move.Burn == -funding.Burn && move.Paid == -funding.Paid;
        return isFunding ? null : "The charge is not the compute's funding.";
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

    private static async ValueTask<string?> CoinsProblemAsync(ComputeRow compute, AuditRun run)
    {
        foreach (MintShare share in MintShare.Of(compute.MintValue, compute.Funding))
        {
            Envelope? coin = await run.FindRowAsync(Envelope.Table, compute.TokenOf(share, run.Origin).TokenId.Text).ConfigureAwait(false);
            if (coin is null || coin.ComputeId != compute.ComputeId || coin.ValueZqt != share.ValueZqt)
            {
                return "The compute's envelopes do not add up to what it minted.";
            }
        }

        return null;
    }

    private static async ValueTask<string?> RowProblemAsync(ComputeRow compute, AuditRun run)
    {
        ChainRow? row = compute.Row.Slug == compute.Machine.Text ? await run.FindChainRowAsync(compute.Machine, compute.Row.Seq).ConfigureAwait(false) : null;
        if (row is null)
        {
            return "The compute's chain row is missing.";
        }

        if (!row.IsSystem || row.Type != ComputeRow.ChainRowType)
        {
            return "The compute's chain row is not the home's row of a compute.";
        }

        if (row.StateHash != compute.Row.StateHash)
        {
            return "The compute's chain row has another hash.";
        }

        if (row.Zeqond < compute.Zeqond || row.Actor != new Actor(compute.Payer.Text, compute.KeyPrefix))
        {
            return "The compute's chain row has another actor, or is earlier.";
        }

        return MoveRows.IsPayload(row, compute.ChainPayload(run.Origin)) ? null : "The compute's chain row holds another payload.";
    }
}
