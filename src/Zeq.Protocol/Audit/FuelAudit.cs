namespace Zeq.Protocol;

/// <summary>Every account's pools are the sum of their moves, and every move is one that the rules allow (spec 05 rule 19, spec 10 §2).</summary>
internal static class FuelAudit
{
    private const long DayMs = 86_400_000;

    public static async Task RunAsync(AuditRun run)
    {
        await using RowCursor<IdentityRow> accounts = await run.OpenAsync(IdentityRow.Table).ConfigureAwait(false);
        await using RowCursor<FuelPool> pools = await run.OpenAsync(FuelPool.Table).ConfigureAwait(false);
        await using RowCursor<CreditMove> moves = await run.OpenAsync(CreditMove.Table).ConfigureAwait(false);
        while (Least(accounts.Current?.Zid.Text, pools.Current?.Zid.Text, moves.Current?.Zid.Text) is { } zid)
        {
            if (accounts.Current?.Zid.Text != zid)
            {
                run.Find(FuelPool.Table, zid, "The pools belong to no account.");
            }
            else
            {
                run.Counts = run.Counts with { Accounts = run.Counts.Accounts + 1 };
                await accounts.MoveNextAsync().ConfigureAwait(false);
            }

            FuelPool? pool = pools.Current is { } current && current.Zid.Text == zid ? current : null;
            var sum = new Sum();
            while (moves.Current is { } move && move.Zid.Text == zid)
            {
                run.Counts = run.Counts with { CreditMoves = run.Counts.CreditMoves + 1 };
                Pair(move, run);
                run.FindIf(CreditMove.Table, AuditRun.Key(zid, move.Seq), sum.Add(move, run.Options) ?? await ReferenceProblemAsync(move, run).ConfigureAwait(false));
                await moves.MoveNextAsync().ConfigureAwait(false);
            }

            run.FindIf(FuelPool.Table, zid, pool is null ? "The account has no pools." : sum.Problem(pool));
            if (pool is not null)
            {
                await pools.MoveNextAsync().ConfigureAwait(false);
            }
        }

        await NameUnpairedAsync(run).ConfigureAwait(false);
    }

    private static void Pair(CreditMove move, AuditRun run)
    {
        Pairing? pairing = move.Reason switch { CreditReason.Compute => run.Charges, CreditReason.Grant => run.Grants, CreditReason.Burn => run.Burns, _ => null };
        pairing?.AddRight(move.Reference ?? "");
    }

    private static async ValueTask<string?> ReferenceProblemAsync(CreditMove move, AuditRun run)
    {
        switch (move.Reason)
        {
            case CreditReason.Compute:
                return await ComputeAudit.ChargeProblemAsync(move, run).ConfigureAwait(false);
            case CreditReason.Grant:
                CreditGrant? grant = await run.FindRowAsync(CreditGrant.Table, move.Reference!).ConfigureAwait(false);
                return grant is null ? "The paid fuel has no grant."
                    : grant.Zid == move.Zid && grant.Paid == move.Paid && grant.Granted == move.Zeqond ? null : "The paid fuel is not what its grant says.";
            case CreditReason.Burn:
                return await BurnAudit.CreditProblemAsync(move, run).ConfigureAwait(false);
            default:
                return null;
        }
    }

    private static async Task NameUnpairedAsync(AuditRun run)
    {
        await using (RowCursor<CreditGrant> grants = await run.OpenAsync(CreditGrant.Table).ConfigureAwait(false))
        {
            for (; grants.Current is { } grant; await grants.MoveNextAsync().ConfigureAwait(false))
            {
                run.Grants.AddLeft(grant.Reference);
                run.FindIf(CreditGrant.Table, grant.Reference, grant.Paid is < 1 or > GrantFuel.MaxPaid ? "The grant is of no amount that may be granted." : null);
            }
        }

        IAsyncEnumerable<string> MovesOf(CreditReason reason) =>
            run.KeysAsync(new Query<CreditMove>(CreditMove.Table).Where("reason", Comparison.Equal, Cell.Of((long)reason)), move => move.Reference ?? "");
        await foreach ((string id, bool isLeft) in run.Grants.UnpairedAsync(
            run.KeysAsync(new Query<CreditGrant>(CreditGrant.Table), grant => grant.Reference), MovesOf(CreditReason.Grant)).ConfigureAwait(false))
        {
            run.Find(CreditGrant.Table, id, isLeft ? "The grant was never paid out." : "The grant was paid out more than once.");
        }

        await foreach ((string id, bool isLeft) in run.Charges.UnpairedAsync(
            run.KeysAsync(new Query<ComputeRow>(ComputeRow.Table), compute => compute.ComputeId), MovesOf(CreditReason.Compute)).ConfigureAwait(false))
        {
            run.Find(ComputeRow.Table, id, isLeft ? "The compute was never charged." : "The compute was charged more than once.");
        }

        await foreach ((string id, bool isLeft) in run.Burns.UnpairedAsync(
            run.KeysAsync(new Query<BurnRow>(BurnRow.Table), burn => burn.BurnTx), MovesOf(CreditReason.Burn)).ConfigureAwait(false))
        {
            run.Find(BurnRow.Table, id, isLeft ? "The burn's credits were never given." : "The burn's credits were given more than once.");
        }
    }

