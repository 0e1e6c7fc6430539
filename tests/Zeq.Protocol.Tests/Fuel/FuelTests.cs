using FsCheck;
using FsCheck.Fluent;

namespace Zeq.Protocol.Tests;

public class FuelTests
{
    [Fact]
    public void Fuel_is_spent_free_first_then_burn_then_paid() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        (from free in Gen.Choose(0, 30)
         from burn in Gen.Choose(0, 30)
         from paid in Gen.Choose(0, 30)
         from cost in Gen.Choose(0, 60)
         from limit in Gen.Choose(0, 7)
         select (Pool: new FuelPool(Zid.FromNumber(1), free, burn, paid, -1, 0), cost, Limit: (FundingLimit)limit)).ToArbitrary(),
        c =>
        {
            long free = c.Limit.HasFlag(FundingLimit.Free) ? c.Pool.Free : 0, burn = c.Limit.HasFlag(FundingLimit.Burn) ? c.Pool.Burn : 0, paid = c.Limit.HasFlag(FundingLimit.Paid) ? c.Pool.Paid : 0;
            if (c.Pool.Fund(c.cost, c.Limit) is not { } f)
            {
                return free + burn + paid < c.cost;
            }

            return f.Total == c.cost && f.Free >= 0 && f.Burn >= 0 && f.Paid >= 0 && f.Free <= free && f.Burn <= burn && f.Paid <= paid
                && (f.Burn == 0 || f.Free == free) && (f.Paid == 0 || (f.Free == free && f.Burn == burn));
        }));

    [Fact]
    public void Without_a_limit_all_pools_count_and_a_negative_cost_is_misuse()
    {
        var pool = new FuelPool(Zid.FromNumber(1), 1, 2, 3, -1, 0);
        Assert.Equal(new Funding(1, 2, 1), pool.Fund(4));
        Assert.Equal(6, pool.Balance);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Fund(-1));
    }

    [Fact]
    public void Shares_sum_to_the_value_and_burn_mints_none() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        (from free in Gen.Choose(0, 20)
         from burn in Gen.Elements(0, 0, 0, 1, 5)
         from paid in Gen.Choose(0, 20)
         where free + burn + paid is >= 1 and <= 20
         from more in Gen.Choose(0, free + burn + paid)
         select (Funding: new Funding(free, burn, paid), Value: (long)free + burn + paid + more)).ToArbitrary(),
        c =>
        {
            IReadOnlyList<MintShare> shares = MintShare.Of(c.Value, c.Funding);
            long user = shares.Where(s => s.Share == "user").Sum(s => s.ValueZqt), foundation = shares.Where(s => s.Share == "foundation").Sum(s => s.ValueZqt);
            if (c.Funding.Burn > 0)
            {
                return shares.Count == 0;
            }

            return user + foundation == c.Value && user == (long)Math.Floor((decimal)(c.Value * c.Funding.Paid) / c.Funding.Total)
                && shares.All(s => s.ValueZqt > 0) && shares.Select(s => s.Share).Distinct().Count() == shares.Count
                && (c.Funding.Paid > 0 || user == 0) && (c.Funding.Free > 0 || foundation == 0);
        }));

    [Fact]
    public async Task The_daily_claim_tops_up_once_a_day_where_little_is_left()
    {
        await using World a = await World.StartAsync(freeCredits: 130);
        Caller alice = await a.RegisterAsync(1);
        Assert.Equal(RejectionCode.ClaimNotNeeded, await a.RefusedAsync(new ClaimDailyFuel(alice.Zid)));
        await SpendAsync(a, alice, 20, 6);
        await SpendAsync(a, alice, 4, 1);
        Assert.Equal(6, a.Pool(alice.Zid).Free);
        Assert.Equal(RejectionCode.ClaimNotNeeded, await a.RefusedAsync(new ClaimDailyFuel(alice.Zid)));
        await SpendAsync(a, alice, 1, 1);
        FuelPool pool = await a.AcceptedAsync(new ClaimDailyFuel(alice.Zid));
        Assert.Equal((128L, CreditReason.Claim, 123L), (pool.Free, a.Store.Find(CreditMove.Table, alice.Zid.Text)!.Reason, a.Store.Find(CreditMove.Table, alice.Zid.Text)!.Free));
        await SpendAsync(a, alice, 16, 8);
        Assert.Equal(RejectionCode.AlreadyClaimed, await a.RefusedAsync(new ClaimDailyFuel(alice.Zid)));

        // A day is a UTC day; a wall clock that steps back opens no second claim.
        a.Time.StepWall(-86_400_000);
        Assert.Equal(RejectionCode.AlreadyClaimed, await a.RefusedAsync(new ClaimDailyFuel(alice.Zid)));
        long toMidnight = 86_400_000 - ((ManualTime.StartUnixMs + 86_400_000) % 86_400_000);
        a.Time.StepWall(86_400_000 + toMidnight - (a.Time.GetUtcNow().ToUnixTimeMilliseconds() - ManualTime.StartUnixMs + 86_400_000) - 1);
        Assert.Equal(RejectionCode.AlreadyClaimed, await a.RefusedAsync(new ClaimDailyFuel(alice.Zid)));
        a.Time.Pass(1);
        Assert.Equal(128, (await a.AcceptedAsync(new ClaimDailyFuel(alice.Zid))).Free);
        Assert.Equal(RejectionCode.ZidNotFound, await a.RefusedAsync(new ClaimDailyFuel(Zid.FromNumber(9))));
    }

    [Fact]
    public async Task A_reference_grants_once()
    {
        await using World a = await World.StartAsync();
        Caller alice = await a.RegisterAsync(1), bob = await a.RegisterAsync(2);
        Assert.Equal(500, (await a.AcceptedAsync(new GrantFuel(alice.Zid, 500, "order 1"))).Paid);
        Assert.Equal(500, (await a.UnchangedAsync(new GrantFuel(alice.Zid, 500, "order 1"))).Paid);
        Assert.Equal(RejectionCode.ReferenceConflict, await a.RefusedAsync(new GrantFuel(alice.Zid, 501, "order 1")));
        Assert.Equal(RejectionCode.ReferenceConflict, await a.RefusedAsync(new GrantFuel(bob.Zid, 500, "order 1")));
        Assert.Equal(RejectionCode.ZidNotFound, await a.RefusedAsync(new GrantFuel(Zid.FromNumber(9), 500, "order 2")));
        CommandException bug = await Assert.ThrowsAsync<CommandException>(() => a.Home.ExecuteAsync(new GrantFuel(alice.Zid, 0, "order 3")));
        Assert.IsType<ArgumentOutOfRangeException>(bug.InnerException);
        await Assert.ThrowsAsync<CommandException>(() => a.Home.ExecuteAsync(new GrantFuel(alice.Zid, GrantFuel.MaxPaid + 1, "order 3")));
        await a.AcceptedAsync(new PutPool(a.Pool(alice.Zid) with { Paid = GrantFuel.MaxPool - 1 }));
        Assert.Equal(RejectionCode.InvalidRequest, await a.RefusedAsync(new GrantFuel(alice.Zid, 2, "order 4")));
        Assert.Equal(GrantFuel.MaxPool, (await a.AcceptedAsync(new GrantFuel(alice.Zid, 1, "order 4"))).Paid);
    }

    [Fact]
    public async Task A_pool_never_goes_below_zero_whatever_asks()
    {
        await using World a = await World.StartAsync(freeCredits: 3);
        Caller alice = await a.RegisterAsync(1);
        string before = a.Store.Dump();
        await Assert.ThrowsAsync<CommandException>(() => a.Home.ExecuteAsync(new TakeFuel(alice.Zid, 4, 0, 0)));
        await Assert.ThrowsAsync<CommandException>(() => a.Home.ExecuteAsync(new TakeFuel(alice.Zid, 0, 1, 0)));
        await Assert.ThrowsAsync<CommandException>(() => a.Home.ExecuteAsync(new TakeFuel(alice.Zid, 0, 0, 1)));
        Assert.Equal(before, a.Store.Dump());
    }

    private static async Task SpendAsync(World a, Caller who, long cost, int times)
    {
        for (int i = 0; i < times; i++)
        {
            a.Time.PassZeqonds(1);
            await a.AcceptedAsync(new ChargeCompute(who, who.Zid.OwnMachine, World.Work("spend", cost), FundingLimit.Free));
        }
    }
}

/// <summary>Sets a pool.</summary>
internal sealed record PutPool(FuelPool Pool) : Command<FuelPool>
{
    public override void Touch(KeySet keys, Moment now) => keys.Add(FuelPool.Table, Pool.Zid.Text);

    public override Decision<FuelPool> Decide(Workspace home, Moment now) => Accept(home.Put(FuelPool.Table, Pool));
}

/// <summary>Takes fuel without asking whether it is there.</summary>
internal sealed record TakeFuel(Zid Zid, long Free, long Burn, long Paid) : Command<FuelPool>
{
    public override void Touch(KeySet keys, Moment now) => keys.Add(FuelPool.Table, Zid.Text);

    public override Decision<FuelPool> Decide(Workspace home, Moment now) => Accept(home.MovePool(Zid, -Free, -Burn, -Paid, CreditReason.Compute, null, now));
}
