namespace Zeq.Protocol.Tests;

public class BurnAuditTests
{
    private static readonly string Zeros = new('0', 64);

    [Fact]
    public async Task A_home_that_burned_and_voted_is_sound_and_so_is_its_copy()
    {
        (TestHome home, _) = await ValveStory.TellAsync();
        await using (home)
        {
            AuditReport report = await home.AuditAsync();
            Assert.Empty(report.Findings);
            Assert.Equal((1L, 2L), (report.Counts.Burns, report.Counts.Votes));
            Assert.Empty((await Auditor.RunAsync(await DamagedStore.CopyAsync(home.Store))).Findings);
        }
    }

    public static TheoryData<string, Func<Envelope, Envelope>> Coins => new()
    {
        { "alive again", e => e with { Status = EnvelopeStatus.Active } },
        { "migrated instead", e => e with { Status = EnvelopeStatus.Migrated } },
        { "alive before its burn", e => e with { Status = EnvelopeStatus.Active, SpendSeq = 0 } },
        { "another's", e => e with { IssuedTo = Zid.FromNumber(2) } },
        { "staked", e => e with { StakedIn = "VT-9-0123456789abcdef" } },
        { "height", e => e with { SpendSeq = 2 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Coins))]
    public Task A_damaged_coin_of_a_burn_is_named_first(string what, Func<Envelope, Envelope> damage)
    {
        Assert.NotEmpty(what);
        return ValveStory.FindsFirstAsync("tally_tokens", s => s.Burned.Text, (store, story) => store.Change(Envelope.Table, e => e.TokenId == story.Burned, damage));
    }

    [Fact]
    public Task A_living_coin_that_was_never_burned_is_named_first() => ValveStory.FindsFirstAsync(
        "tally_tokens", s => s.Staked.Text, (store, story) => store.Change(Envelope.Table, e => e.TokenId == story.Staked, e => e with { Status = EnvelopeStatus.Burned, StakedIn = null }));

