namespace Zeq.Protocol.Tests;

public class FuelAuditTests
{
    private static string Anna(Story s) => s.Anna.Text;

    public static TheoryData<string, Func<FuelPool, FuelPool>> DamagedPools => new()
    {
        { "free", p => p with { Free = p.Free + 1 } },
        { "burn", p => p with { Burn = p.Burn + 1 } },
        { "paid", p => p with { Paid = p.Paid - 1 } },
        { "below zero", p => p with { Burn = -1 } },
        { "count", p => p with { Moves = p.Moves + 1 } },
        { "day", p => p with { LastClaimDay = p.LastClaimDay + 1 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedPools))]
    public Task A_damaged_pool_is_named(string what, Func<FuelPool, FuelPool> damage)
    {
        Assert.NotEmpty(what);
        return AuditorTests.FindsAsync("fuel_pools", Anna, (store, story) => store.Change(FuelPool.Table, p => p.Zid == story.Anna, damage));
    }

    public static TheoryData<string, long, Func<CreditMove, CreditMove>> DamagedMoves => new()
    {
        { "second registration", 2, m => m with { Reason = CreditReason.Register, Free = 5, Paid = 0, Reference = null } },
        { "registration with paid fuel", 1, m => m with { Paid = 1 } },
        { "unknown reason", 1, m => m with { Reason = (CreditReason)9 } },
        { "burn", 1, m => m with { Reason = CreditReason.Burn } },
        { "claim that tops nothing up", 1, m => m with { Reason = CreditReason.Claim } },
        { "grant of another amount", 2, m => m with { Paid = m.Paid + 1 } },
        { "grant of free fuel", 2, m => m with { Free = 1 } },
        { "grant of nothing", 2, m => m with { Reference = "payment-0" } },
        { "grant without a name", 2, m => m with { Reference = null } },
        { "grant's time", 2, m => m with { Zeqond = new Zeqond(m.Zeqond.Value + 1) } },
        { "charge", 3, m => m with { Paid = m.Paid - 1 } },
        { "charge that gives", 3, m => m with { Paid = 7 } },
        { "charge beyond the pool", 3, m => m with { Free = -4 } },
        { "charge of nothing", 3, m => m with { Reference = new string('0', 64) } },
        { "charge's time", 3, m => m with { Zeqond = new Zeqond(m.Zeqond.Value + 1) } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedMoves))]
    public Task A_damaged_move_of_fuel_is_named(string what, long seq, Func<CreditMove, CreditMove> damage)
    {
        Assert.NotEmpty(what);
        return AuditorTests.FindsAsync("credit_moves", s => $"{Anna(s)}|{seq}", (store, story) => store.Change(CreditMove.Table, m => m.Zid == story.Anna && m.Seq == seq, damage));
    }

    [Fact]
    public Task A_gap_is_found() => AuditorTests.FindsAsync(
        "credit_moves", s => $"{Anna(s)}|4", (store, story) => store.Remove(CreditMove.Table, m => m.Zid == story.Anna && m.Seq == 3));

    [Fact]
    public Task A_compute_that_was_never_charged_is_named() => AuditorTests.FindsAsync(
        "computes", s => s.Split.ComputeId, (store, story) => store.Remove(CreditMove.Table, m => m.Reference == story.Split.ComputeId));

    [Fact]
    public Task A_compute_that_was_charged_twice_is_named() => AuditorTests.FindsAsync("computes", s => s.Split.ComputeId, (store, story) =>
    {
        FuelPool pool = store.All(FuelPool.Table).First(p => p.Zid == story.Anna);
        store.Add(CreditMove.Table, new CreditMove(
            story.Anna, pool.Moves + 1, story.Split.Zeqond, CreditReason.Compute, story.Split.ComputeId, 0, 0, -7));
    });

    [Fact]
    public Task Another_account_cannot_have_paid() => AuditorTests.FindsAsync("credit_moves", s => $"{s.Ben.Text}|3", (store, story) =>
        store.Add(CreditMove.Table, new CreditMove(story.Ben, 3, story.Split.Zeqond, CreditReason.Compute, story.Split.ComputeId, -3, 0, -7)));

    [Fact]
    public Task A_grant_that_was_never_paid_out_is_named() => AuditorTests.FindsAsync("credit_grants", "payment-9", (store, story) =>
        store.Add(CreditGrant.Table, new CreditGrant("payment-9", story.Anna, 5, new Zeqond(1), 0, 0, 5)));

    [Fact]
    public Task A_grant_that_was_paid_out_twice_is_named() => AuditorTests.FindsAsync("credit_grants", "payment-2", (store, story) =>
    {
        CreditMove paid = store.All(CreditMove.Table).First(m => m.Reference == "payment-2");
        store.Add(CreditMove.Table, paid with { Seq = 3 });
        store.Change(FuelPool.Table, p => p.Zid == story.Ben, p => p with { Paid = p.Paid + paid.Paid, Moves = 3 });
    });

    [Fact]
    public Task A_grant_beyond_all_is_named() => AuditorTests.FindsAsync("credit_grants", "payment-2", (store, _) =>
        store.Change(CreditGrant.Table, g => g.Reference == "payment-2", g => g with { Paid = GrantFuel.MaxPaid + 1 }));

    [Fact]
    public Task Pools_without_an_account_are_named() => AuditorTests.FindsAsync("fuel_pools", "ZEQ07000000009", (store, _) =>
        store.Add(FuelPool.Table, FuelPool.Empty(Zid.FromNumber(9))));

    [Fact]
    public Task An_account_without_pools_is_named() => AuditorTests.FindsAsync(
        "fuel_pools", s => s.Ben.Text, (store, story) => store.Remove(FuelPool.Table, p => p.Zid == story.Ben));

    [Fact]
    public async Task A_registration_gives_no_more_than_configured()
    {
        (TestHome home, Story story) = await TestHome.WithStoryAsync();
        await using (home)
        {
            Assert.True((await Auditor.RunAsync(home.Store, new AuditOptions { MostRegistrationFree = 3 })).Ok);
            AuditReport report = await Auditor.RunAsync(home.Store, new AuditOptions { MostRegistrationFree = 2 });
            Assert.Equal($"{story.Anna.Text}|1", report.Findings[0].Key);
        }
    }

    [Fact]
    public async Task Claims_on_both_sides_of_a_midnight_inside_one_Zeqond_are_of_two_days()
    {
        await using TestHome home = await ClaimsAsync(100);
        Assert.Single(home.Claims.Select(claim => claim.Zeqond).Distinct());
        Assert.Empty((await home.AuditAsync()).Findings);
    }

    [Fact]
    public async Task Free_fuel_is_claimed_once_a_day()
    {
        await using TestHome home = await ClaimsAsync(50_000_000);
        Assert.Empty((await home.AuditAsync()).Findings);
        DamagedStore store = await DamagedStore.CopyAsync(home.Store);
        CreditMove first = store.All(CreditMove.Table).First(m => m.Reason == CreditReason.Claim);
        CreditMove last = store.All(CreditMove.Table).Last(m => m.Reason == CreditReason.Claim);
        store.Change(CreditMove.Table, m => m.Seq == last.Seq, m => m with { Zeqond = new Zeqond(first.Zeqond.Value - 1_000) });
        Assert.Contains((await Auditor.RunAsync(store)).Findings, f => f.Key == $"{last.Zid.Text}|{last.Seq}" && f.Reason.Contains("twice in one day", StringComparison.Ordinal));
    }

    /// <summary>A home whose one account claims 50 ms before a midnight that lies inside a Zeqond, uses it up, and claims again.</summary>
    private static async Task<TestHome> ClaimsAsync(long laterMs)
    {
        const long DayMs = 86_400_000;
        TestHome home = await TestHome.NewAsync();
        Zid anna = await home.RegisterAsync(1);
        await home.ClaimAsync(anna, DayMs - 2_050);
        foreach (long cost in (long[])[20, 20, 20, 20, 20, 20, 3])
        {
            Assert.IsType<Accepted<ComputeResult>>((await home.TryAsync(home.Work(anna, cost, 0), 0)).Decision);
        }

        await home.ClaimAsync(anna, laterMs);
        return home;
    }

    public static TheoryData<string, Func<Supply, Supply>> DamagedSupplies => new()
    {
        { "minted", s => s with { Now = s.Now with { Minted = s.Now.Minted + 1 } } },
        { "burned", s => s with { Now = s.Now with { Burned = 1 } } },
        { "bearer", s => s with { Now = s.Now with { Bearer = 1 } } },
        { "migrated out", s => s with { Now = s.Now with { MigratedOut = 1 } } },
        { "migrated in", s => s with { Now = s.Now with { MigratedIn = 1 } } },
        { "shown", s => s with { Shown = s.Shown with { Minted = s.Now.Minted + 1 } } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(DamagedSupplies))]
    public Task A_damaged_supply_is_found(string what, Func<Supply, Supply> damage)
    {
        Assert.NotEmpty(what);
        return AuditorTests.FindsAsync("supply", "home", (store, _) => store.Change(Supply.Table, _ => true, damage));
    }

    [Fact]
    public Task Missing_counters_are_found() => AuditorTests.FindsAsync("supply", "home", (store, _) => store.Remove(Supply.Table, _ => true));
}
