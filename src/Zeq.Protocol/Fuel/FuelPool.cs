namespace Zeq.Protocol;

/// <summary>The fuel of an account: three pools, spent in the order free, burn, paid (spec 10 §2). In whole ZEQ, never negative.</summary>
/// <param name="Zid">The account.</param>
/// <param name="Free">Free credits.</param>
/// <param name="Burn">Credits from burned envelopes; a compute that draws any mints nothing.</param>
/// <param name="Paid">Purchased credits.</param>
/// <param name="LastClaimDay">The UTC day, in days since the Unix epoch, of the last daily claim; -1 before the first.</param>
/// <param name="Moves">How many rows of <see cref="CreditMove"/> this account has.</param>
public sealed record FuelPool(Zid Zid, long Free, long Burn, long Paid, long LastClaimDay, long Moves)
{
    /// <summary>What registration gives, where nothing else is configured.</summary>
    public const long RegistrationFree = 1287;

    /// <summary>The daily claim tops free fuel up to this.</summary>
    public const long DailyTop = 128;

    /// <summary>The daily claim needs free fuel at or below this.</summary>
    public const long DailyNeed = 5;

    /// <summary>How stores hold it.</summary>
    public static Table<FuelPool> Table { get; } = Protocol.Table.Of<FuelPool>("fuel_pools")
        .Key("zid", p => p.Zid.Text)
        .ChangingInteger("free", p => p.Free)
        .ChangingInteger("burn", p => p.Burn)
        .ChangingInteger("paid", p => p.Paid)
        .ChangingInteger("last_claim_day", p => p.LastClaimDay)
        .Version("moves", p => p.Moves)
        .Build(c => new FuelPool(Zid.Parse(c.Text()), c.Integer(), c.Integer(), c.Integer(), c.Integer(), c.Integer()));

    /// <summary>All there is to spend.</summary>
    public long Balance => checked(Free + Burn + Paid);

    /// <summary>Pools with nothing in them.</summary>
    public static FuelPool Empty(Zid zid) => new(zid, 0, 0, 0, -1, 0);

    /// <summary>
    /// What each pool gives to a cost, in the order free, burn, paid; null where there is too little in the pools that may be drawn.
    /// </summary>
    /// <param name="cost">At least 0.</param>
    /// <param name="limit">The pools that may be drawn; null: all.</param>
    public Funding? Fund(long cost, FundingLimit? limit = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cost);
        FundingLimit may = limit ?? FundingLimit.All;
        long free = may.HasFlag(FundingLimit.Free) ? Math.Min(Free, cost) : 0;
        long burn = may.HasFlag(FundingLimit.Burn) ? Math.Min(Burn, cost - free) : 0;
        long paid = may.HasFlag(FundingLimit.Paid) ? Math.Min(Paid, cost - free - burn) : 0;
        return free + burn + paid == cost ? new Funding(free, burn, paid) : null;
    }
}

/// <summary>Which pools a compute may draw (spec 05 rule 23).</summary>
[Flags]
public enum FundingLimit
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Free credits.</summary>
    Free = 1,

    /// <summary>Burn credits.</summary>
    Burn = 2,

    /// <summary>Paid credits.</summary>
    Paid = 4,

    /// <summary>All three.</summary>
    All = Free | Burn | Paid,
}

/// <summary>What each pool gave to a cost, in ZEQ.</summary>
public readonly record struct Funding(long Free, long Burn, long Paid)
{
    /// <summary>The cost that it covers.</summary>
    public long Total => Free + Burn + Paid;
}

/// <summary>Why a pool changed.</summary>
public enum CreditReason
{
    /// <summary>The gift of a registration.</summary>
    Register = 1,

    /// <summary>The daily claim.</summary>
    Claim = 2,

    /// <summary>A grant by the admin.</summary>
    Grant = 3,

    /// <summary>A charged compute.</summary>
    Compute = 4,

    /// <summary>Burned envelopes.</summary>
    Burn = 5,
}

/// <summary>One change of an account's pools; append-only (spec 05 rule 19). The rows of an account sum to its pools.</summary>
/// <param name="Zid">The account.</param>
/// <param name="Seq">1, 2, 3 … per account.</param>
/// <param name="Zeqond">When.</param>
/// <param name="Reason">Why.</param>
/// <param name="Reference">The grant's reference, the compute's id, or the burn's name.</param>
/// <param name="Free">The change of free fuel.</param>
/// <param name="Burn">The change of burn credits.</param>
/// <param name="Paid">The change of paid fuel.</param>
public sealed record CreditMove(Zid Zid, long Seq, Zeqond Zeqond, CreditReason Reason, string? Reference, long Free, long Burn, long Paid)
{
    /// <summary>How stores hold it.</summary>
    public static Table<CreditMove> Table { get; } = Protocol.Table.LogOf<CreditMove>("credit_moves")
        .Key("zid", m => m.Zid.Text)
        .Number("seq", m => m.Seq)
        .Integer("zeqond", m => m.Zeqond.Value)
        .Integer("reason", m => (long)m.Reason)
        .OptionalText("reference", m => m.Reference)
        .Integer("free_delta", m => m.Free)
        .Integer("burn_delta", m => m.Burn)
        .Integer("paid_delta", m => m.Paid)
        .Build(c => new CreditMove(
            Zid.Parse(c.Text()), c.Integer(), new Zeqond(c.Integer()), (CreditReason)c.Integer(), c.OptionalText(), c.Integer(), c.Integer(), c.Integer()));
}

/// <summary>Changes pools so that no change is without its row.</summary>
public static class FuelChanges
{
    /// <summary>Adds to an account's pools (or takes, where negative), and appends the row that says so. The pool must have been named.</summary>
    public static FuelPool MovePool(this Workspace home, Zid zid, long free, long burn, long paid, CreditReason reason, string? reference, Moment now)
    {
        FuelPool pool = home.Find(FuelPool.Table, zid.Text) ?? FuelPool.Empty(zid);
        pool = checked(pool with { Free = pool.Free + free, Burn = pool.Burn + burn, Paid = pool.Paid + paid, Moves = pool.Moves + 1 });
        if (pool.Free < 0 || pool.Burn < 0 || pool.Paid < 0)
        {
            throw new InvalidOperationException("A pool would go below zero.");
        }

        home.Append(CreditMove.Table, new CreditMove(zid, pool.Moves, now.Zeqond, reason, reference, free, burn, paid));
        return home.Put(FuelPool.Table, pool);
    }
}