    public static TheoryData<string, Func<Move, Move>> Moves => new()
    {
        { "kind", m => m with { Kind = MoveKind.Transfer } },
        { "means", m => m with { Means = MoveMeans.Home } },
        { "taker", m => m with { To = Zid.FromNumber(2) } },
        { "burn", m => m with { ProofHash = "BT-" + new string('0', 32) } },
        { "no burn", m => m with { ProofHash = null } },
        { "time", m => m with { Zeqond = new Zeqond(m.Zeqond.Value + 1) } },
        { "row", m => m with { RowOut = m.RowOut with { StateHash = Zeros } } },
        { "second row", m => m with { RowIn = m.RowOut } },
        { "key", m => m with { HolderKey = Zeros } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Moves))]
    public Task A_damaged_last_move_is_named_first(string what, Func<Move, Move> damage)
    {
        Assert.NotEmpty(what);
        return ValveStory.FindsFirstAsync("moves", s => $"{s.Burned.Text}|1", (store, story) => store.Change(Move.Table, m => m.TokenId == story.Burned && m.SpendSeq == 1, damage));
    }

    [Fact]
    public Task A_move_after_the_burn_is_named() => ValveStory.FindsAsync("The coin moved after it was burned.", (store, story) =>
    {
        Move last = store.All(Move.Table).Last(m => m.TokenId == story.Burned);
        store.Add(Move.Table, last with { SpendSeq = 2, Kind = MoveKind.Epoch, Means = MoveMeans.Home });
    });

    public static TheoryData<string, Func<BurnRow, BurnRow>> Burns => new()
    {
        { "sum", b => b with { SumValueZqt = b.SumValueZqt + 1 } },
        { "sum and credits", b => b with { SumValueZqt = b.SumValueZqt + 1, Credited = b.Credited + 1 } },
        { "credits", b => b with { Credited = b.Credited - 1 } },
        { "rate", b => b with { RateBps = 20_000 } },
        { "lower rate", b => b with { RateBps = 5_000, Credited = b.SumValueZqt / 2 } },
        { "row", b => b with { Row = b.Row with { Seq = b.Row.Seq + 1 } } },
        { "row's machine", b => b with { Row = b.Row with { Slug = "zeq-sys" } } },
        { "row's hash", b => b with { Row = b.Row with { StateHash = Zeros } } },
        { "time", b => b with { Zeqond = new Zeqond(b.Zeqond.Value + 1) } },
        { "earlier time", b => b with { Zeqond = new Zeqond(b.Zeqond.Value - 1) } },
        { "holder", b => b with { Zid = Zid.FromNumber(2) } },
        { "coins", b => b with { Tokens = b.TokenList[0] } },
        { "coins' order", b => b with { Tokens = string.Join(',', b.TokenList.Reverse()) } },
        { "coins' form", b => b with { Tokens = b.Tokens + "," } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Burns))]
    public async Task A_damaged_burn_is_named(string what, Func<BurnRow, BurnRow> damage)
    {
        Assert.NotEmpty(what);
        (TestHome home, ValveStory story) = await ValveStory.TellAsync();
        await using (home)
        {
            DamagedStore store = await DamagedStore.CopyAsync(home.Store);
            store.Change(BurnRow.Table, _ => true, damage);
            Assert.Contains((await Auditor.RunAsync(store)).Findings, f => f.Table == "burns" && f.Key == story.Burn.BurnTx);
        }
    }

    [Fact]
    public Task A_burn_whose_credits_were_not_given_is_named() => ValveStory.FindsAsync("The burn's credits were never given.", (store, _) =>
        store.Remove(CreditMove.Table, m => m.Reason == CreditReason.Burn));

    [Fact]
    public Task Credits_given_twice_for_a_burn_are_named() => ValveStory.FindsAsync("The burn's credits were given more than once.", (store, story) =>
    {
        CreditMove last = store.All(CreditMove.Table).Last(m => m.Zid == story.Anna);
        store.Add(CreditMove.Table, store.All(CreditMove.Table).Single(m => m.Reason == CreditReason.Burn) with { Seq = last.Seq + 1 });
        store.Change(FuelPool.Table, p => p.Zid == story.Anna, p => p with { Burn = p.Burn + story.Burn.Credited, Moves = p.Moves + 1 });
    });

    public static TheoryData<string, Func<CreditMove, CreditMove>> Credits => new()
    {
        { "Burn credits were given for a burn that does not exist.", m => m with { Reference = "BT-" } },
        { "The burn credits are not what their burn gives.", m => m with { Burn = m.Burn + 1 } },
        { "The burn credits are not what their burn gives.", m => m with { Zeqond = new Zeqond(m.Zeqond.Value + 1) } },
        { "A burn gives burn credits and is named.", m => m with { Paid = 1 } },
        { "A burn gives burn credits and is named.", m => m with { Free = 1 } },
        { "A burn gives burn credits and is named.", m => m with { Reference = null } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Credits))]
    public Task Damaged_credits_of_a_burn_are_named(string reason, Func<CreditMove, CreditMove> damage) =>
        ValveStory.FindsAsync(reason, (store, _) => store.Change(CreditMove.Table, m => m.Reason == CreditReason.Burn, damage));

    [Fact]
    public Task A_compute_that_burn_credits_paid_and_that_says_it_minted_is_named_first() => ValveStory.FindsFirstAsync(
        "computes", s => s.Work.ComputeId, (store, story) => store.Change(ComputeRow.Table, c => c.ComputeId == story.Work.ComputeId, c => c with { MintValue = 8 }));

    [Fact]
    public Task A_burn_that_is_gone_leaves_its_coins() => ValveStory.FindsFirstAsync(
        "moves", s => $"{s.Burned.Text}|1", (store, _) => store.Remove(BurnRow.Table, _ => true));

    [Fact]
    public Task Counters_that_forget_a_burn_are_named() => ValveStory.FindsFirstAsync(
        "supply", _ => "home", (store, _) => store.Change(Supply.Table, _ => true, s => s with { Now = s.Now with { Burned = 0 }, Shown = s.Shown with { Burned = 0 } }));

    [Fact]
    public Task A_row_of_a_burn_that_nobody_made_is_named() => ValveStory.FindsAsync(
        "The home's row is of a burn that does not exist, or that names another row.", (store, _) => store.Remove(BurnRow.Table, _ => true));
}
