namespace Zeq.Protocol;

/// <summary>Tops free fuel up to 128, once per UTC day, where there is 5 or less (spec 10 §2).</summary>
public sealed record ClaimDailyFuel(Zid Zid) : Command<FuelPool>
{
    private const long DayMs = 86_400_000;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(FuelPool.Table, Zid.Text);

    /// <inheritdoc/>
    public override Decision<FuelPool> Decide(Workspace home, Moment now)
    {
        if (home.Find(FuelPool.Table, Zid.Text) is not { } pool)
        {
            return Reject(RejectionCode.ZidNotFound, "This ZID does not exist here.");
        }

        long day = Math.DivRem(now.UnixMs, DayMs).Quotient;
        if (pool.LastClaimDay >= day)
        {
            return Reject(RejectionCode.AlreadyClaimed, "Free fuel was claimed today; the next claim is possible tomorrow (UTC).");
        }

        if (pool.Free > FuelPool.DailyNeed)
        {
            return Reject(RejectionCode.ClaimNotNeeded, $"Free fuel can be claimed at {FuelPool.DailyNeed} ZEQ or less.");
        }

        home.MovePool(Zid, free: FuelPool.DailyTop - pool.Free, burn: 0, paid: 0, CreditReason.Claim, null, now);
        return Accept(home.Put(FuelPool.Table, home.Find(FuelPool.Table, Zid.Text)! with { LastClaimDay = day }));
    }
}

/// <summary>A grant of paid fuel that was made; one per reference.</summary>
/// <param name="Reference">The payment that it stands for.</param>
/// <param name="Zid">Who got it.</param>
/// <param name="Paid">How much, in ZEQ.</param>
/// <param name="Granted">When.</param>
/// <param name="FreeAfter">The account's free fuel as the grant was answered: a repeated reference answers the same.</param>
/// <param name="BurnAfter">Its burn credits then.</param>
/// <param name="PaidAfter">Its paid fuel then.</param>
public sealed record CreditGrant(string Reference, Zid Zid, long Paid, Zeqond Granted, long FreeAfter, long BurnAfter, long PaidAfter)
{
    /// <summary>How stores hold it.</summary>
    public static Table<CreditGrant> Table { get; } = Protocol.Table.Of<CreditGrant>("credit_grants")
        .Key("reference", g => g.Reference)
        .Text("zid", g => g.Zid.Text)
        .Integer("paid", g => g.Paid)
        .Integer("granted_zeqond", g => g.Granted.Value)
        .Integer("free_after", g => g.FreeAfter)
        .Integer("burn_after", g => g.BurnAfter)
        .Integer("paid_after", g => g.PaidAfter)
        .Build(c => new CreditGrant(c.Text(), Zid.Parse(c.Text()), c.Integer(), new Zeqond(c.Integer()), c.Integer(), c.Integer(), c.Integer()));
}

/// <summary>Adds paid fuel, once per reference (spec 10 §2). The admin asks.</summary>
/// <param name="Zid">Who gets it.</param>
/// <param name="Paid">How much, in ZEQ, at least 1.</param>
/// <param name="Reference">The payment that it stands for.</param>
public sealed record GrantFuel(Zid Zid, long Paid, string Reference) : Command<FuelPool>
{
    /// <summary>The most that one grant gives, in ZEQ: far from where a pool could overflow.</summary>
    public const long MaxPaid = 1_000_000_000_000;

    /// <summary>The most that a pool holds, in ZEQ.</summary>
    public const long MaxPool = 1_000_000_000_000_000;

    /// <inheritdoc/>
    public override void Touch(KeySet keys, Moment now) => keys.Add(FuelPool.Table, Zid.Text).Add(CreditGrant.Table, Reference);

    /// <inheritdoc/>
    public override Decision<FuelPool> Decide(Workspace home, Moment now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Paid, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Paid, MaxPaid);
        if (home.Find(FuelPool.Table, Zid.Text) is not { } pool)
        {
            return Reject(RejectionCode.ZidNotFound, "This ZID does not exist here.");
        }

        if (home.Find(CreditGrant.Table, Reference) is { } earlier)
        {
            return earlier.Zid == Zid && earlier.Paid == Paid
                ? Accept(pool with { Free = earlier.FreeAfter, Burn = earlier.BurnAfter, Paid = earlier.PaidAfter })
                : Reject(RejectionCode.ReferenceConflict, "This reference granted something else.");
        }

        if (pool.Paid > MaxPool - Paid)
        {
            return Reject(RejectionCode.InvalidRequest, "The pool would hold more than a pool may.");
        }

        pool = home.MovePool(Zid, free: 0, burn: 0, paid: Paid, CreditReason.Grant, Reference, now);
        home.Put(CreditGrant.Table, new CreditGrant(Reference, Zid, Paid, now.Zeqond, pool.Free, pool.Burn, pool.Paid));
        return Accept(pool);
    }
}