    private static string? Least(params ReadOnlySpan<string?> keys)
    {
        string? least = null;
        foreach (string? key in keys)
        {
            least = key is not null && (least is null || string.CompareOrdinal(key, least) < 0) ? key : least;
        }

        return least;
    }

    /// <summary>The moves of one account so far.</summary>
    private sealed class Sum
    {
        private Int128 _free;
        private Int128 _burn;
        private Int128 _paid;
        private long _seq;
        private (long First, long Last) _claimDay = (-1, -1);

        /// <summary>Takes the next move; what is wrong with it.</summary>
        public string? Add(CreditMove move, AuditOptions options)
        {
            bool follows = move.Seq == _seq + 1;
            _seq = move.Seq;
            Int128 freeBefore = _free;
            (_free, _burn, _paid) = (_free + move.Free, _burn + move.Burn, _paid + move.Paid);
            if (!follows)
            {
                return "The move of fuel does not have the number that comes next.";
            }

            if (_free < 0 || _burn < 0 || _paid < 0)
            {
                return "The move of fuel takes more than the pool held.";
            }

            return move.Reason switch
            {
                CreditReason.Register => RegisterProblem(move, options),
                CreditReason.Claim => ClaimProblem(move, freeBefore),
                CreditReason.Grant => move is { Paid: > 0, Free: 0, Burn: 0, Reference: not null } ? null : "A grant gives paid fuel and names its reference.",
                CreditReason.Compute => move is { Free: <= 0, Burn: <= 0, Paid: <= 0, Reference: not null } ? null : "A compute takes fuel and is named.",
                CreditReason.Burn => move is { Burn: > 0, Free: 0, Paid: 0, Reference: not null } ? null : "A burn gives burn credits and is named.",
                _ => "The reason of the move of fuel is unknown.",
            };
        }

        /// <summary>What is wrong with the pools after all moves.</summary>
        public string? Problem(FuelPool pool)
        {
            if (pool.Free < 0 || pool.Burn < 0 || pool.Paid < 0)
            {
                return "A pool is below zero.";
            }

            if (pool.Free != _free || pool.Burn != _burn || pool.Paid != _paid)
            {
                return "The pools are not the sum of their moves.";
            }

            if (pool.Moves != _seq)
            {
                return "The pools count other moves than there are.";
            }

            return pool.LastClaimDay < _claimDay.First || pool.LastClaimDay > _claimDay.Last ? "The day of the last claim is another one." : null;
        }

        private static string? RegisterProblem(CreditMove move, AuditOptions options)
        {
            if (move is not { Seq: 1, Free: > 0, Burn: 0, Paid: 0, Reference: null })
            {
                return "A registration gives free fuel once, before everything else.";
            }

            return move.Free > options.MostRegistrationFree ? "The registration gave more free fuel than it may." : null;
        }

        private string? ClaimProblem(CreditMove move, Int128 freeBefore)
        {
            if (move is not { Burn: 0, Paid: 0, Reference: null } || freeBefore > FuelPool.DailyNeed || _free != FuelPool.DailyTop)
            {
                return "A daily claim tops free fuel of 5 or less up to 128.";
            }

            // A Zeqond that spans midnight belongs to either day.
            long first = Math.Max(Day(move.Zeqond, 0), _claimDay.First + 1);
            long last = Day(move.Zeqond, KernelConstants.ZeqondMs - 1);
            _claimDay = (first, Math.Max(first, last));
            return first > last ? "Free fuel was claimed twice in one day." : null;
        }

        private static long Day(Zeqond zeqond, long plusMs) => (long)((((Int128)zeqond.Value * KernelConstants.ZeqondMs) + plusMs) / DayMs);
    }
}
